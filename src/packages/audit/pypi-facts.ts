import { normalizedName } from '../pypi/wanted.js';
import { isObject, type RegistryFacts, textOf, timeOf, type Vulnerability } from './registry-facts.js';

/** Reads an answer of the Simple API in JSON (PEP 691, 700, 740, 792) for one version; undefined when it is none. */
export function simpleFacts(body: string, name: string, version: string): RegistryFacts | undefined {
  const project = parsed(body);
  if (!Array.isArray(project?.files)) return undefined;
  const files = project.files.filter(isObject).map((file) => ({
    ...{ version: versionOf(textOf(file.filename) ?? '', name), at: timeOf(file['upload-time']) },
    ...{ yanked: file.yanked, sha256: isObject(file.hashes) ? textOf(file.hashes.sha256) : undefined },
    ...{ provenance: file.provenance, file: textOf(file.filename) ?? '' },
  }));
  const own = files.filter((file) => file.version === version);
  const versions = [...new Set(files.filter(({ yanked }) => !yanked).flatMap((file) => file.version ?? []))];
  const state = isObject(project['project-status']) ? project['project-status'].status : undefined;
  const status = (['archived', 'deprecated', 'quarantined'] as const).find((one) => one === state);
  const newest = versions
    .filter((one) => !isPreRelease(one))
    .sort(compareVersions)
    .at(-1);
  const firstPublishedAt = files.flatMap(({ at }) => at ?? []).sort()[0];
  if (own.length === 0) return { state: 'no-version', newest, status, firstPublishedAt };
  const before = versions
    .filter((one) => compareVersions(one, version) < 0 && (isPreRelease(version) || !isPreRelease(one)))
    .sort(compareVersions)
    .at(-1);
  const provenanceOf = (some: typeof files) =>
    some.some(({ provenance }) => typeof provenance === 'string')
      ? true
      : some.some(({ provenance }) => provenance === null)
        ? false
        : undefined;
  const yanked = own.find((file) => file.yanked !== undefined)?.yanked;
  const isSourceOnly = own.every(({ file }) => !file.endsWith('.whl'));
  return {
    ...{ state: 'there', newest, status, firstPublishedAt },
    publishedAt: own.flatMap(({ at }) => at ?? []).sort()[0],
    deprecated: yanked === undefined ? undefined : yanked === false ? false : (textOf(yanked) ?? ''),
    hasProvenance: provenanceOf(own),
    ...(before === undefined
      ? {}
      : {
          before: {
            version: before,
            hasProvenance: provenanceOf(files.filter((file) => file.version === before)),
          },
        }),
    integrity: own.flatMap(({ sha256 }) =>
      sha256 ? `sha256-${Buffer.from(sha256, 'hex').toString('base64')}` : [],
    ),
    fromSource: isSourceOnly ? [normalizedName(name)] : [],
  };
}

/** What the JSON API of PyPI adds for one version; undefined when the answer is none of it. */
export function jsonFacts(
  body: string,
): Pick<RegistryFacts, 'owners' | 'vulnerabilities' | 'fromSource'> | undefined {
  const project = parsed(body);
  if (!isObject(project?.info)) return undefined;
  const name = normalizedName(textOf(project.info.name) ?? '');
  const version = textOf(project.info.version) ?? '';
  const files = Array.isArray(project.urls) ? project.urls.filter(isObject) : [];
  const isSourceOnly = files.length > 0 && files.every(({ packagetype }) => packagetype === 'sdist');
  const listed = Array.isArray(project.vulnerabilities)
    ? project.vulnerabilities.filter(isObject)
    : undefined;
  const vulnerabilities = listed
    ?.filter(({ withdrawn }) => !withdrawn)
    .map(
      (one): Vulnerability => ({
        id: textOf(one.id) ?? '?',
        in: `${name}==${version}`,
        title: textOf(one.summary) || textOf(one.details),
        fixedIn: Array.isArray(one.fixed_in) ? textOf(one.fixed_in[0]) : undefined,
      }),
    );
  return { owners: ownersOf(project.ownership), vulnerabilities, fromSource: isSourceOnly ? [name] : [] };
}

/** `{ "organization": "name" | null, "roles": [{ "role": "Owner", "user": "name" }] }`; Maintainers may publish as Owners may. */
function ownersOf(value: unknown): string[] | undefined {
  if (!isObject(value)) return undefined;
  const roles = Array.isArray(value.roles)
    ? value.roles.filter(isObject).flatMap(({ user }) => textOf(user) ?? [])
    : [];
  const organization = textOf(value.organization);
  const names = [...new Set([...(organization ? [`organization:${organization}`] : []), ...roles])];
  return names.length === 0 ? undefined : names.sort();
}

/** The version in the name of a wheel (PEP 427) or source archive (PEP 625 and before). */
function versionOf(file: string, name: string): string | undefined {
  const wheel = /^([^-]+)-([^-]+)-.*\.whl$/.exec(file);
  if (wheel) return normalizedName(wheel[1]!) === normalizedName(name) ? wheel[2] : undefined;
  const stem = file.replace(/\.(tar\.(gz|bz2|xz)|zip|tgz)$/, '');
  if (stem === file) return undefined;
  // The name itself may have hyphens.
  for (let at = stem.indexOf('-'); at > 0; at = stem.indexOf('-', at + 1))
    if (normalizedName(stem.slice(0, at)) === normalizedName(name)) return stem.slice(at + 1);
  return undefined;
}

function isPreRelease(version: string): boolean {
  return /(a|b|c|rc|alpha|beta|pre|preview|\.?dev)[-_.]?\d*/i.test(
    version.replace(/\+.*/, '').replace(/^v/i, ''),
  );
}

/** Orders versions as PEP 440 does, as far as epoch, release, pre-, post- and dev-release go. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = (left[i] ?? 0) - (right[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** Parts of a release that are compared; the rest of the key follows behind them. */
const PARTS = 8;

function keyOf(version: string): number[] {
  const match =
    /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)[-_.]?(?:(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d*))?(?:(?:[-_.]?(?:post|rev|r)[-_.]?(\d*))|-(\d+))?(?:[-_.]?dev[-_.]?(\d*))?/i.exec(
      version,
    );
  if (!match) return [0];
  const [, epoch, release = '', letter, pre, post, dash, dev] = match;
  const numbers = release.split('.').map(Number);
  const stage = letter === undefined ? undefined : /^a/i.test(letter) ? 1 : /^b/i.test(letter) ? 2 : 3;
  const hasPost = post !== undefined || dash !== undefined;
  return [
    Number(epoch ?? 0),
    ...Array.from({ length: PARTS }, (_, i) => numbers[i] ?? 0),
    // `1.dev1` comes before `1a1`, and that before `1`.
    stage ?? (dev !== undefined && !hasPost ? 0 : 4),
    Number(pre || 0),
    hasPost ? 1 + Number(post || dash || 0) : 0,
    dev === undefined ? Number.MAX_SAFE_INTEGER : Number(dev || 0),
  ];
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
