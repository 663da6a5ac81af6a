import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, posix } from 'node:path';
import type { LockedPackage, WantedPackage } from '../locked-package.js';
import type { Listed, PackageHost, RunnerFolder } from '../package-kind.js';

/** Of uv's archive: each package and each environment of each time is one. */
const MOST_FOLDERS = 20_000;
/** Environments of a server, the newest first: the others are of versions before. */
const MOST_ENVIRONMENTS = 3;

/** The environments that `uvx` has made for the command of a package, the one that was made last first. */
export async function runnerFoldersPypi(
  { options = [] }: WantedPackage,
  { bin }: LockedPackage,
  { env }: PackageHost,
): Promise<RunnerFolder[]> {
  const archive = join(uvCache(options, env), 'archive-v0');
  const names = (await readdir(archive).catch(() => [])).slice(0, MOST_FOLDERS);
  const found: { root: string; at: number }[] = [];
  for (const name of names) {
    const root = join(archive, name);
    if (!existsSync(join(root, 'pyvenv.cfg')) || !existsSync(join(root, 'bin', bin))) continue;
    found.push({ root, at: (await stat(root)).mtimeMs });
  }
  const newest = found.sort((a, b) => b.at - a.at).slice(0, MOST_ENVIRONMENTS);
  const folders = await Promise.all(
    newest.map(async ({ root }) => {
      const [python] = (await readdir(join(root, 'lib')).catch(() => [])).filter((one) =>
        one.startsWith('python'),
      );
      if (python === undefined) return [];
      const under = `lib/${python}/site-packages`;
      return [{ root, under, listed: () => recordedIn(root, under) }];
    }),
  );
  return folders.flat();
}

function uvCache(options: readonly string[], env: Readonly<Record<string, string>>): string {
  const named = options.find((option) => option.startsWith('--cache-dir='))?.slice('--cache-dir='.length);
  if (named ?? env.UV_CACHE_DIR) return (named ?? env.UV_CACHE_DIR)!;
  if (process.platform === 'win32') return join(env.LOCALAPPDATA ?? homedir(), 'uv', 'cache');
  return env.XDG_CACHE_HOME ? join(env.XDG_CACHE_HOME, 'uv') : join(env.HOME ?? homedir(), '.cache', 'uv');
}

/** What the packages of an environment have brought, as their own lists say (`RECORD`, PEP 376). */
async function recordedIn(root: string, under: string): Promise<Listed> {
  const listed = new Map<string, { bytes?: number }>();
  for (const name of await readdir(join(root, under)).catch(() => [])) {
    if (!name.endsWith('.dist-info')) continue;
    const text = await readFile(join(root, under, name, 'RECORD'), 'utf8').catch(() => '');
    for (const line of text.split(/\r?\n/)) {
      const [, quoted, plain, bytes] = /^(?:"((?:[^"]|"")*)"|([^,]*)),[^,]*,(\d*)$/.exec(line) ?? [];
      const path = quoted?.replaceAll('""', '"') ?? plain;
      if (path) listed.set(posix.join(under, path), bytes ? { bytes: Number(bytes) } : {});
    }
  }
  return listed;
}
