import type { ServerState } from '../protocol/status.js';
import type { ServerTransport } from './server-transport.js';
import type { UpstreamOptions } from './upstream-options.js';

interface Facts {
  state: ServerState;
  failures: number;
  /** Clock time in milliseconds. */
  next: { at: number };
}

/** What earlier events have said of a server, as `server-kept` says it once more. */
export function factsOf(
  { clock, handshake, fetcher, address }: UpstreamOptions,
  transport: ServerTransport | undefined,
  { state, failures, next: { at: nextStartAt } }: Facts,
) {
  const inMs = Math.max(0, Math.round(nextStartAt - clock.now()));
  const nextStartMs = state === 'waiting' ? inMs : undefined;
  const more = { failures, nextStartMs, ...(address === undefined ? {} : { isRemote: true as const }) };
  return { pid: transport?.pid, ...handshake.introduced, fetcher, ...more };
}
