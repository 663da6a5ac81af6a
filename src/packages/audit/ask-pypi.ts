import type { LockedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { jsonFacts, simpleFacts } from './pypi-facts.js';
import type { GetText, RegistryFacts } from './registry-facts.js';

const PYPI = 'https://pypi.org/simple';
/** The Simple API in JSON (PEP 691). */
const SIMPLE = 'application/vnd.pypi.simple.v1+json';
/** Requests at a time: PyPI asks for few. */
const AT_ONCE = 4;
/** Of what is installed, the most packages that are asked for; the largest servers have some 150. */
const MOST_PACKAGES = 300;

type JsonFacts = ReturnType<typeof jsonFacts>;

/**
 * Asks the index that the package came from: for the version, and, where the index has the JSON API of PyPI, for those who may
 * publish it, and for known vulnerabilities of all that is installed.
 *
 * @throws PackageError
 */
export async function askPythonIndex(
  locked: LockedPackage,
  host: PackageHost,
  get: GetText,
): Promise<RegistryFacts> {
  const { name, version, packages } = locked;
  const index = indexOf(locked, host.env);
  const simple = await ask(get, `${index.href}${name}/`, index.headers, SIMPLE);
  if (simple.status === 404) return { state: 'no-package' };
  const facts = simpleFacts(simple.body, name, version);
  if (simple.status !== 200) throw new PackageError('unreachable', `HTTP ${simple.status}`);
  if (facts === undefined)
    throw new PackageError('failed', `${index.shown} does not answer in JSON (PEP 691)`);
  if (facts.state !== 'there') return facts;
  const json = (of: { name: string; version: string }) => jsonOf(of, index, get);
  const own = await json(locked);
  if (own === undefined) return facts;
  const others = packages.filter((one) => one.name !== name).slice(0, MOST_PACKAGES);
  const said = [own, ...(await inTurns(others, json))];
  const known = said.filter((one) => one !== undefined);
  // One package that could not be asked for would count as one without a weakness.
  const isWhole = known.length === said.length && known.every(({ vulnerabilities }) => vulnerabilities);
  return {
    ...facts,
    owners: own.owners,
    fromSource: [
      ...new Set([...(facts.fromSource ?? []), ...known.flatMap(({ fromSource }) => fromSource ?? [])]),
    ],
    ...(isWhole ? { vulnerabilities: known.flatMap(({ vulnerabilities }) => vulnerabilities ?? []) } : {}),
  };
}

interface Index {
  /** With a slash at its end, without a login. */
  href: string;
  headers: Readonly<Record<string, string>>;
  shown: string;
}

/** The index that the lock names, else that of the options and the environment, as uv chooses it. */
function indexOf({ name, packages, options = [] }: LockedPackage, env: PackageHost['env']): Index {
  const option = options.map((one) => /^--(?:default-index|index-url)=(.+)/.exec(one)?.[1]).find(Boolean);
  const chosen = option ?? env.UV_DEFAULT_INDEX ?? env.UV_INDEX_URL ?? PYPI;
  const further = [env.UV_INDEX, env.UV_EXTRA_INDEX_URL].flatMap((list) => list?.split(/\s+/) ?? []);
  const of = packages.find((one) => one.name === name)?.resolved;
  // Only the environment has the login of an index.
  const address = of === undefined ? chosen : ([chosen, ...further].find((one) => isSame(of, one)) ?? of);
  let url: URL;
  try {
    url = new URL(address.replace(/^[\w-]+=(?=https?:)/, ''));
  } catch {
    throw new PackageError('failed', 'the index has no address');
  }
  if (!/^https?:$/.test(url.protocol)) throw new PackageError('failed', 'the index is a folder');
  const login = [url.username, url.password].map(decodeURIComponent).join(':');
  url.username = '';
  url.password = '';
  const href = url.href.replace(/\/?$/, '/');
  return {
    ...{ href, shown: url.host },
    headers: login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
  };
}

function isSame(a: string, b: string): boolean {
  const plain = (text: string) =>
    text
      .replace(/^[\w-]+=(?=https?:)/, '')
      .replace(/\/\/[^/@]*@/, '//')
      .replace(/\/$/, '');
  return plain(a) === plain(b);
}

/** `…/simple/` is beside `…/pypi/NAME/VERSION/json`. */
async function jsonOf(
  { name, version }: { name: string; version: string },
  { href, headers }: Index,
  get: GetText,
): Promise<JsonFacts> {
  if (!href.endsWith('/simple/')) return undefined;
  const url = `${href.slice(0, -'simple/'.length)}pypi/${name}/${encodeURIComponent(version)}/json`;
  const { status, body } = await ask(get, url, headers, 'application/json').catch((error) => {
    if (error instanceof PackageError) return { status: 0, body: '' };
    throw error;
  });
  return status === 200 ? jsonFacts(body) : undefined;
}

async function ask(get: GetText, url: string, headers: Readonly<Record<string, string>>, accept: string) {
  return await get(url, { ...headers, accept });
}

/** Asks for all, a few at a time, in their order. */
async function inTurns<From, To>(all: readonly From[], act: (one: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE)
    results.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(act))));
  return results;
}
