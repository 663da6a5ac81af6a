import type { CallStats, ConnectionStats } from '../protocol/stats.js';
import type { Connection } from './client-state.js';
import type { InflightCall } from './inflight-calls.js';
import type { Tally } from './tally.js';

/** Counts of finished calls, and the `running` ones, oldest first; `now` is clock time in milliseconds. */
export function callStats(tally: Tally, running: Iterable<InflightCall<unknown>>, now: number): CallStats {
  const [oldest, ...others] = running;
  const { answered, failed, lastAt } = tally;
  return {
    inFlight: oldest ? others.length + 1 : 0,
    oldest: oldest && { method: oldest.method, name: oldest.name, ageMs: now - oldest.enteredAt },
    ...{ answered, failed },
    lastAgoMs: lastAt === undefined ? undefined : now - lastAt,
  };
}

export function connectionStats(connection: Connection, now: number): ConnectionStats {
  const { openedAt, askedAt, answeredAt, transport } = connection;
  const ago = (at: number | undefined) => (at === undefined ? undefined : now - at);
  return {
    ...{ openForMs: now - openedAt, askedAgoMs: ago(askedAt), answeredAgoMs: ago(answeredAt) },
    unsentBytes: transport.unsentBytes,
  };
}
