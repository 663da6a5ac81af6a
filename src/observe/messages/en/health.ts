import type { LinkState } from '../../../protocol/status.js';
import type { ServerState } from '../../server-record.js';
import { time } from './numbers.js';

/** The words of `mcp-pipe health`; those of states are what `--json` says. */
const states: Record<LinkState | ServerState, string> = {
  idle: 'idle',
  starting: 'starting',
  dialing: 'dialing',
  open: 'open',
  waiting: 'waiting',
  parked: 'parked',
  draining: 'draining',
  closed: 'closed',
  ready: 'ready',
  refusing: 'refusing',
  silent: 'not answering',
  crashing: 'crashing again and again',
  down: 'down',
};

export const health = {
  states,
  works: 'works',
  failed: ({ state }: { state: string }) => `failed, ${state}`,
  /** A server that nobody has called for long. */
  asleep: 'parked',
  turnLater: 'waits for its turn',
  turnOf: ({ server }: { server: string }) => `the turn of ${server}`,
  serversReady: ({ ready, of }: { ready: number; of: number }) => `${ready} of ${of} servers ready`,
  server: ({ what }: { what: string }) => `server ${what}`,
  lasting: ({ what, forMs }: { what: string; forMs: number }) => `${what} for ${time(forMs)}`,
  unhealthy: 'unhealthy: every link has failed',
};
