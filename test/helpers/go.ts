import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './cli.js';

const run = promisify(execFile);

/**
 * Builds a program of test/fixtures. A Go that is older than its go.mod asks for gets that version by itself, from the module
 * proxy; a GOTOOLCHAIN of the environment counts.
 *
 * @returns false where Go is missing
 */
export async function goBuild(fixture: string, binary: string, main = '.'): Promise<boolean> {
  await mkdir(dirname(binary), { recursive: true });
  try {
    await run('go', ['build', '-o', binary, main], {
      cwd: join(root, 'test/fixtures', fixture),
      env: { GOTOOLCHAIN: 'auto', ...process.env },
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
