import { resolve } from 'node:path';
import { parse } from 'dotenv';
import type { OddFile } from '../messages/parts.js';
import { BOUNDS } from './bounds.js';
import type { Place } from './place.js';
import { decodeText, OddFileError, readOrdinaryFile, undecodableLine } from './text-file.js';

type FileProblem = { bytes: number } | { error: string } | { odd: OddFile };

/** Result of looking up a variable. `value` is undefined when the variable is not set, or its file cannot be read. */
export interface Reading {
  value: string | undefined;
  place: Place;
  /** True when the value was read from the file that `<NAME>_FILE` names: it is a secret. */
  fromFile: boolean;
  /** The file that cannot be read, undefined when its name may not be shown; and why: too many bytes, or an error word. */
  unreadable?: { file: string | undefined; problem: FileProblem };
}

interface Variable {
  name: string;
  value: string;
  place: Place;
}

/** Variables as a process of this platform sees them: on Windows, names that differ only in case are one variable. */
export class Environment {
  readonly #variables = new Map<string, Variable>();
  readonly #foldsCase: boolean;
  readonly #folder: string;
  readonly #platform: NodeJS.Platform;
  #envFile = '.env';
  /** Files that `<NAME>_FILE` named, as they were read; copies add to the same set. */
  #valueFiles = new Set<string>();

  /** `folder`: start of relative paths in `<NAME>_FILE`. */
  constructor(
    values: Readonly<Record<string, string | undefined>>,
    folder: string,
    platform: NodeJS.Platform = process.platform,
  ) {
    this.#platform = platform;
    this.#foldsCase = platform === 'win32';
    this.#folder = folder;
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) this.set(name, value);
    }
  }

  /** The platform whose rules apply. */
  get platform(): NodeJS.Platform {
    return this.#platform;
  }

  /** Start of relative paths, absolute. */
  get folder(): string {
    return this.#folder;
  }

  /** The `.env` file that missing variables belong into; it need not exist yet. */
  get envFile(): string {
    return this.#envFile;
  }

  /** Absolute paths of the files that `read` has looked into so far, here or through a copy. */
  get valueFiles(): readonly string[] {
    return [...this.#valueFiles];
  }

  get(name: string): string | undefined {
    return this.#variables.get(this.#fold(name))?.value;
  }

  set(name: string, value: string, place: Place = { file: '', path: name, line: undefined }): void {
    const key = this.#fold(name);
    // The first spelling stays: Windows programs look for `Path`.
    this.#variables.set(key, { name: this.#variables.get(key)?.name ?? name, value, place });
  }

  delete(name: string): void {
    this.#variables.delete(this.#fold(name));
  }

  /** Returns an independent copy. */
  copy(): Environment {
    const copy = new Environment(this.record(), this.#folder, this.#platform);
    copy.#valueFiles = this.#valueFiles;
    return copy;
  }

  entries(): [name: string, value: string][] {
    return [...this.#variables.values()].map(({ name, value }) => [name, value]);
  }

  record(): Record<string, string> {
    return Object.fromEntries(this.entries());
  }

  /** Adds the variables of a `.env` file; variables that are already set keep their value, unless the file goes first. */
  addEnvFile(file: string, text: string, goesFirst = false): void {
    this.#envFile = file;
    const lines = text.split('\n');
    for (const [name, value] of Object.entries(parse(text))) {
      // `NAME=` in the file takes nothing away.
      if (!(goesFirst && value) && this.get(name) !== undefined) continue;
      const isItsLine = (line: string) =>
        line
          .trim()
          .replace(/^export\s+/, '')
          .split(/[=:\s]/, 1)[0] === name;
      const index = lines.findLastIndex(isItsLine);
      this.set(name, value, { file, path: name, line: index < 0 ? undefined : index + 1 });
    }
  }

  /** The variable itself, else the contents of the file that `<name>_FILE` names, without the last newline. */
  read(name: string): Reading {
    const own = this.#variables.get(this.#fold(name));
    const twin = this.#variables.get(this.#fold(`${name}_FILE`));
    const place = own?.place ?? { file: '', path: name, line: undefined };
    if (own?.value || !twin?.value) return { value: own?.value, place, fromFile: false };
    const unreadable = (problem: FileProblem): Reading => {
      // The variable may hold the secret itself by mistake; only what looks like a path is repeated.
      const file = /^([A-Za-z]:)?[\\/][^?=]*$/.test(twin.value) ? twin.value : undefined;
      return { value: undefined, place: twin.place, fromFile: true, unreadable: { file, problem } };
    };
    const path = resolve(this.#folder, twin.value);
    this.#valueFiles.add(path);
    try {
      const bytes = readOrdinaryFile(path);
      if (bytes.length > BOUNDS.secretFileBytes) return unreadable({ bytes: bytes.length });
      if (undecodableLine(bytes) !== undefined) return unreadable({ odd: 'not-utf8' });
      return { value: decodeText(bytes).replace(/[\r\n]+$/, ''), place: twin.place, fromFile: true };
    } catch (error) {
      if (error instanceof OddFileError) return unreadable({ odd: error.what });
      return unreadable({ error: (error as NodeJS.ErrnoException).code ?? 'unreadable' });
    }
  }

  #fold(name: string): string {
    return this.#foldsCase ? name.toUpperCase() : name;
  }
}
