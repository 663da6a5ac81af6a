import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../node_modules/.cache/mcp-pipe-uv');

/** The folder of `uvx`, which is installed there at the first call; undefined when Python is missing. */
export function installUv(): string | undefined {
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  if (existsSync(join(bin, 'uvx'))) return bin;
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  execFileSync(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', 'uv']);
  return bin;
}

/** Folder of uv's downloads. */
export const uvCache = join(folder, 'cache');
