import { delimiter, join } from 'node:path';
import type { Environment } from './environment.js';
import { isFile } from './script.js';

/** Whether PATH leads to a program of this name. */
export function isProgram(name: string, environment: Environment): boolean {
  if (/[\\/:]/.test(name)) return false;
  const isWindows = environment.platform === 'win32';
  const endings = isWindows ? ['', ...(environment.get('PATHEXT') ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  const folders = (environment.get('PATH') ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => endings.some((ending) => isFile(join(folder, name + ending))));
}
