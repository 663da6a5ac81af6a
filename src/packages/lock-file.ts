import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { lockFile } from '../process/file-lock.js';
import type { LockedPackage } from './locked-package.js';
import { LOCK_VERSION, type ReadLock, readLock } from './read-lock.js';

// D326
/** The name of the file that locks packages; it belongs beside `mcp_config.json`, and into the same repository. */
export const LOCK_FILE = 'mcp_lock.json';

/** The lock file cannot be written as it is: it has a problem that a person has to look at first. */
export class LockFileError extends Error {
  readonly problem: ReadLock['problems'][number];

  constructor(problem: ReadLock['problems'][number]) {
    super(`the lock file is ${problem.why}`);
    this.problem = problem;
  }
}

/**
 * Changes entries of a lock file, and leaves all else in it as it is; undefined removes an entry. Several processes may do so at
 * once. The file is replaced as a whole: a reader finds the old one or the new one.
 *
 * @throws LockFileError for a file that cannot be understood, and the system's error
 */
export async function changeLock(
  file: string,
  changes: ReadonlyMap<string, LockedPackage | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  const held = await lockFile(file, signal);
  try {
    const { raw, problems } = readLock(file);
    if (raw === undefined) throw new LockFileError(problems[0]!);
    const entries = new Map(Object.entries((raw.packages ?? {}) as Record<string, unknown>));
    for (const [key, entry] of changes) {
      if (entry === undefined) entries.delete(key);
      else entries.set(key, entry);
    }
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    await replaceFile(
      file,
      `${JSON.stringify({ ...raw, lockVersion: LOCK_VERSION, packages: Object.fromEntries(sorted) }, null, 2)}\n`,
    );
  } finally {
    held.release();
  }
}

/** Writes a file beside it first, and to the disk, so that a crash leaves the old one or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    const handle = await open(part, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
