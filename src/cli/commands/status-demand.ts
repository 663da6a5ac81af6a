import { excerpt } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { demandParts, savedBy } from '../../observe/demand-parts.js';
import type { HealthReport, ServerHealth } from '../../observe/health.js';
import { limitParts } from '../../observe/limit-parts.js';
import type { PackageStart } from '../../protocol/package-start.js';

/** What is said below the row of a server that is started on demand, that has limits, or whose command fetches a package. */
export function noteOf(
  one: Pick<ServerHealth, 'state' | 'startMs' | 'demand' | 'limits' | 'package'>,
  { at, lang }: { at: number; lang: Lang },
): { note?: string } {
  const { state, startMs, demand, limits } = one;
  const isAsleep = state === 'parked';
  const parts = [
    ...demandParts({ isAsleep, startMs, demand }, at, messagesFor(lang).demand),
    ...limitParts(limits, messagesFor(lang).bounds),
    ...(one.package ? [startOf(one.package, lang)] : []),
  ];
  return parts.length === 0 ? {} : { note: parts.join('; ') };
}

/** A word of npm may be long. */
const WORD_LENGTH = 120;

function startOf(start: PackageStart, lang: Lang): string {
  const { note } = messagesFor(lang).packages;
  return note(start.isDirect ? start : { ...start, word: start.word && excerpt(start.word, WORD_LENGTH) });
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
