import { existsSync } from 'node:fs';
import { checkData } from './carry-data.js';
import { kindOf } from './kinds.js';
import { changeLock } from './lock-file.js';
import type { LockedPackage, WantedPackage } from './locked-package.js';
import type { Difference } from './manifest.js';
import { PackageError } from './package-error.js';
import type { PackageHost, PackageKind } from './package-kind.js';
import { wrongIn } from './read-lock.js';
import { moveData } from './remove-installation.js';
import { changesIn, ensureInstalled, installationFolder, ownOne, replaceInstallation } from './store.js';
import { writeUse } from './uses.js';
import { lockKey } from './wanted-package.js';

/** What the registry has now for what a command asks for. Nothing is installed or written. @throws PackageError */
export async function resolvePackage(wanted: WantedPackage, host: PackageHost): Promise<LockedPackage> {
  return (await kindOf(wanted.registry)).resolve(wanted, host);
}

/**
 * Installs a package and then writes it into the lock, so that what is locked can be started. What the server has written beside
 * its code must be such that it can be carried over.
 *
 * @throws PackageError, LockFileError, the system's error
 */
export async function lockPackage(
  wanted: WantedPackage,
  locked: LockedPackage,
  places: { store: string; lockFile: string },
  host: PackageHost,
): Promise<void> {
  const wrong = wrongIn(locked);
  // Text of the registry that could not be read again.
  if (wrong !== undefined) throw new PackageError('failed', `the registry has an odd ${wrong}`);
  const kind = await kindOf(locked.registry);
  await ensureInstalled(places.store, locked, kind, host);
  await checkData({ ...places, wanted, locked, kind, host });
  await changeLock(places.lockFile, new Map([[lockKey(wanted), locked]]), host.signal);
  // Others do not remove what this lock names. It is only a record: the lock holds without it.
  await writeUse(places.store, places.lockFile, lockKey(wanted), undefined).catch(() => {});
}

/** Whether there is an installation of what is locked; it may have changed. */
export function isInstalled(store: string, locked: LockedPackage): boolean {
  return existsSync(installationFolder(store, locked));
}

/** What an installation needed: nothing, or it was missing or had changed and was made anew. */
export type Repair = { was: 'well' | 'missing' } | { was: 'changed'; changed: Difference };

/**
 * Reads the whole installation of what is locked, and makes it anew where it is missing or has changed; data that its server has
 * written there stay. @throws PackageError, the system's error
 */
export async function repairInstallation(
  store: string,
  locked: LockedPackage,
  host: PackageHost,
  isOffline = false,
): Promise<Repair> {
  const kind = await kindOf(locked.registry);
  const folder = installationFolder(store, locked);
  const found = await whatIsWrong(folder, kind);
  if (found === undefined || isOffline) return found ?? { was: 'well' };
  if (found.was === 'missing') {
    await ensureInstalled(store, locked, kind, host);
    return found;
  }
  const old = await replaceInstallation(folder, locked, kind, host);
  await moveData(old, folder, kind);
  return found;
}

async function whatIsWrong(folder: string, kind: PackageKind): Promise<Repair | undefined> {
  if (!existsSync(folder)) return { was: 'missing' };
  await ownOne(folder);
  const [changed] = await changesIn(folder, kind, true);
  return changed && { was: 'changed', changed };
}
