import type { CallsReading, ConnectionReading } from '../protocol/reading.js';
import type { Connection } from './ends.js';
import type { Inflight, Tally } from './inflight.js';

/** What became of a server's calls, and of those it works on; `now` is clock time in milliseconds. */
export function readCalls(tally: Tally, inflight: Inflight<unknown> | undefined, now: number): CallsReading {
  const [oldest, ...others] = inflight?.running() ?? [];
  const { answered, failed, lastAt } = tally;
  return {
    inFlight: oldest ? others.length + 1 : 0,
    oldest: oldest && { method: oldest.method, name: oldest.name, ageMs: now - oldest.enteredAt },
    ...{ answered, failed },
    lastAgoMs: lastAt === undefined ? undefined : now - lastAt,
  };
}

export function readConnection(
  { openedAt, askedAt, answeredAt }: Connection,
  now: number,
): ConnectionReading {
  const ago = (at: number | undefined) => (at === undefined ? undefined : now - at);
  return { openForMs: now - openedAt, askedAgoMs: ago(askedAt), answeredAgoMs: ago(answeredAt) };
}
