import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LockedPackage, WantedPackage } from '../locked-package.js';
import type { Listed, PackageHost, RunnerFolder } from '../package-kind.js';
import { runNpm } from './run-npm.js';

/** Of a folder of pnpm: each asked for anew is another one. */
const MOST_FOLDERS = 200;

/** Where npx, bunx and pnpm install packages: their folders that have this one. */
export async function runnerFoldersNpm(
  wanted: WantedPackage,
  locked: LockedPackage,
  host: PackageHost,
): Promise<RunnerFolder[]> {
  const under = `node_modules/${locked.name}`;
  const roots = (await rootsOf(wanted, locked, host)).filter((root) => existsSync(join(root, under)));
  return roots.map((root) => ({ root, under, listed: () => archiveList(root, locked, wanted, host) }));
}

async function rootsOf(
  { runner, specs }: WantedPackage,
  { name }: LockedPackage,
  { cwd, env }: PackageHost,
): Promise<string[]> {
  switch (runner) {
    case 'npx':
    case 'npm':
      return [join(await npmCache(cwd, env), '_npx', npxHash(specs))];
    case 'bun':
    case 'bunx': {
      const uid = process.getuid?.() ?? 0;
      const asked = specs[0].indexOf('@', 1) < 0 ? `${specs[0]}@latest` : specs[0];
      const before = join(env.BUN_TMPDIR ?? env.TMPDIR ?? tmpdir(), `bunx-${uid}-${asked}`);
      return [join(bunCache(env), `.bunx-${uid}`, asked), before];
    }
    default: {
      // pnpm: a folder for what is asked, and in it one for each time that it was fetched.
      const dlx = join(pnpmCache(env), 'dlx');
      const asked = (await readdir(dlx).catch(() => [])).slice(0, MOST_FOLDERS);
      const times = await Promise.all(
        asked.map(async (one) => {
          const inside = await readdir(join(dlx, one)).catch(() => []);
          return [...inside, '.'].map((time) => join(dlx, one, time));
        }),
      );
      const roots = times.flat().filter((root) => existsSync(join(root, 'node_modules', name)));
      return [...new Set(await Promise.all(roots.map((root) => realpath(root))))];
    }
  }
}

/** The name of the folder of `_npx` for what is asked for, as npm makes it (libnpmexec). Pure. */
export function npxHash(specs: readonly string[]): string {
  const sorted = [...specs].sort((a, b) => a.localeCompare(b, 'en'));
  return createHash('sha512').update(sorted.join('\n')).digest('hex').slice(0, 16);
}

/** The folder of npm's cache, by the variable, the .npmrc of the project and of the user, or npm's own choice. */
async function npmCache(cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const named = (name: string) => Object.entries(env).find(([key]) => key.toLowerCase() === name)?.[1];
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  const byVariable = named('npm_config_cache');
  if (byVariable) return resolve(cwd, byVariable);
  for (const file of [join(cwd, '.npmrc'), named('npm_config_userconfig') ?? join(home, '.npmrc')]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const [, value] = /^\s*cache\s*=\s*"?([^"\r\n]+?)"?\s*$/m.exec(text) ?? [];
    if (value)
      return resolve(
        cwd,
        value.replace(/^~(?=\/|$)/, home).replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? ''),
      );
  }
  return process.platform === 'win32' && env.LOCALAPPDATA
    ? join(env.LOCALAPPDATA, 'npm-cache')
    : join(home, '.npm');
}

/** The folder of bun's cache, since bun 1.4; versions before kept what bunx fetches among the files of all. */
function bunCache(env: Readonly<Record<string, string>>): string {
  if (env.BUN_INSTALL_CACHE_DIR) return env.BUN_INSTALL_CACHE_DIR;
  if (env.BUN_INSTALL) return join(env.BUN_INSTALL, 'install', 'cache');
  const home = env.XDG_CACHE_HOME || env.HOME || env.USERPROFILE || homedir();
  return join(home, '.bun', 'install', 'cache');
}

function pnpmCache(env: Readonly<Record<string, string>>): string {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'pnpm');
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'pnpm');
  if (process.platform === 'win32') return join(env.LOCALAPPDATA ?? home, 'pnpm-cache');
  return join(home, '.cache', 'pnpm');
}

/**
 * What the archive of the version that a runner has installed brought; `same` when it is the locked version; undefined when the
 * registry does not send it.
 */
async function archiveList(
  root: string,
  { name, version }: LockedPackage,
  { options = [] }: WantedPackage,
  host: PackageHost,
): Promise<Listed | 'same' | undefined> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8').catch(() => '{}');
  try {
    const { version: its } = JSON.parse(text) as { version?: string };
    if (its === version) return 'same';
    const words = ['pack', `${name}@${its}`, '--dry-run', '--json', '--prefer-offline'];
    const said = JSON.parse(await runNpm([...words, ...options], root, host)) as unknown;
    const [pack] = Object.values(said as object) as { files?: { path: string; size?: number }[] }[];
    const listed = pack?.files?.map(
      ({ path, size }) => [`node_modules/${name}/${path}`, { bytes: size }] as const,
    );
    return listed && new Map(listed);
  } catch {
    host.signal.throwIfAborted();
    return undefined;
  }
}
