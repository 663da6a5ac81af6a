import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder with those around it, as `mkdirSync` with `recursive` does, which never comes back where the system
 * refuses a folder with ENOENT although the one around it is there (`/proc`, some network drives).
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
      // Somebody else made it meanwhile.
      if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw again;
    }
  }
}
