import gt from 'semver/functions/gt.js';
import valid from 'semver/functions/valid.js';
import type { LockedPackage } from '../locked-package.js';
import { compareVersions } from './pypi-facts.js';
import type { RegistryFacts, Vulnerability } from './registry-facts.js';

/** How much a concern weighs. `bad`: something is wrong with what runs. `doubtful`: a person should look. `note`: good to know. */
export type Weight = 'bad' | 'doubtful' | 'note';

/** What a registry may not tell. */
export type Untold = 'age' | 'deprecation' | 'owners' | 'provenance' | 'vulnerabilities';

/** One thing that is worth saying of a locked package. */
export type Concern = { weight: Weight } & (
  | { is: 'package-gone' | 'version-gone' | 'quarantined' | 'archived' | 'other-archive' | 'no-provenance' }
  | { is: 'vulnerable'; vulnerabilities: readonly Vulnerability[] }
  | { is: 'deprecated' | 'yanked'; reason: string }
  | { is: 'owners-changed'; added: readonly string[]; removed: readonly string[] }
  | { is: 'other-publisher'; publisher: string; before: string; version: string }
  | { is: 'provenance-lost'; version: string }
  | { is: 'install-scripts' | 'from-source'; packages: readonly string[] }
  | { is: 'young-version' | 'young-package'; days: number }
  | { is: 'one-owner'; owner: string }
  | { is: 'newer'; version: string }
  | { is: 'untold'; what: readonly Untold[] }
);

/** A day, in milliseconds. */
const DAY_MS = 24 * 60 * 60 * 1_000;
/** Taken-over packages are mostly found out within days. */
const YOUNG_VERSION_DAYS = 7;
/** Names that resemble those of others are mostly removed within weeks. */
const YOUNG_PACKAGE_DAYS = 30;

const ORDER: Readonly<Record<Weight, number>> = { bad: 0, doubtful: 1, note: 2 };

/** What is to be said of a locked package, the worst first. Pure. @param now milliseconds since 1970 */
export function judge(locked: LockedPackage, facts: RegistryFacts, now: number): Concern[] {
  const scripts = locked.packages.filter(({ hasInstallScript }) => hasInstallScript).map(nameIn);
  const found: Concern[] = [...(scripts.length > 0 ? [scriptsOf(scripts)] : [])];
  if (facts.status === 'quarantined') found.push({ weight: 'bad', is: 'quarantined' });
  if (facts.state !== 'there') {
    found.push({ weight: 'bad', is: facts.state === 'no-package' ? 'package-gone' : 'version-gone' });
    return found.sort(byWeight);
  }
  found.push(...ofVersion(locked, facts), ...ofPeople(locked, facts), ...ofAge(facts, now));
  const { fromSource = [], newest, status } = facts;
  if (fromSource.length > 0) found.push({ weight: 'doubtful', is: 'from-source', packages: fromSource });
  if (status === 'archived') found.push({ weight: 'doubtful', is: 'archived' });
  if (newest !== undefined && isNewer(newest, locked))
    found.push({ weight: 'note', is: 'newer', version: newest });
  const what = untold(facts);
  if (what.length > 0) found.push({ weight: 'note', is: 'untold', what });
  return found.sort(byWeight);
}

function ofVersion({ registry, integrity }: LockedPackage, facts: RegistryFacts): Concern[] {
  const { deprecated, vulnerabilities = [], hasProvenance, before, status } = facts;
  const found: Concern[] = [];
  // Of PyPI, the registry may have got further archives of the same version since.
  const isSame = facts.integrity?.some((one) => integrity.includes(one)) ?? true;
  if (!isSame) found.push({ weight: 'bad', is: 'other-archive' });
  if (vulnerabilities.length > 0) {
    const isSlight = vulnerabilities.every(({ severity }) => severity === 'low' || severity === 'moderate');
    found.push({ weight: isSlight ? 'doubtful' : 'bad', is: 'vulnerable', vulnerabilities });
  }
  if (typeof deprecated === 'string')
    found.push(
      registry === 'npm'
        ? { weight: 'doubtful', is: 'deprecated', reason: deprecated }
        : { weight: 'bad', is: 'yanked', reason: deprecated },
    );
  if (status === 'deprecated') found.push({ weight: 'doubtful', is: 'deprecated', reason: '' });
  if (hasProvenance === false && before?.hasProvenance === true)
    found.push({ weight: 'doubtful', is: 'provenance-lost', version: before.version });
  else if (hasProvenance === false) found.push({ weight: 'note', is: 'no-provenance' });
  return found;
}

function ofPeople(
  { owners: then }: LockedPackage,
  { owners: now, publisher, before, hasProvenance }: RegistryFacts,
): Concern[] {
  const found: Concern[] = [];
  if (then !== undefined && now !== undefined) {
    const added = now.filter((one) => !then.includes(one));
    const removed = then.filter((one) => !now.includes(one));
    // All new is another hand; one more or less is a team that changes.
    const weight = now.some((one) => then.includes(one)) ? 'doubtful' : 'bad';
    if (added.length > 0 || (removed.length > 0 && now.length > 0))
      found.push({ weight: added.length > 0 ? weight : 'note', is: 'owners-changed', added, removed });
  }
  const earlier = before?.publisher;
  if (publisher !== undefined && earlier !== undefined && publisher !== earlier) {
    // With provenance, the registry itself vouches for the repository that it was built in.
    const weight = hasProvenance === true ? 'note' : 'doubtful';
    found.push({ weight, is: 'other-publisher', publisher, before: earlier, version: before!.version });
  }
  if (now?.length === 1 && !now[0]!.startsWith('organization:'))
    found.push({ weight: 'note', is: 'one-owner', owner: now[0]! });
  return found;
}

function ofAge({ publishedAt, firstPublishedAt }: RegistryFacts, now: number): Concern[] {
  const days = (at: string | undefined) =>
    at === undefined ? undefined : Math.floor((now - Date.parse(at)) / DAY_MS);
  const [ofPackage, ofVersion] = [days(firstPublishedAt), days(publishedAt)];
  if (ofPackage !== undefined && ofPackage < YOUNG_PACKAGE_DAYS)
    return [{ weight: 'doubtful', is: 'young-package', days: Math.max(0, ofPackage) }];
  if (ofVersion !== undefined && ofVersion < YOUNG_VERSION_DAYS)
    return [{ weight: 'doubtful', is: 'young-version', days: Math.max(0, ofVersion) }];
  return [];
}

function untold({
  publishedAt,
  deprecated,
  owners,
  hasProvenance,
  vulnerabilities,
}: RegistryFacts): Untold[] {
  const told: Record<Untold, unknown> = {
    ...{ vulnerabilities, deprecation: deprecated, owners, provenance: hasProvenance, age: publishedAt },
  };
  return (Object.keys(told) as Untold[]).filter((one) => told[one] === undefined);
}

function scriptsOf(packages: readonly string[]): Concern {
  return { weight: 'doubtful', is: 'install-scripts', packages };
}

function nameIn({ name, version }: { name: string; version: string }): string {
  return `${name}@${version}`;
}

function isNewer(newest: string, { registry, version }: LockedPackage): boolean {
  if (registry === 'pypi') return compareVersions(newest, version) > 0;
  return valid(newest) !== null && valid(version) !== null && gt(newest, version);
}

function byWeight(a: Concern, b: Concern): number {
  return ORDER[a.weight] - ORDER[b.weight];
}
