import type { Messages } from '../messages/index.js';
import type { DemandFacts } from '../protocol/demand.js';

/** What is said of a server that is started on demand, beside its state: parts of a line. */
export function demandParts(
  server: { isAsleep: boolean; startMs?: number | undefined; demand?: DemandFacts | undefined },
  now: number,
  words: Messages['demand'],
): string[] {
  const { isAsleep, startMs, demand } = server;
  if (!demand) return [];
  const { isKept, keepChangesAt: changesAt, memoryBytes } = demand;
  if (!isAsleep) return isKept && changesAt !== undefined ? [words.keptUntil({ until: changesAt, now })] : [];
  return [
    ...(memoryBytes === undefined ? [] : [words.saves({ bytes: memoryBytes })]),
    ...(startMs === undefined ? [] : [words.startsWithin({ tookMs: startMs })]),
    ...(isKept || changesAt === undefined ? [] : [words.keptFrom({ from: changesAt, now })]),
  ];
}

/** How many of the servers are asleep of which it is known what that saves, and what it is together; undefined: of none. */
export function savedBy(
  servers: readonly { isAsleep: boolean; demand?: DemandFacts | undefined }[],
): { servers: number; bytes: number } | undefined {
  const known = servers.flatMap(({ isAsleep, demand }) => (isAsleep ? (demand?.memoryBytes ?? []) : []));
  return known.length === 0
    ? undefined
    : { servers: known.length, bytes: known.reduce((sum, bytes) => sum + bytes, 0) };
}
