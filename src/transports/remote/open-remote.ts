import { RemoteError } from './remote-error.js';
import type { RemoteOptions, RemoteTransport } from './remote-transport.js';
import { streamableHttp } from './streamable-http.js';

/**
 * Opens a life of a remote server. The first message, `initialize` as a rule, decides which protocol it is spoken to in: that
 * is found by trying, and remembered by the caller's `server`.
 *
 * @throws RemoteError
 */
export async function openRemote(options: RemoteOptions): Promise<RemoteTransport> {
  const { kind } = options;
  if (kind === 'http') return streamableHttp(options);
  throw new RemoteError(`${kind} cannot be opened`, { kind: 'unreachable', reason: 'ENOTSUP' });
}
