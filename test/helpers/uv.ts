import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

const folder = join(import.meta.dirname, '../../node_modules/.cache/mcp-pipe-uv');

/** The folder of `uvx`, which is installed there at the first call; undefined when Python is missing. */
export function installUv(): string | undefined {
  const bin = process.platform === 'win32' ? 'Scripts' : 'bin';
  const isThere = () => existsSync(join(folder, bin, 'uvx'));
  if (!isThere()) {
    // Files of tests run beside each other: each installs into a folder of its own, and the first one that is done gives its name.
    const own = `${folder}-${process.pid}-${threadId}`;
    try {
      execFileSync('python3', ['-m', 'venv', own], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    execFileSync(join(own, bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', 'uv']);
    // One that was not finished is in the way.
    if (!isThere()) rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(own, folder);
    } catch (error) {
      if (!isThere()) throw error;
      rmSync(own, { recursive: true });
    }
  }
  return join(folder, bin);
}

/** Folder of uv's downloads. */
export const uvCache = join(folder, 'cache');
