import type { FeedAction, FeedClass } from '../../protocol/feed.js';
import type { Status, StatusEvent } from '../../protocol/status.js';
import { cut } from './kept-calls.js';

/** Something that a person has asked for. */
export interface PersonAct {
  /** Milliseconds since 1970. */
  at: number;
  action: FeedAction | 'reload';
  /** Servers and links of the plan that it was asked for. Empty: all. */
  names: readonly string[];
  /** Where it came from: `page`, `socket`, … */
  from: string;
  /** Fingerprint of the key, if there is one. */
  key?: string | undefined;
}

/**
 * One event in the life of a server or link, to be put into words. Texts in `status` are of others and may hold secrets:
 * clean it (`withoutSecrets`) before it is put into words. `class`: of the server or link right after it.
 */
export type Move = { at: number; class: FeedClass | undefined } & (
  | { status: Status; act?: undefined }
  | { status?: undefined; act: PersonAct }
);

/** Moves that are kept of a server or link. */
export const MOVES_KEPT = 20;
/** Lines of stderr that are kept with a move: it is told in one sentence. */
const STDERR_LINES = 3;
/** Texts are kept up to this many characters, which is more than any sentence shows of them: a secret that is cut here is not shown. */
const MAX_TEXT = 4_000;

/** Events in the life of a server that a person wants to know of later. */
const OF_SERVERS: ReadonlySet<StatusEvent['type']> = new Set([
  'server-ready',
  'server-refused',
  'server-slow',
  'server-down',
  'server-silent',
  'server-copy',
  'server-responding',
  'server-breaker',
  'server-replaced',
  'server-idle-stopped',
  'memory-short',
  'limits-unwatched',
  'server-keep',
  'strays-ended',
  'tools-changed',
  'call-timeout',
]);

/** The same of a link. */
const OF_LINKS: ReadonlySet<StatusEvent['type']> = new Set([
  'open',
  'down',
  'client-initialized',
  'lease-waiting',
  'lease-yielded',
  'lease-lost',
  'token-contention',
  'token-contention-over',
  'deaf',
  'connection-renewed',
  'answers-lost',
  'rotating',
  'turn-skipped',
  'regrouped',
  'draining',
]);

/** What a status is a move of, if it is one. */
export function moverOf({ type }: Status): 'server' | 'link' | undefined {
  return OF_SERVERS.has(type) ? 'server' : OF_LINKS.has(type) ? 'link' : undefined;
}

/** The status without what need not be kept of it. */
export function shortStatus(status: Status): Status {
  const kept: Record<string, unknown> = { ...status };
  for (const [member, value] of Object.entries(kept))
    if (typeof value === 'string') kept[member] = cut(value, MAX_TEXT);
  if ('stderrTail' in status)
    kept.stderrTail = status.stderrTail.slice(-STDERR_LINES).map((line) => cut(line, MAX_TEXT));
  return kept as Status;
}
