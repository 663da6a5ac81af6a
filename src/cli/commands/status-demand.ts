import { excerpt } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { demandParts, savedBy } from '../../observe/demand-parts.js';
import type { HealthReport, ServerHealth } from '../../observe/health.js';
import { limitParts } from '../../observe/limit-parts.js';
import type { LaunchFacts, LockedNow } from '../../protocol/launch-facts.js';
import type { PackageStart } from '../../protocol/package-start.js';

/** What is said below the row of a server: of its starts on demand, its limits, what holds it, and its package. */
export function noteOf(
  one: Pick<ServerHealth, 'state' | 'startMs' | 'demand' | 'limits' | 'package'>,
  { at, lang, launch = {} }: { at: number; lang: Lang; launch?: LaunchFacts | undefined },
): { note?: string } {
  const { state, startMs, demand, limits } = one;
  const isAsleep = state === 'parked';
  const parts = [
    ...demandParts({ isAsleep, startMs, demand }, at, messagesFor(lang).demand),
    ...limitParts(limits, messagesFor(lang).bounds),
    ...(launch.holding ? [messagesFor(lang).bounds.holding(launch.holding)] : []),
    ...startOf(one.package, launch, lang),
  ];
  return parts.length === 0 ? {} : { note: parts.join('; ') };
}

/** A word of npm may be long. */
const WORD_LENGTH = 120;

/** How its package was started last, and how it is the next time, as far as that differs. */
function startOf(last: PackageStart | undefined, { locked, isLockOff }: LaunchFacts, lang: Lang): string[] {
  const { note, next, off } = messagesFor(lang).packages;
  if (isLockOff) return [off];
  if (locked && !isSame(last, locked)) return [next({ last, now: locked })];
  if (locked === null && last?.isDirect) return [next({ last, now: null })];
  if (!last) return [];
  return [note(last.isDirect ? last : { ...last, word: last.word && excerpt(last.word, WORD_LENGTH) })];
}

/** A start that the lock does not change: it was direct, or failed to be for a reason that the lock has not mended. */
function isSame(last: PackageStart | undefined, now: LockedNow): boolean {
  if (last?.isDirect) return last.version === now.version;
  return last !== undefined && last.why !== 'not-locked' && last.why !== 'lock-broken';
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
