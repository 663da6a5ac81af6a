import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** Where programs of the system are, whatever PATH a server has. */
const USUAL = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** The absolute path of a program of the system; undefined when it is not there. */
export function systemProgram(name: string, path = ''): string | undefined {
  return inFolders(name, [...USUAL, ...foldersOf(path)]);
}

/** What a command means, as execvp(3) finds it; undefined when there is no such program. */
export function programOf(command: string, cwd: string, path = ''): string | undefined {
  if (!command.includes('/')) return inFolders(command, foldersOf(path));
  const file = resolve(cwd, command);
  return isProgram(file) ? file : undefined;
}

/** The folders of PATH; a relative one depends on where it is read, and is left out. */
export function foldersOf(path: string): string[] {
  return path.split(delimiter).filter((folder) => isAbsolute(folder));
}

function inFolders(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
