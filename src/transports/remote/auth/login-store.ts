import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type FileLock, lockFile } from '../../../process/file-lock.js';
import { makeFolder } from '../../../process/make-folder.js';
import type { StoredLogin } from './stored-login.js';

/** Opening follows no symbolic link, and does not wait for a pipe. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** The login of one server and client, in a file of this user (0600), which several processes may read and renew. */
export class LoginStore {
  readonly file: string;
  /** The file as it was last read: it is looked at before each request. */
  #read: { stamp: string; login: StoredLogin | undefined } | undefined;

  constructor(file: string) {
    this.file = file;
  }

  exists(): boolean {
    return stampOf(this.file) !== undefined;
  }

  /** Undefined when there is none, or none that can be read. */
  read(): StoredLogin | undefined {
    const stamp = stampOf(this.file);
    if (stamp === undefined) return undefined;
    if (this.#read?.stamp === stamp) return this.#read.login;
    const login = readLogin(this.file);
    this.#read = { stamp, login };
    return login;
  }

  /** Replaces the file at once: whoever reads it finds the old login or the new one. @throws the system's error */
  write(login: StoredLogin): void {
    const folder = dirname(this.file);
    makeFolder(folder, 0o700);
    const mode = statSync(folder).mode & 0o777;
    if ((mode & 0o077) !== 0) chmodSync(folder, 0o700);
    const draft = `${this.file}.${randomUUID().slice(0, 8)}.new`;
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, `${JSON.stringify(login, null, 2)}\n`);
      // A refresh token that is used up must not come back after a power failure.
      fsyncSync(file);
    } catch (error) {
      unlinkSync(draft);
      throw error;
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.file);
    this.#read = undefined;
  }

  remove(): void {
    try {
      unlinkSync(this.file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Runs `act` while no other process and no other link renews or replaces this login. @throws what `act` throws */
  async locked<T>(act: (lock: FileLock) => Promise<T>, signal?: AbortSignal): Promise<T> {
    makeFolder(dirname(this.file), 0o700);
    const lock = await lockFile(this.file, signal);
    try {
      return await act(lock);
    } finally {
      lock.release();
    }
  }
}

/** The login in a file; undefined when there is none that can be read. */
export function readLogin(path: string): StoredLogin | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READ_ONLY);
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<StoredLogin> | null;
    return isWhole(value) ? value : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Somebody may have edited it, or another version written it. */
function isWhole(value: Partial<StoredLogin> | null): value is StoredLogin {
  if (value?.version !== 1 || typeof value.issuer !== 'string' || typeof value.tokenEndpoint !== 'string')
    return false;
  const { client, needed, tokens } = value;
  if (typeof client?.id !== 'string' || !Array.isArray(value.scopes)) return false;
  if (tokens !== undefined && !(isToken(tokens?.accessToken) && isToken(tokens.refreshToken ?? 'none')))
    return false;
  if (needed === undefined) return true;
  return typeof needed?.since === 'number' && (needed.scopes === undefined || Array.isArray(needed.scopes));
}

/** Whether a header can hold it (RFC 6750 §2.1 allows less, servers more). */
export function isToken(text: unknown): boolean {
  return typeof text === 'string' && /^[ -~]+$/.test(text);
}

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}
