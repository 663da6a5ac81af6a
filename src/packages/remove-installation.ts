import { lstat, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyData } from './carry-data.js';
import { manifestOf, readManifest } from './manifest.js';
import { PackageError } from './package-error.js';
import type { Listed, PackageKind } from './package-kind.js';
import { type DataFile, listedIn, writtenData } from './written-data.js';

/** What is left of an installation that was removed: data that its server has written there, and nothing else. */
export const DATA_LEFT = '.data';

/** Copies the data in an installation that was replaced into the one in its place, of the same version, and removes it. */
export async function moveData(old: string, folder: string, kind: PackageKind): Promise<void> {
  const manifest = await readManifest(folder);
  const data = manifest && (await dataIn(old, listedIn(manifest), kind));
  // More than can be copied, or it is not known what is: it stays where it is.
  if (data === undefined) return;
  for (const one of data) await copyData(join(old, one.path), join(folder, one.path), one);
  await rm(old, { recursive: true, force: true });
}

/**
 * Takes an installation out of the store at once, and then removes it, but for data that its server has written there.
 *
 * @returns the folder in which data are left; undefined: none are
 * @throws the system's error
 */
export async function removeInstallation(folder: string, kind: PackageKind): Promise<string | undefined> {
  const manifest = await readManifest(folder);
  const away = await freeName(`${folder}${DATA_LEFT}`);
  await rename(folder, away);
  await rename(manifestOf(folder), manifestOf(away)).catch(() => {});
  const data = await dataIn(away, manifest ? listedIn(manifest) : new Map(), kind);
  if (data?.length === 0) await rm(away, { recursive: true, force: true });
  else if (data) await removeOthers(away, '', new Set(data.map(({ path }) => path)));
  await rm(manifestOf(away), { force: true });
  return data?.length === 0 ? undefined : away;
}

async function dataIn(folder: string, listed: Listed, kind: PackageKind): Promise<DataFile[] | undefined> {
  try {
    return await writtenData(folder, '', listed, kind);
  } catch (error) {
    if (error instanceof PackageError) return undefined;
    throw error;
  }
}

async function removeOthers(root: string, below: string, kept: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) await removeOthers(root, path, kept);
    else if (!kept.has(path)) await rm(join(root, path), { force: true });
  }
  // It is not empty where data are.
  if (below !== '') await rmdir(join(root, below)).catch(() => {});
}

async function freeName(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? path : `${path}-${number}`;
    const isTaken = await lstat(name).then(
      () => true,
      () => false,
    );
    if (!isTaken) return name;
  }
}
