import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { type Worded, worded } from '../../messages/worded.js';
import { makeFolder } from '../../process/make-folder.js';
import { McpPipeError } from '../../protocol/errors.js';

/** The control socket cannot be created. The daemon runs without it. */
export class ControlError extends McpPipeError {
  override readonly code: 'CONTROL_TAKEN' | 'CONTROL_UNAVAILABLE';

  constructor(code: ControlError['code'], words: Worded) {
    super(words.message, words);
    this.code = code;
  }
}

/**
 * Creates the folder of a socket, for this user only. With `own` the folder belongs to mcp-pipe: a folder of another
 * user is an error, and wider rights are corrected. A folder that the user chose is left as it is.
 *
 * @throws ControlError
 */
export function prepareFolder(path: string, uid: number | undefined, own: boolean): void {
  const folder = dirname(path);
  try {
    makeFolder(folder, 0o700);
    if (!own || uid === undefined) return;
    const status = lstatSync(folder);
    if (!status.isDirectory() || status.uid !== uid) {
      throw new ControlError('CONTROL_UNAVAILABLE', worded('control-not-ours', { folder }));
    }
    if ((status.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (error) {
    throw error instanceof ControlError ? error : unavailable(path, error);
  }
}

/** Whether only a daemon of this user, or of root, can listen at this path. */
export function isTrusted(path: string, uid: number | undefined): boolean {
  if (uid === undefined) return true;
  try {
    const status = lstatSync(path);
    return status.isSocket() && (status.uid === uid || status.uid === 0);
  } catch {
    return false;
  }
}

/**
 * Listens at the path; only this user may connect. A socket whose daemon has died is replaced; the socket of a running
 * daemon is not.
 *
 * @throws ControlError
 */
export async function listenAt(server: Server, path: string, platform: NodeJS.Platform): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await listen(server, path, platform);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw unavailable(path, error);
      if (attempt > 2 || platform === 'win32' || !(await removeStale(path))) throw taken(path);
    }
  }
}

function listen(server: Server, path: string, platform: NodeJS.Platform): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const ready = () => {
      server.off('error', reject);
      try {
        if (platform !== 'win32') chmodSync(path, 0o600);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    // `listen` creates the socket, which other users must not reach even for a moment. A worker thread cannot set the
    // umask.
    const before = isMainThread && platform !== 'win32' ? process.umask(0o177) : undefined;
    try {
      server.listen(path, ready);
    } finally {
      if (before !== undefined) process.umask(before);
    }
  });
}

/** Removes the socket of a daemon that has died. Returns false when a daemon answers, or the file is no socket. */
async function removeStale(path: string): Promise<boolean> {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before === undefined) return true;
  if (!before.isSocket() || (await answers(path))) return false;
  // Another copy of mcp-pipe may have replaced it in the meantime; that new socket stays.
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === before.ino) rmSync(path, { force: true });
  return true;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Only ECONNREFUSED means that no process listens; a full queue (EAGAIN) or missing rights (EACCES) do not.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

function unavailable(path: string, error: unknown): ControlError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new ControlError('CONTROL_UNAVAILABLE', worded('control-refused', { path, code: code ?? message }));
}

function taken(path: string): ControlError {
  return new ControlError('CONTROL_TAKEN', worded('control-taken', { path }));
}
