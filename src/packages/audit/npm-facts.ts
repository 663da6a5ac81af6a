import lt from 'semver/functions/lt.js';
import prerelease from 'semver/functions/prerelease.js';
import rcompare from 'semver/functions/rcompare.js';
import valid from 'semver/functions/valid.js';
import { isObject, type RegistryFacts, textOf, timeOf, type Vulnerability } from './registry-facts.js';

/** What is asked of a version by `npm view NAME@VERSION`. */
export const NPM_FIELDS = [
  'version',
  '_npmUser',
  'maintainers',
  'deprecated',
  'dist',
  'time',
  'dist-tags',
  'versions',
];
/** And of the version before. */
export const NPM_FIELDS_BEFORE = ['version', '_npmUser', 'dist'];

/** Reads what `npm view NAME@VERSION … --json` has printed; undefined when it is neither an answer nor a clear no. */
export function npmFacts(printed: string, version: string): RegistryFacts | undefined {
  const view = parsed(printed);
  if (view === undefined) return undefined;
  if (isObject(view.error)) {
    const { code, summary } = view.error;
    if (code !== 'E404') return undefined;
    return { state: /^No match found/i.test(String(summary)) ? 'no-version' : 'no-package' };
  }
  if (view.version !== version) return { state: 'no-version' };
  const times = isObject(view.time) ? view.time : {};
  const tags = isObject(view['dist-tags']) ? view['dist-tags'] : {};
  const dist = isObject(view.dist) ? view.dist : {};
  const owners = namesOf(view.maintainers);
  const publisher = nameOf(view._npmUser);
  const all = versionsOf(view.versions).flatMap((one) => timeOf(times[one]) ?? []);
  const first = timeOf(times.created) ?? all.sort()[0];
  const deprecated = textOf(view.deprecated);
  // A registry that names no person has left out more: that it does not say "deprecated" means nothing then.
  const tellsAll = owners !== undefined || publisher !== undefined;
  return {
    state: 'there',
    publishedAt: timeOf(times[version]),
    firstPublishedAt: first,
    newest: textOf(tags.latest),
    deprecated: deprecated ?? (tellsAll ? false : undefined),
    owners,
    publisher,
    hasProvenance: isObject(dist.attestations) ? true : tellsAll ? false : undefined,
    integrity: typeof dist.integrity === 'string' ? dist.integrity.split(/\s+/) : undefined,
  };
}

/** The version that was newest before `version`, as far as versions count up; pre-releases only before a pre-release. */
export function versionBefore(printed: string, version: string): string | undefined {
  const isPre = prerelease(version) !== null;
  return versionsOf(parsed(printed)?.versions)
    .filter((one) => valid(one) !== null && lt(one, version) && (isPre || prerelease(one) === null))
    .sort(rcompare)[0];
}

/** Reads what `npm view` has printed of the version before. */
export function npmBefore(printed: string): RegistryFacts['before'] {
  const view = parsed(printed);
  const version = textOf(view?.version);
  if (view === undefined || version === undefined) return undefined;
  const publisher = nameOf(view._npmUser);
  const hasProvenance = isObject(view.dist) && isObject(view.dist.attestations);
  return {
    version,
    publisher,
    hasProvenance: hasProvenance || (publisher === undefined ? undefined : false),
  };
}

/**
 * Reads what `npm audit --json` has printed. @returns undefined when the registry did not answer: mirrors often have no such
 * address.
 */
export function npmVulnerabilities(
  printed: string,
  versionOf: (name: string) => string | undefined,
): Vulnerability[] | undefined {
  const report = parsed(printed);
  if (!isObject(report?.vulnerabilities)) return undefined;
  const found = new Map<string, Vulnerability>();
  for (const entry of Object.values(report.vulnerabilities)) {
    if (!isObject(entry) || !Array.isArray(entry.via)) continue;
    // A text there names another package of the list.
    for (const via of entry.via.filter(isObject)) {
      const name = textOf(via.name) ?? textOf(entry.name) ?? '';
      const id = /GHSA-[\w-]+/.exec(String(via.url))?.[0] ?? String(via.source ?? '');
      const severity = (['low', 'moderate', 'high', 'critical'] as const).find((one) => one === via.severity);
      const version = versionOf(name);
      found.set(`${id} ${name}`, {
        ...{
          id,
          in: version === undefined ? name : `${name}@${version}`,
          severity,
          title: textOf(via.title),
        },
      });
    }
  }
  return [...found.values()];
}

function parsed(printed: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(printed);
    const one: unknown = Array.isArray(value) ? value.at(-1) : value;
    return isObject(one) ? one : undefined;
  } catch {
    return undefined;
  }
}

function versionsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** `{ name }`, or npm's own `name <address>`. */
function nameOf(value: unknown): string | undefined {
  if (isObject(value)) return textOf(value.name);
  return typeof value === 'string' ? textOf(value.replace(/\s*<.*$/, '')) : undefined;
}

function namesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return nameOf(value) === undefined ? undefined : [nameOf(value)!];
  const names = value.flatMap((one) => nameOf(one) ?? []);
  return names.length === 0 ? undefined : names.sort();
}
