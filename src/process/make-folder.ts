import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a folder and its parents (D95). `mkdirSync` with `recursive` does the same, but never returns where the system
 * answers ENOENT although the parent exists (`/proc`, some network drives).
 *
 * @throws the system's error
 */
export function makeFolder(folder: string, mode?: number): void {
  const make = () => mkdirSync(folder, mode === undefined ? {} : { mode });
  try {
    make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    const around = dirname(folder);
    if (code !== 'ENOENT' || around === folder || statSync(around, { throwIfNoEntry: false })) throw error;
    makeFolder(around, mode);
    try {
      make();
    } catch (again) {
      // Another process created the folder meanwhile.
      if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw again;
    }
  }
}
