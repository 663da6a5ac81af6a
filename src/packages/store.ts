import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lockFile } from '../process/file-lock.js';
import { makeFolder } from '../process/make-folder.js';
import type { LockedPackage } from './locked-package.js';
import {
  type Difference,
  differences,
  type Manifest,
  manifestFrom,
  manifestOf,
  readManifest,
  writeManifest,
} from './manifest.js';
import { PackageError } from './package-error.js';
import type { PackageHost, PackageKind } from './package-kind.js';

/** A folder on the way that is this old was left by a process that ended: an installation takes minutes. */
const LEFT_AFTER_MS = 60 * 60_000;

/** Machines differ in what is installed for them: what is compiled at the installation, and for which Node.js. */
const MACHINE = `${process.platform} ${process.arch} ${process.versions.modules}`;

/** The folder of an installation in the store: packages that are locked alike share one. Pure but for the machine. */
export function installationFolder(root: string, locked: LockedPackage): string {
  const { registry, name, version, python = '', options = [], packages } = locked;
  const what = packages.map(({ at = '', name: its, version: of, integrity }) => [at, its, of, ...integrity]);
  const all = JSON.stringify([registry, python, options, what, MACHINE]);
  const hash = createHash('sha256').update(all).digest('hex').slice(0, 16);
  return join(root, registry, `${name.replace(/^@/, '').replaceAll('/', '+')}-${version}-${hash}`);
}

/**
 * The folder of what is locked, which is installed if it is not there. Several processes may ask for it at once. An installation is
 * complete or not there: it is made in a folder beside and renamed.
 *
 * @param root The store.
 * @throws PackageError, and the reason of the signal
 */
export async function ensureInstalled(
  root: string,
  locked: LockedPackage,
  kind: PackageKind,
  host: PackageHost,
): Promise<string> {
  const folder = installationFolder(root, locked);
  if (existsSync(folder)) return ownOne(folder);
  const parent = dirname(folder);
  try {
    makeFolder(parent, 0o700);
    const held = await lockFile(folder, host.signal);
    try {
      if (!existsSync(folder)) await installBeside(folder, locked, kind, host);
    } finally {
      held.release();
    }
    return await ownOne(folder);
  } catch (error) {
    if (error instanceof PackageError) throw error;
    host.signal.throwIfAborted();
    throw new PackageError(
      'not-writable',
      `${parent}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  }
}

/**
 * The real path of an installation that only this user, or root, could have made: whose it is decides what is started.
 *
 * @throws PackageError for one of another user, as in a folder that all may write
 */
export async function ownOne(folder: string): Promise<string> {
  const own = process.getuid?.();
  for (const path of own === undefined ? [] : [folder, manifestOf(folder)]) {
    const stats = await lstat(path).catch(() => undefined);
    const isOther = stats !== undefined && stats.uid !== own && stats.uid !== 0;
    if (isOther || (stats && !stats.isSymbolicLink() && stats.mode & 0o002))
      throw new PackageError('not-own', path);
  }
  return realpath(folder);
}

async function installBeside(
  folder: string,
  locked: LockedPackage,
  kind: PackageKind,
  host: PackageHost,
): Promise<void> {
  const parent = dirname(folder);
  await removeLeft(parent);
  await withInstalled(folder, locked, kind, host, async (part, manifest) => {
    // A lock does not hold for minutes: another process may have been faster, and the manifest is that of its installation.
    if (existsSync(folder)) return await rm(part, { recursive: true, force: true });
    await writeManifest(folder, manifest);
    await rename(part, folder);
  });
}

/** Installs into a folder beside, which `take` puts into its place, or which is removed. */
async function withInstalled(
  folder: string,
  locked: LockedPackage,
  kind: PackageKind,
  host: PackageHost,
  take: (part: string, manifest: Manifest) => Promise<void>,
): Promise<void> {
  const parent = dirname(folder);
  const part = join(parent, `${PART}${randomBytes(6).toString('hex')}`);
  await mkdir(part, { mode: 0o700 });
  try {
    await kind.install(locked, part, host);
    await take(part, await manifestFrom(part));
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    // Another process that could not see the lock was faster.
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && existsSync(folder)) return;
    throw error;
  }
}

const PART = '.part-';

async function removeLeft(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PART)) continue;
    const at = join(parent, name);
    const age = Date.now() - ((await stat(at).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > LEFT_AFTER_MS) await rm(at, { recursive: true, force: true }).catch(() => {});
  }
}

/** How what is installed differs from what was installed; empty when it does not. @param folder as `ensureInstalled` returns it */
export async function changesIn(folder: string, kind: PackageKind, isDeep = false): Promise<Difference[]> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) return [{ path: basename(manifestOf(folder)), is: 'missing' }];
  return differences(folder, manifest, kind, isDeep);
}

/**
 * Installs anew what has changed, beside the old one, which then gives way with its name. When it cannot be installed, the old one
 * stays as it is.
 *
 * @returns where the old one is now
 * @throws PackageError, the system's error, the reason of the signal
 */
export async function replaceInstallation(
  folder: string,
  locked: LockedPackage,
  kind: PackageKind,
  host: PackageHost,
): Promise<string> {
  const old = join(dirname(folder), `${OLD}${basename(folder)}-${randomBytes(4).toString('hex')}`);
  const held = await lockFile(folder, host.signal);
  try {
    await withInstalled(folder, locked, kind, host, async (part, manifest) => {
      await rename(folder, old);
      await writeManifest(folder, manifest);
      await rename(part, folder);
    });
  } finally {
    held.release();
  }
  return old;
}

/** An installation that others have replaced; its server may have data in it. */
export const OLD = '.old-';
