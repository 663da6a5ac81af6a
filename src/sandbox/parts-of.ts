import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What stands in a folder that is shown piece by piece, because something in it is hidden. */
export interface Part {
  path: string;
  /** A symbolic link: what it leads to is shown only if it is shown itself. */
  isLink: boolean;
}

/** The parts of a folder as it is now; none of one that may only be gone through. */
export function partsOf(folder: string): Part[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.map((name) => {
    const path = join(folder, name);
    return { path, isLink: lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false };
  });
}
