import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../process/identity.js';
import { makeFolder } from '../process/make-folder.js';
import type { SystemUser } from './user.js';

const NAME = /^mcp-pipe-sandbox-(\d+)-/;

/** An empty folder for temporary files of one process; those of mcp-pipes that have ended are removed. */
export function makeOwnTmp(user: SystemUser | undefined): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isRunning({ pid: Number(pid), birth: undefined }))
      removeTmp(join(tmpdir(), name));
  }
  return owned(mkdtempSync(join(tmpdir(), `mcp-pipe-sandbox-${process.pid}-`)), user);
}

/** The folder where a server keeps what it downloads, from one start to the next. */
export function makeOwnCache(folder: string, user: SystemUser | undefined): string {
  makeFolder(folder, 0o700);
  return owned(folder, user);
}

export function removeTmp(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another user's; the next start tries again.
  }
}

function owned(folder: string, user: SystemUser | undefined): string {
  if (user) {
    chownSync(folder, user.uid, user.gid);
    // Root without capabilities goes through it when it makes the sandbox.
    chmodSync(folder, 0o711);
  }
  return folder;
}
