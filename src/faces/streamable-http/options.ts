import { type Clock, systemClock } from '../../time/clock.js';
import { SharedBytes } from '../shared-bytes.js';
import type { HttpBackend } from './backend.js';

export interface StreamableHttpOptions {
  backend: HttpBackend;
  clock?: Clock;
  /** A larger body is answered with 413. Default 16 MiB. */
  maxBodyBytes?: number;
  /** Counts bodies that are being sent, also those of others. Default: a bound of 64 MiB of its own. */
  unfinished?: SharedBytes;
  /** The same for what waits for readers. */
  unread?: SharedBytes;
  /** Bytes that may wait for a slow reader before whoever sends them is held. Default 1 MiB. */
  maxQueuedBytes?: number;
  /** How long a reader may keep its senders waiting before its connection is destroyed. Default 20 000. */
  stallTimeoutMs?: number;
  /** A session without an open stream or call is ended after this long. Default 30 minutes. */
  sessionIdleMs?: number;
  /** Sessions at a time; one more ends the one that was idle longest, or is answered with 503. Default 1 000. */
  maxSessions?: number;
  /** Responses that are open at a time; one more is answered with 503. Default 5 000. */
  maxOpenResponses?: number;
  /** How often a quiet stream says a comment. Default 15 000. */
  keepAliveMs?: number;
  /** A POST that is not answered by then becomes a stream. Default 5 000. */
  streamAfterMs?: number;
  onSessionOpen?: (session: { id: string }) => void;
  onSessionEnd?: (session: { id: string }, reason: string) => void;
  /** A reply came when nobody could be told any more. */
  onReplyLost?: () => void;
  /** No session and no response is open any more. */
  onIdle?: () => void;
}

/** Every option as it is when it is not given; each call makes bounds of its own. */
export function defaultOptions(): Required<Omit<StreamableHttpOptions, 'backend'>> {
  return {
    clock: systemClock,
    maxBodyBytes: 16 * 1024 * 1024,
    unfinished: new SharedBytes(64 * 1024 * 1024),
    unread: new SharedBytes(64 * 1024 * 1024),
    maxQueuedBytes: 1024 * 1024,
    stallTimeoutMs: 20_000,
    sessionIdleMs: 30 * 60_000,
    maxSessions: 1_000,
    maxOpenResponses: 5_000,
    keepAliveMs: 15_000,
    streamAfterMs: 5_000,
    onSessionOpen: () => {},
    onSessionEnd: () => {},
    onReplyLost: () => {},
    onIdle: () => {},
  };
}
