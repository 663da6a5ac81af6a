import { inject } from 'vitest';

/**
 * What the links of a suite are. The suites named in vitest.config.ts run once for each, as projects of their own:
 *
 *     pipe         one server on one endpoint
 *     mux          a multiplexer with that server alone
 *     mux-beside   a multiplexer with that server and a well-behaved one, which must notice nothing
 *     rotate       a rotation with that server alone
 *     rotate-long  a rotation with that server and one that cannot be started, so that its turn never ends
 *
 * With `-shared` behind pipe, mux or rotate, a second link uses the same server, and calls it all the while: second-client.ts.
 * With `-remote` behind pipe or mux, each server stands behind Streamable HTTP, and the link reaches it there: behind-http.ts.
 * With `-copies` behind pipe or mux, the server is run by the code for several processes ("instances"), as the only one of them.
 * With `memory-` before it, all of it is in this process, without sockets, and waits take no time: see memory-servers.ts,
 * memory-network.ts and jumping-clock.ts.
 */
export type Kind =
  | 'pipe'
  | 'pipe-shared'
  | 'pipe-copies'
  | 'pipe-copies-shared'
  | 'pipe-remote'
  | 'mux'
  | 'mux-shared'
  | 'mux-copies'
  | 'mux-remote'
  | 'mux-beside'
  | 'rotate'
  | 'rotate-shared'
  | 'rotate-long';
export type Strategy = Kind | `memory-${Kind}`;

declare module 'vitest' {
  interface ProvidedContext {
    strategy: Strategy;
  }
}

export const strategy: Strategy = inject('strategy');
export const isMemory = strategy.startsWith('memory-');
const kind = strategy.replace('memory-', '');
export const isMux = kind.startsWith('mux');
export const isRotate = kind.startsWith('rotate');
export const isBeside = kind === 'mux-beside';
export const isLong = kind === 'rotate-long';
export const isShared = kind.endsWith('-shared');
export const isCopies = kind.includes('-copies');
export const isRemote = kind.endsWith('-remote');

/** The expected value where a multiplexer by design differs from a pipe; a rotation never does. */
export function expected<T>({ pipe, mux, beside = mux }: { pipe: T; mux: T; beside?: T }): T {
  return isBeside ? beside : isMux ? mux : pipe;
}
