import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';

/** Creates a file of mode 0600 that holds `text`. Returns false when there is one already. @throws the system's other errors */
export function createExclusively(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    // On a full disk a file can be created and not written.
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}
