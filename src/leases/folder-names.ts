import { readdirSync } from 'node:fs';
import { keyStart } from './files.js';

/** The names are read again after this time. What they show is only where to begin: the files of a claim are read each time. */
const KEPT_MS = 100;

/** Names of the lock files in a folder as they were read last, by their keys: each of a thousand links looks for one or two of them. */
export class FolderNames {
  readonly #folder: string;
  #byKey: Map<string, string[]> | undefined;
  #readAt = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Those of one key. @throws the system's error when the folder cannot be read */
  of(key: string): readonly string[] {
    const now = performance.now();
    if (!this.#byKey || now - this.#readAt > KEPT_MS) {
      this.#byKey = byKey(readdirSync(this.#folder));
      this.#readAt = now;
    }
    return this.#byKey.get(keyStart(key)) ?? [];
  }

  /** They are read again when they are next asked for. */
  forget(): void {
    this.#byKey = undefined;
  }
}

function byKey(names: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of names) {
    // A name begins with its key.
    const key = keyStart(name);
    const of = found.get(key);
    if (of) of.push(name);
    else found.set(key, [name]);
  }
  return found;
}
