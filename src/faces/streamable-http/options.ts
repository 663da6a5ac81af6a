import { type Clock, systemClock } from '../../time/clock.js';
import { SessionIds } from '../http/session-ids.js';
import { SharedBytes } from '../shared-bytes.js';
import type { HttpBackend } from './backend.js';

export interface StreamableHttpOptions {
  backend: HttpBackend;
  clock?: Clock;
  /** Requests of the revisions with sessions are answered without one, each by itself. Default false. */
  stateless?: boolean;
  /** Makes ids of sessions; may be shared with others. Default: one of its own, without a name. */
  sessionIds?: SessionIds;
  /** A larger body is answered with 413. Default 16 MiB. */
  maxBodyBytes?: number;
  /** Counts bytes of bodies that are being sent; may be shared with others. Default: a bound of its own, 64 MiB. */
  unfinished?: SharedBytes;
  /** As `unfinished`, for bytes that wait for readers. */
  unread?: SharedBytes;
  /** Messages of one session that are kept, for a client that comes back after its connection was lost. Default 256. */
  maxStoredEvents?: number;
  /** Bytes of them. A longer answer is not kept. Default 4 MiB. */
  maxStoredBytes?: number;
  /** As `unfinished`, for the bytes of all sessions that are kept. */
  stored?: SharedBytes;
  /** When a client whose connection was lost should be back, in milliseconds. Default 1 000. */
  retryMs?: number;
  /** While more bytes than this wait for a slow reader, their sender is held. Default 1 MiB. */
  maxQueuedBytes?: number;
  /**
   * How long a reader may hold its senders before its connection is destroyed, in milliseconds. The time that the waiting
   * bytes take at 64 kB/s is added. Default 20 000.
   */
  stallTimeoutMs?: number;
  /** A session without an open stream or call ends after this long. Default 30 minutes. */
  sessionIdleMs?: number;
  /** Sessions at a time; one more ends the one that was idle longest, or is answered with 503. Default 1 000. */
  maxSessions?: number;
  /** Responses that are open at a time; one more is answered with 503. Default 5 000. */
  maxOpenResponses?: number;
  /** Interval of comments on a stream without messages, so that no proxy on the way closes it. Default 15 000. */
  keepAliveMs?: number;
  /** A POST that is not answered within this time becomes a stream, in milliseconds. Default 5 000. */
  streamAfterMs?: number;
  onSessionOpen?: (session: { id: string }) => void;
  onSessionEnd?: (session: { id: string }, reason: string) => void;
  /** Called when no client can get a reply any more: its connection was lost before it, and it was not kept. */
  onReplyLost?: () => void;
  /** Called when no session and no response is open any more. */
  onIdle?: () => void;
}

/** What may change while clients are served. */
export type HttpLimits = Required<
  Pick<StreamableHttpOptions, 'stateless' | 'maxBodyBytes' | 'sessionIdleMs' | 'maxSessions'>
>;

/** The defaults of all options. Each call creates bounds of its own. */
export function defaultOptions(): Required<Omit<StreamableHttpOptions, 'backend'>> {
  return {
    clock: systemClock,
    stateless: false,
    sessionIds: new SessionIds(),
    maxBodyBytes: 16 * 1024 * 1024,
    unfinished: new SharedBytes(64 * 1024 * 1024),
    unread: new SharedBytes(64 * 1024 * 1024),
    // As many messages as a call sends while a lost connection is noticed, and a few large answers.
    maxStoredEvents: 256,
    maxStoredBytes: 4 * 1024 * 1024,
    stored: new SharedBytes(64 * 1024 * 1024),
    // A short outage ends before clients with few tries give up, and a person hardly waits.
    retryMs: 1_000,
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
