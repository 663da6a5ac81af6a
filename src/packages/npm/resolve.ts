import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstalledPackage, LockedPackage, WantedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import type { PackageHost } from '../package-kind.js';
import { copyProjectSettings, runNpm } from './run-npm.js';
import { packageSpec } from './runner-words.js';

/** An entry of npm's own lock, `packages` of package-lock.json (lockfileVersion 3). */
interface NpmEntry {
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  bin?: Record<string, string>;
  link?: boolean;
  inBundle?: boolean;
}

/** Lets npm itself resolve a package with all that it needs, as npx would. @throws PackageError */
export async function resolveNpm(wanted: WantedPackage, host: PackageHost): Promise<LockedPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-npm-'));
  const registry = registryOf(wanted, host.env);
  const options = [...(registry === undefined ? [] : [`--registry=${registry}`]), ...(wanted.options ?? [])];
  try {
    const dependencies = Object.fromEntries(
      wanted.specs.map((text) => {
        const { name, version = 'latest' } = packageSpec(text)!;
        return [name, version];
      }),
    );
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    await copyProjectSettings(host, folder);
    const words = ['--package-lock-only', '--ignore-scripts', '--omit-lockfile-registry-resolved=false'];
    await runNpm(['install', ...words, ...options.filter((one) => one !== '--ignore-scripts')], folder, host);
    const locked = lockedOf(
      { ...wanted, options },
      await readFile(join(folder, 'package-lock.json'), 'utf8'),
    );
    const owners = await ownersOf(locked, options, folder, host);
    return owners === undefined ? locked : { ...locked, owners };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Variables of the registry that bun and pnpm have for themselves; npm's own they read only before, or not at all. */
const OWN_REGISTRY: Readonly<Record<string, RegExp>> = {
  ...{ bun: /^bun_config_registry$/i, bunx: /^bun_config_registry$/i },
  ...{ pnpm: /^pnpm_config_registry$/i, pnpx: /^pnpm_config_registry$/i },
};

/**
 * The registry that a runner other than npm is led to by its own variable. It stands in the lock, so that it is installed from
 * there, too. Pure.
 *
 * @throws PackageError when it holds a login, which no lock may hold
 */
export function registryOf(
  { runner, options = [] }: Pick<WantedPackage, 'runner' | 'options'>,
  env: Readonly<Record<string, string>>,
): string | undefined {
  const name = OWN_REGISTRY[runner];
  if (name === undefined || options.some((option) => option.startsWith('--registry='))) return undefined;
  const [found, url] = Object.entries(env).find(([key, value]) => name.test(key) && value !== '') ?? [];
  if (url !== undefined && /\/\/[^/]*@/.test(url)) throw new PackageError('failed', `${found} holds a login`);
  return url;
}

/** What npm's lock says, as an entry of ours. Pure. @throws PackageError */
export function lockedOf(wanted: WantedPackage, packageLock: string, now = new Date()): LockedPackage {
  const { packages: entries = {} } = JSON.parse(packageLock) as { packages?: Record<string, NpmEntry> };
  const packages = Object.entries(entries)
    .filter(([at]) => at !== '')
    .map(([at, entry]) => installedOf(at, entry))
    .sort((a, b) => (a.at! < b.at! ? -1 : 1));
  const { name } = packageSpec(wanted.specs[0])!;
  const own = packages.find(({ at }) => at === `node_modules/${name}`);
  if (own === undefined) throw new PackageError('not-found', name);
  const { bin, owner } = commandOf(wanted, packages, own);
  const file = (owner.more!.bin as Record<string, string>)[bin]!.replace(/^(\.?\/)+/, '');
  return {
    ...{ registry: 'npm', name, version: own.version, integrity: own.integrity, bin },
    entry: `${owner.at}/${file}`,
    ...(wanted.options?.length ? { options: wanted.options } : {}),
    lockedAt: now.toISOString(),
    packages,
  };
}

/** Some registries write a login into the address of an archive. Without an address, npm asks the registry for it again. */
const WITH_LOGIN = /^[^?]*\/\/[^/]*@|\?/;

function installedOf(at: string, entry: NpmEntry): InstalledPackage {
  const { name = at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length) } = entry;
  const { name: _, version, resolved, integrity, hasInstallScript, ...more } = entry;
  // A package of git or of a folder has no archive that could be compared.
  if (version === undefined || entry.link || (integrity === undefined && !entry.inBundle))
    throw new PackageError('failed', `${name} does not come from a registry`);
  return {
    ...{ name, version, integrity: integrity?.split(/\s+/) ?? [], at },
    ...(resolved === undefined || WITH_LOGIN.test(resolved) ? {} : { resolved }),
    ...(hasInstallScript ? { hasInstallScript } : {}),
    ...(Object.keys(more).length > 0 ? { more } : {}),
  };
}

/** The command that npx would take: the one that is asked for, the only one, or the one of the package's name. @throws PackageError */
function commandOf(
  { bin }: WantedPackage,
  packages: readonly InstalledPackage[],
  own: InstalledPackage,
): { bin: string; owner: InstalledPackage } {
  const binsOf = ({ more }: InstalledPackage) => (more?.bin ?? {}) as Record<string, string>;
  if (bin !== undefined) {
    const top = packages.filter(({ at, name }) => at === `node_modules/${name}`);
    const owner = [own, ...top].find((one) => Object.hasOwn(binsOf(one), bin));
    if (owner) return { bin, owner };
    throw new PackageError('no-command', bin);
  }
  const bins = Object.keys(binsOf(own));
  const files = new Set(Object.values(binsOf(own)));
  const plain = own.name.replace(/^@[^/]+\//, '');
  const found = files.size === 1 ? bins[0] : bins.find((one) => one === plain);
  if (found === undefined) throw new PackageError('no-command', own.name);
  return { bin: found, owner: own };
}

/** Who may publish the package; undefined when the registry does not say. */
async function ownersOf(
  { name, version }: LockedPackage,
  options: readonly string[],
  folder: string,
  host: PackageHost,
): Promise<string[] | undefined> {
  try {
    const words = ['view', `${name}@${version}`, 'maintainers', '--json'];
    const said = JSON.parse(await runNpm([...words, ...options], folder, host)) as unknown;
    const names = (Array.isArray(said) ? said : [said]).flatMap((one: unknown) => {
      const text = typeof one === 'string' ? one : (one as { name?: unknown } | null)?.name;
      const plain = typeof text === 'string' ? text.replace(/\s*<.*$|\p{Cc}/gu, '').trim() : '';
      return plain === '' ? [] : [plain];
    });
    return names.length > 0 ? names.sort() : undefined;
  } catch {
    host.signal.throwIfAborted();
    return undefined;
  }
}
