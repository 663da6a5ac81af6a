import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, type Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageKind } from './package-kind.js';

/**
 * What stands in an installation, one entry for each file, link and folder, by its path with slashes: what it is and how the file
 * system described it when it was read last. A file whose size, inode and times (of content and of status) are the same is not read
 * again: no program can set the time of status.
 */
interface Entry {
  /** `sha256` in base64 of a file, the target of a link; undefined for a folder. */
  is?: string;
  /** Size, inode, modification and change of status in milliseconds. */
  stat: [number, number, number, number];
}

/** An installation as it was when it was made. */
export interface Manifest {
  manifestVersion: 1;
  entries: Record<string, Entry>;
}

/** Where it stands: beside the installation. */
export function manifestOf(folder: string): string {
  return `${folder}.json`;
}

/** How an installation differs from what was installed. */
export interface Difference {
  path: string;
  is: 'changed' | 'missing' | 'added';
}

/** Files that are looked at before other work gets its turn: some 5 ms. */
const AT_ONCE = 200;
/** Data that a package brings and its server changes. */
export const DATA = /\.(db|sqlite3?|jsonl|log|csv|txt|tmp|lock|pid)(-wal|-shm|-journal)?$/i;

/** Reads everything in a folder. @returns what `writeManifest` writes */
export async function manifestFrom(folder: string): Promise<Manifest> {
  const entries: Record<string, Entry> = {};
  for await (const [path, stats] of walk(folder, '')) entries[path] = await entryAt(folder, path, stats);
  return { manifestVersion: 1, entries };
}

/** The manifest of an installation; undefined when there is none that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const value = JSON.parse(await readFile(manifestOf(folder), 'utf8')) as Partial<Manifest> | null;
    return value?.manifestVersion === 1 && typeof value.entries === 'object'
      ? (value as Manifest)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Compares an installation with its manifest. Contents are read of what the file system says has changed.
 *
 * @param isDeep The contents of all files are read.
 * @returns the differences that count, at most ten
 */
export async function differences(
  folder: string,
  manifest: Manifest,
  kind: Pick<PackageKind, 'isOwnFile'>,
  isDeep = false,
): Promise<Difference[]> {
  const found: Difference[] = [];
  const { entries } = manifest;
  let isTouched = false;
  let looked = 0;
  for (const path of Object.keys(entries)) {
    if (found.length >= 10) break;
    if (++looked % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    const known = entries[path]!;
    const stats = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (stats === undefined) {
      if (!DATA.test(path)) found.push({ path, is: 'missing' });
      continue;
    }
    const isSame = statsOf(stats).every((value, i) => value === known.stat[i]);
    if (isSame && !isDeep) continue;
    const now = await entryAt(folder, path, stats);
    if (now.is !== known.is) {
      if (!DATA.test(path)) found.push({ path, is: 'changed' });
      continue;
    }
    if (known.is === undefined) {
      for (const name of await readdir(join(folder, path))) {
        const inside = path === '' ? name : `${path}/${name}`;
        if (Object.hasOwn(entries, inside) || kind.isOwnFile(inside)) continue;
        found.push({ path: inside, is: 'added' });
      }
    }
    if (!isSame) {
      known.stat = now.stat;
      isTouched = true;
    }
  }
  // A copy of the store has other times: it is read once. A store that cannot be written is read each time.
  if (isTouched && found.length === 0) await writeManifest(folder, manifest).catch(() => {});
  return found;
}

function statsOf({ size, ino, mtimeMs, ctimeMs }: Stats): Entry['stat'] {
  return [size, ino, mtimeMs, ctimeMs];
}

async function entryAt(folder: string, path: string, stats: Stats): Promise<Entry> {
  const file = join(folder, path);
  const stat = statsOf(stats);
  if (stats.isDirectory()) return { stat };
  if (stats.isSymbolicLink()) return { is: `link ${await readlink(file)}`, stat };
  return { is: await contentOf(file, stats), stat };
}

/** What stands for the content of a regular file in a manifest. Whether it may be executed counts as content. */
export async function contentOf(file: string, stats: Stats): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `${hash.digest('base64')}${stats.mode & 0o100 ? ' x' : ''}`;
}

async function* walk(folder: string, below: string): AsyncGenerator<[string, Stats]> {
  yield [below, await lstat(join(folder, below))];
  for (const name of (await readdir(join(folder, below))).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = await lstat(join(folder, path));
    if (stats.isDirectory()) yield* walk(folder, path);
    else yield [path, stats];
  }
}

/** Puts the manifest of an installation beside it, as a whole. @throws the system's error */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const part = `${manifestOf(folder)}.${process.pid}.part`;
  try {
    await writeFile(part, JSON.stringify(manifest), { mode: 0o644 });
    await rename(part, manifestOf(folder));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
