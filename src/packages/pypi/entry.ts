import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServerCommand } from '../../process/launch.js';
import { withFirstInPath } from '../first-in-path.js';
import type { LockedPackage, WantedPackage } from '../locked-package.js';
import { PackageError } from '../package-error.js';
import { isPythonThere, pythonIn } from './python-of.js';

/** The first line of a script, and the second of one that looks for its Python. */
const HEAD_BYTES = 256;

/** Where the command of an installed package is: `bin/NAME`, on Windows `Scripts\NAME.exe`. */
export function entryPath(
  { entry, bin }: LockedPackage,
  folder: string,
  platform: NodeJS.Platform = process.platform,
): string {
  return platform === 'win32' ? join(folder, 'Scripts', `${bin}.exe`) : join(folder, entry);
}

/**
 * The command that starts an installed package without uv. A script is given to its Python, which saves the shell that its first
 * line names. The environment is the one that `uvx` gives its programs: its commands stand first in PATH. `UV` is not set,
 * because no uv runs.
 *
 * @throws PackageError when the Python that it was installed for is gone, or another one by now
 */
export async function entryCommandPypi(
  locked: LockedPackage,
  folder: string,
  command: ServerCommand,
  { args }: WantedPackage,
): Promise<ServerCommand> {
  if (!isPythonThere(folder, locked.python))
    throw new PackageError('no-program', `python${locked.python ?? ''}`);
  const entry = entryPath(locked, folder);
  const isScript = process.platform !== 'win32' && isPythonScript(entry);
  return {
    ...command,
    ...(isScript ? { command: pythonIn(folder), args: [entry, ...args] } : { command: entry, args }),
    env: withFirstInPath(dirname(entry), command.env),
  };
}

function isPythonScript(file: string): boolean {
  let opened: number;
  try {
    opened = openSync(file, 'r');
  } catch {
    throw new PackageError('no-command', `${file} is missing`);
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const text = head.toString('latin1', 0, readSync(opened, head, 0, HEAD_BYTES, 0));
    return /^#!.*python/.test(text) || /^#!\/bin\/sh\n'''exec' .*python/.test(text);
  } finally {
    closeSync(opened);
  }
}
