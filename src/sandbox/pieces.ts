import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isWithin } from './needed-paths.js';

/** A part of what is shown. `whole`: with all in it; `opened`: a folder whose parts are shown one by one; `link`: a symbolic link. */
export interface Piece {
  path: string;
  is: 'whole' | 'opened' | 'link';
}

/**
 * What is shown of a file or folder without what is hidden in it. A folder around something hidden is shown piece by piece, as it
 * is now: what is put over a file in a folder that is shown as a whole is lost as soon as the file is replaced, as editors do when
 * they save it. Reads folders.
 *
 * @param path real
 * @param hidden real paths
 */
// D345
export function piecesOf(path: string, hidden: readonly string[]): Piece[] {
  if (hidden.includes(path)) return [];
  if (!hidden.some((one) => isWithin(one, path))) return [{ path, is: 'whole' }];
  const inside = namesIn(path).flatMap((name) => {
    const one = join(path, name);
    const isLink = lstatSync(one, { throwIfNoEntry: false })?.isSymbolicLink();
    return isLink ? [{ path: one, is: 'link' as const }] : piecesOf(one, hidden);
  });
  return [{ path, is: 'opened' }, ...inside];
}

/** Nothing of a folder that may only be gone through. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
