import { constants, type Stats } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockFile } from '../process/file-lock.js';
import type { LockedPackage, WantedPackage } from './locked-package.js';
import { contentOf, readManifest } from './manifest.js';
import { PackageError } from './package-error.js';
import type { Listed, PackageHost, PackageKind } from './package-kind.js';
import { installationFolder } from './store.js';
import { installationName, readUses, type Stamp, type Use, writeUse } from './uses.js';
import { lockKey } from './wanted-package.js';
import { type DataFile, listedIn, writtenData } from './written-data.js';

/** A locked package, and where it is locked and installed. */
export interface DataPlace {
  store: string;
  /** The lock that has it, or that will. */
  lockFile: string;
  wanted: WantedPackage;
  locked: LockedPackage;
  kind: PackageKind;
  host: PackageHost;
}

/** What was copied: how many files, and those that were not because others stand there. */
export interface CarriedData {
  files: number;
  left: string[];
  from: string;
  to: string;
}

/** The data could not be carried over. `isInstallation`: they stand in an installation of ours, not in a runner's folder. */
export class DataError extends PackageError {
  readonly from: string;
  readonly isInstallation: boolean;

  constructor(from: string, isInstallation: boolean, said: string) {
    super('data', said);
    this.from = from;
    this.isInstallation = isInstallation;
  }
}

/** Where data are that have not been carried over. */
interface Source {
  root: string;
  under: string;
  data: DataFile[];
  isInstallation: boolean;
}

/** How long a server may still run in the folder before, because another one asks alike: people restart within days. */
const MAY_RUN_MS = 7 * 24 * 60 * 60_000;

// D354
/**
 * Copies what a server has written beside its code into the installation that it is started from now: from the installation that
 * it had before, else from the folder of its runner. What a server that still runs there writes later is copied at a later start,
 * unless the new one has been written, too. Nothing is taken away from the old folder.
 *
 * @returns what was copied or left; undefined: nothing
 * @throws DataError, PackageError `held-data`
 */
export async function carryData(place: DataPlace): Promise<CarriedData | undefined> {
  const { store, locked, host } = place;
  const folder = installationFolder(store, locked);
  if (host.isHeld) {
    await heldStart(folder, place);
    return undefined;
  }
  const held = await lockFile(folder, host.signal).catch(() => {
    host.signal.throwIfAborted();
    // A store that cannot be written holds no data, either.
    return undefined;
  });
  try {
    return await carryInto(folder, place);
  } finally {
    held?.release();
  }
}

/** Looks whether `carryData` could do it at the next start. @throws DataError, PackageError `held-data` */
export async function checkData(place: DataPlace): Promise<void> {
  const folder = installationFolder(place.store, place.locked);
  if (place.host.isHeld) await checkHeld(folder, place);
  else await sourceFor(folder, place);
}

// D355
/**
 * A server in a sandbox cannot write into an installation, and what it has written is not read outside of the sandbox. So one that
 * has data in the folder of its runner, inside its sandbox, stays with its runner.
 *
 * That folder is looked at until the first direct start only: the server can write there, and would have its runner start what it
 * has written instead of what is locked.
 *
 * @throws PackageError `held-data`
 */
async function checkHeld(folder: string, place: DataPlace): Promise<void> {
  const { wanted, locked, kind, host } = place;
  if (host.sandboxEnv === undefined || (await isKnownHeld(place))) return;
  const own = await listedOf(folder);
  const env = { ...host.env, ...host.sandboxEnv };
  for (const { root, under } of await kind.runnerFolders(wanted, locked, { ...host, env })) {
    const written = await writtenData(root, under, own, kind, false);
    // Of another version of the package, or of Python: what the locked one brings, too, is none.
    const data = written.find(({ path }) => own.has(path) || !own.has(kind.placeIn(path, locked)));
    if (data !== undefined) throw new PackageError('held-data', join(root, data.path));
  }
}

/** Notes that a server in a sandbox is started directly: from now on `checkHeld` does not ask. @throws PackageError `held-data` */
async function heldStart(folder: string, place: DataPlace): Promise<void> {
  if (place.host.sandboxEnv === undefined || (await isKnownHeld(place))) return;
  await checkHeld(folder, place);
  const use: Use = { installation: installationName(place.store, folder), since: Date.now() };
  await writeUse(place.store, place.lockFile, heldKey(place), use).catch(() => {});
}

async function isKnownHeld(place: DataPlace): Promise<boolean> {
  return Object.hasOwn((await readUses(place.store, place.lockFile)).by, heldKey(place));
}

/** Servers that ask alike have each a sandbox of its own. */
function heldKey({ wanted, host }: DataPlace): string {
  return JSON.stringify([lockKey(wanted), host.sandboxEnv]);
}

