import type { ServerEnd } from '../protocol/server-end.js';
import type { CloseReason } from '../transports/transport.js';

/** How the supervisor saw one life of a server end. */
export interface LifeEnd {
  why: 'exited' | 'stopped-talking' | 'unanswered' | 'hung' | 'replaced' | 'paused' | 'stopped';
  closed: CloseReason;
  /** The process took requests until its end. */
  wasUp: boolean;
  /** Number of requests that were answered with an error before the process had exited. */
  pendingFailed: number;
}

/** The end of a life that nobody had asked for, as data. */
export function endOf(
  why: Exclude<LifeEnd['why'], 'replaced' | 'paused' | 'stopped'>,
  { code: exitCode, signal, reason }: CloseReason,
): ServerEnd {
  if (why === 'stopped-talking') return { kind: why, what: reason };
  return { kind: why === 'exited' ? 'process' : why, exitCode, signal };
}
