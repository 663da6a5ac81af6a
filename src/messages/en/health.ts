import type { FormerValue } from '../../protocol/former-words.js';
import type { ServerCondition } from '../../protocol/server-condition.js';
import type { LinkState } from '../../protocol/status.js';
import { count, time } from './numbers.js';

/** The words of `mcp-pipe health`; states have the words of `--json`. */
const states: Record<FormerValue<LinkState | ServerCondition>, string> = {
  idle: 'idle',
  starting: 'starting',
  dialing: 'dialing',
  open: 'open',
  waiting: 'waiting',
  parked: 'waiting for a connection',
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
  /** A server that was stopped because it had no call for a long time. */
  stoppedOnPurpose: 'stopped until a call comes',
  turnLater: 'waits for its turn',
  turnOf: ({ server }: { server: string }) => `the turn of ${server}`,
  serversReady: ({ ready, of }: { ready: number; of: number }) => `${ready} of ${of} servers ready`,
  server: ({ what }: { what: string }) => `server ${what}`,
  lasting: ({ what, forMs }: { what: string; forMs: number }) => `${what} for ${time(forMs)}`,
  calls: ({ answered, failed, agoMs }: { answered: number; failed: number; agoMs: number | undefined }) =>
    `${count(answered, 'call')} answered${failed > 0 ? `, ${failed} failed` : ''}${agoMs === undefined ? '' : `, the last came ${time(agoMs)} ago`}`,
  running: ({ inFlight, call, forMs }: { inFlight: number; call: string; forMs: number }) =>
    inFlight === 1
      ? `${call} has been running for ${time(forMs)}`
      : `${inFlight} calls are running, the oldest is ${call} for ${time(forMs)}`,
  /** For a connection on which no request has come. */
  neverAsked: ({ forMs }: { forMs: number }) =>
    `the endpoint has asked nothing on this connection yet, for ${time(forMs)}`,
  restarts: ({ times }: { times: number }) =>
    `started again ${times === 1 ? 'once' : `${times} times`} in the last hour`,
  lastExit: ({ agoMs, text }: { agoMs: number; text: string }) => `last end ${time(agoMs)} ago: ${text}`,
  unhealthy: 'unhealthy: every link has failed',
};