async function carryInto(folder: string, place: DataPlace): Promise<CarriedData | undefined> {
  const { store, lockFile: file, wanted, locked, kind } = place;
  const key = lockKey(wanted);
  const before = (await readUses(store, file)).by[key];
  const installation = installationName(store, folder);
  const isSame = before?.installation === installation;
  const source = await sourceFor(folder, place);
  const carried: NonNullable<Use['carried']> = isSame ? { ...before.carried } : {};
  const left: string[] = [];
  let files = 0;
  const listed = await listedOf(folder);
  for (const one of source?.data ?? []) {
    const path = kind.placeIn(one.path, locked);
    const there: Stamp = [one.bytes, one.at];
    const known = carried[path];
    if (known && isStamp(known.there, there)) continue;
    const target = join(folder, path);
    const now = await lstat(target).catch(() => undefined);
    // Going back to a version: what was carried over from here is what is there now.
    const ours = known?.here ?? before?.carried?.[one.path]?.there;
    if (
      now?.isFile() &&
      !(ours && isStamp(ours, stampOf(now))) &&
      !(await isAsInstalled(target, path, now, listed))
    ) {
      if (!isStamp(stampOf(now), there)) left.push(path);
      carried[path] = { there, here: stampOf(now) };
      continue;
    }
    try {
      await copyData(join(source!.root, one.path), target, one);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new DataError(source!.root, source!.isInstallation, `${target}: ${code}`);
    }
    carried[path] = { there, here: stampOf(await lstat(target)) };
    files += 1;
  }
  const from = source ? { root: source.root, under: source.under } : undefined;
  const since = isSame ? before.since : Date.now();
  const use: Use = { installation, since, from: from ?? (isSame ? before.from : undefined), carried };
  await writeUse(store, file, key, use).catch(() => {});
  return source && files + left.length > 0 ? { files, left, from: source.root, to: folder } : undefined;
}

async function sourceFor(folder: string, place: DataPlace): Promise<Source | undefined> {
  const { store, lockFile: file, wanted, locked, kind } = place;
  const before = (await readUses(store, file)).by[lockKey(wanted)];
  const own = await listedOf(folder);
  if (before && before.installation !== installationName(store, folder)) {
    const root = join(store, before.installation);
    const listed = await listedOf(root);
    const all = await looked(root, true, () => writtenData(root, '', listed, kind));
    const data = listed.size > 0 ? all : all.filter(({ path }) => !own.has(kind.placeIn(path, locked)));
    if (data.length > 0) return { root, under: '', data, isInstallation: true };
    // It has had none: what is in the runner's folder is older.
    return undefined;
  }
  if (before) {
    if (before.from === undefined || Date.now() - before.since > MAY_RUN_MS) return undefined;
    const { root, under } = before.from;
    const listed = root.startsWith(store) ? await listedOf(root) : own;
    const isInstallation = root.startsWith(store);
    const data = await looked(root, isInstallation, () =>
      writtenData(root, under, listed, kind, isInstallation),
    );
    // What counted as data at first does so now: the archive's list was asked for then.
    const known = new Set(Object.keys(before.carried ?? {}));
    const isNew = (one: DataFile) =>
      known.has(kind.placeIn(one.path, locked)) || one.at > Date.parse(locked.lockedAt);
    return { root, under, data: data.filter(isNew), isInstallation };
  }
  return ofRunner(place, own);
}

/** The data in a folder of the runner: of several, the one that was written last. */
async function ofRunner({ wanted, locked, kind, host }: DataPlace, own: Listed): Promise<Source | undefined> {
  let newest: Source | undefined;
  const written = (source: Source) => Math.max(0, ...source.data.map(({ at }) => at));
  for (const { root, under, listed } of await kind.runnerFolders(wanted, locked, host)) {
    const data = await looked(root, false, async () => {
      const first = await writtenData(root, under, own, kind, false);
      const theirs = first.length === 0 ? 'same' : await listed();
      if (theirs === 'same') return first;
      // Of another version, whose list is not known: what the new one does not bring.
      if (theirs === undefined) return first.filter(({ path }) => !own.has(path));
      return writtenData(root, under, theirs, kind, false);
    });
    const source = { root, under, data, isInstallation: false };
    if (newest === undefined || written(source) > written(newest)) newest = source;
  }
  return newest;
}

async function looked(
  root: string,
  isInstallation: boolean,
  look: () => Promise<DataFile[]>,
): Promise<DataFile[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new DataError(root, isInstallation, error.said);
  }
}

async function listedOf(folder: string): Promise<Listed> {
  const manifest = await readManifest(folder);
  return manifest ? listedIn(manifest) : new Map();
}

/** Whether a file is as the package has brought it. */
async function isAsInstalled(file: string, path: string, stats: Stats, listed: Listed): Promise<boolean> {
  const known = listed.get(path);
  return known?.is !== undefined && stats.isFile() && known.is === (await contentOf(file, stats));
}

/** Copies a file as a whole, with its times. @throws the system's error */
export async function copyData(from: string, to: string, { at }: Pick<DataFile, 'at'>): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.${process.pid}.part`;
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE);
    await utimes(part, at / 1_000, at / 1_000);
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function stampOf({ size, mtimeMs }: Stats): Stamp {
  return [size, mtimeMs];
}

/** Times of a copy may be rounded by the file system. */
function isStamp(a: Stamp, b: Stamp): boolean {
  return a[0] === b[0] && Math.abs(a[1] - b[1]) < 1;
}
