import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processSpace } from '../process/identity.js';
import { kindOf } from './kinds.js';
import { manifestOf } from './manifest.js';
import { readLock } from './read-lock.js';
import { DATA_LEFT, removeInstallation } from './remove-installation.js';
import { installationFolder, OLD } from './store.js';
import { allUses, installationName } from './uses.js';

/** An installation that was removed; `data`: the folder in which data of its server are left. */
export interface Removed {
  installation: string;
  data?: string;
}

/** What was installed just now may be about to be locked, or started by a configuration that has not said so. */
const YOUNG_MS = 24 * 60 * 60_000;
/** A configuration whose lock cannot be seen from here, that has not been started for so long, is no more. */
const FORGOTTEN_MS = 30 * 24 * 60 * 60_000;
/** Each takes up to a second on a slow disk. */
const MOST_AT_ONCE = 20;

/**
 * Removes installations that no lock file names, as far as this store knows the lock files of its user: each start writes which one
 * it used. One that was installed within a day, or that a process runs from, stays. Data of servers stay, too.
 *
 * @param now Milliseconds since 1970.
 */
export async function removeOldInstallations(
  store: string,
  now = Date.now(),
  linesOfProcesses: () => Promise<readonly string[] | undefined> = commandLines,
): Promise<Removed[]> {
  const unnamed = await unnamedIn(store, now);
  if (unnamed.length === 0) return [];
  const lines = await linesOfProcesses();
  // Where it is not known what runs, nothing is removed.
  if (lines === undefined) return [];
  const removed: Removed[] = [];
  for (const { registry, name } of unnamed.slice(0, MOST_AT_ONCE)) {
    const folder = join(store, registry, name);
    if (lines.some((line) => line.includes(folder))) continue;
    try {
      const data = await removeInstallation(folder, await kindOf(registry));
      removed.push({ installation: `${registry}/${name}`, ...(data === undefined ? {} : { data }) });
    } catch {
      // Another one was faster, or it cannot be removed: nothing needs it to be gone.
    }
  }
  return removed;
}

const REGISTRIES = ['npm', 'pypi'] as const;

async function unnamedIn(
  store: string,
  now: number,
): Promise<{ registry: (typeof REGISTRIES)[number]; name: string }[]> {
  const named = await namedIn(store, now);
  const unnamed = [];
  for (const registry of REGISTRIES) {
    const entries = await readdir(join(store, registry), { withFileTypes: true }).catch(() => []);
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      if ((name.startsWith('.') && !name.startsWith(OLD)) || new RegExp(`\\${DATA_LEFT}(-\\d+)?$`).test(name))
        continue;
      if (named.has(`${registry}/${name}`)) continue;
      // The manifest of an installation is written when it is made, and when its files have other times.
      const folder = join(store, registry, name);
      const { mtimeMs } = await stat(manifestOf(folder)).catch(() => stat(folder));
      if (now - mtimeMs > YOUNG_MS) unnamed.push({ registry, name });
    }
  }
  return unnamed;
}

/** What lock files name, and what was started by them. Records of configurations that are no more are removed. */
async function namedIn(store: string, now: number): Promise<Set<string>> {
  const named = new Set<string>();
  const here = processSpace();
  for (const { file, lockFile, space, by, at } of await allUses(store)) {
    const { raw, packages } = readLock(lockFile);
    const isThere = space === here && raw !== undefined && packages.size > 0;
    if (!isThere && now - at > FORGOTTEN_MS) {
      await rm(file, { force: true });
      continue;
    }
    for (const locked of packages.values())
      named.add(installationName(store, installationFolder(store, locked)));
    // What was started last: its data are carried over at the next start.
    for (const [key, { installation }] of Object.entries(by))
      if (!isThere || packages.has(key)) named.add(installation);
  }
  return named;
}

/** The command lines of all processes; undefined where the system does not tell. */
async function commandLines(): Promise<readonly string[] | undefined> {
  try {
    if (process.platform === 'linux') {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const lines = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
      return await Promise.all(lines);
    }
    if (process.platform === 'win32') return undefined;
    const { execFile } = await import('node:child_process');
    const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'command='], {
      maxBuffer: 64_000_000,
    });
    return stdout.split('\n');
  } catch {
    return undefined;
  }
}
