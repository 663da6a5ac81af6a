import type { CallStats, ConnectionStats } from '../protocol/stats.js';
import type { Connection } from './client-state.js';
import type { InflightCalls, Tally } from './inflight-calls.js';

/** Counts of a server's finished calls, and the calls that it works on; `now` is clock time in milliseconds. */
export function callStats(
  tally: Tally,
  inflight: InflightCalls<unknown> | undefined,
  now: number,
): CallStats {
  const [oldest, ...others] = inflight?.running() ?? [];
  const { answered, failed, lastAt } = tally;
  return {
    inFlight: oldest ? others.length + 1 : 0,
    oldest: oldest && { method: oldest.method, name: oldest.name, ageMs: now - oldest.enteredAt },
    ...{ answered, failed },
    lastAgoMs: lastAt === undefined ? undefined : now - lastAt,
  };
}

export function connectionStats({ openedAt, askedAt, answeredAt }: Connection, now: number): ConnectionStats {
  const ago = (at: number | undefined) => (at === undefined ? undefined : now - at);
  return { openForMs: now - openedAt, askedAgoMs: ago(askedAt), answeredAgoMs: ago(answeredAt) };
}
