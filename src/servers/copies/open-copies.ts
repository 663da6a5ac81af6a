import type { OpenContext, ServerTransport } from '../server-transport.js';
import type { CopiesOptions } from './copies-options.js';
import { CopiesTransport } from './copies-transport.js';

/** Opens a life with several processes: the first one now, the others once that one is initialised. @throws as `open` does */
export async function openCopies(
  options: Omit<CopiesOptions, 'onStatus'>,
  context: OpenContext,
): Promise<ServerTransport> {
  const first = await options.open(context);
  return new CopiesTransport({ ...options, onStatus: context.onStatus }, first);
}
