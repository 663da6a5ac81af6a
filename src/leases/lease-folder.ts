import { chmodSync, lstatSync, type Stats } from 'node:fs';
import { makeFolder } from '../process/make-folder.js';

/**
 * Creates or checks the folder, before each use: another process may have removed or replaced it. It is made accessible to
 * this user only.
 *
 * @param uid see `LockFileOptions`
 * @throws when it is no folder, belongs to another user or cannot be created
 */
export function prepareFolder({ folder, uid }: { folder: string; uid: number | undefined }): void {
  const status = lstatSync(folder, { throwIfNoEntry: false }) ?? made(folder);
  if (!status.isDirectory()) throw new Error(`${folder} is no folder`);
  if (uid === undefined) return;
  if (status.uid !== uid) throw new Error(`${folder} belongs to another user`);
  if ((status.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function made(folder: string): Stats {
  makeFolder(folder, 0o700);
  return lstatSync(folder);
}
