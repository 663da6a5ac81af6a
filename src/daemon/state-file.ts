import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeStateFolder } from './state-folder.js';

/**
 * Replaces a file of a state folder, for this user alone. A reader finds the old file or the new one, never a half.
 *
 * @throws the system's error
 */
export function replaceStateFile(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  const part = `${file}.${process.pid}`;
  makeStateFolder(folder);
  try {
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
