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

/** How many of the servers are asleep, and what that saves; undefined where nothing was measured. */
export function savedBy(
  servers: readonly { isAsleep: boolean; demand?: DemandFacts | undefined }[],
): { servers: number; bytes: number } | undefined {
  const asleep = servers.filter(({ isAsleep, demand }) => isAsleep && demand !== undefined);
  const bytes = asleep.reduce((sum, { demand }) => sum + (demand!.memoryBytes ?? 0), 0);
  return bytes === 0 ? undefined : { servers: asleep.length, bytes };
}
