import { type Lang, messagesFor } from '../../messages/index.js';
import { demandParts, savedBy } from '../../observe/demand-parts.js';
import type { HealthReport, ServerHealth } from '../../observe/health.js';
import { limitParts } from '../../observe/limit-parts.js';

/** What is said below the row of a server that is started on demand, or that has limits. */
export function noteOf(
  { state, startMs, demand, limits }: Pick<ServerHealth, 'state' | 'startMs' | 'demand' | 'limits'>,
  { at, lang }: { at: number; lang: Lang },
): { note?: string } {
  const isAsleep = state === 'parked';
  const parts = [
    ...demandParts({ isAsleep, startMs, demand }, at, messagesFor(lang).demand),
    ...limitParts(limits, messagesFor(lang).bounds),
  ];
  return parts.length === 0 ? {} : { note: parts.join('; ') };
}

/** What the servers save that are asleep, each counted once; one alone says it in its row. */
export function savedOf({
  links,
  servers = [],
}: Pick<HealthReport, 'links' | 'servers'>): { servers: number; bytes: number } | undefined {
  const own = links.flatMap(({ members, server, demand }): Pick<ServerHealth, 'state' | 'demand'>[] =>
    members ? members.filter(({ isShared }) => !isShared) : [{ state: server, demand }],
  );
  const saved = savedBy(
    [...servers, ...own].map(({ state, demand }) => ({ isAsleep: state === 'parked', demand })),
  );
  return saved && saved.servers > 1 ? saved : undefined;
}
