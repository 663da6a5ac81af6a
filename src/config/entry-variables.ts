import type { Finding } from '../protocol/errors.js';
import type { Environment, Reading } from './environment.js';
import { errorAt } from './finding.js';
import { type Interpolated, interpolate, type Variables } from './interpolate.js';
import type { Place } from './place.js';

/** The variables that an entry defines itself. */
export interface OwnVariables {
  /** Values of mcp-pipe itself, before all others. */
  given: Readonly<Record<string, string>>;
  /** The `env` of the entry as it is written. */
  env: Readonly<Record<string, string | number | boolean>>;
  /** The place of a variable of `env`. */
  placeOf: (name: string) => Place;
  /** Variables of the entry's `envFile`; it is read only when the variable is defined nowhere else. */
  fromFile: () => { place: Place; values: Readonly<Record<string, string>> };
}

/**
 * Looks up the variables that a server's entry refers to: in the environment and `.env` first, then in the entry's own
 * `env`, then in its `envFile`.
 */
export class EntryVariables implements Variables {
  readonly #outer: Environment;
  readonly #own: OwnVariables;
  readonly #filled = new Map<string, Interpolated>();
  /** Variables that are being filled in now, outermost first: a name that comes again is a cycle. */
  readonly #open: string[] = [];
  #readsFile = false;

  constructor(outer: Environment, own: OwnVariables) {
    this.#outer = outer;
    this.#own = own;
  }

  get envFile(): string {
    return this.#outer.envFile;
  }

  get(name: string): string | undefined {
    return this.#given(name) ?? this.#outer.get(name);
  }

  read(name: string): Reading & { findings?: readonly Finding[] } {
    const outer = this.#outer.read(name);
    const given = this.#given(name);
    if (given !== undefined) return { value: given, place: outer.place, fromFile: false };
    if (outer.value || outer.unreadable) return outer;
    if (Object.hasOwn(this.#own.env, name)) return this.#fromEnv(name, outer);
    return this.#fromFile(name) ?? outer;
  }

  #given(name: string): string | undefined {
    return Object.hasOwn(this.#own.given, name) ? this.#own.given[name] : undefined;
  }

  #fromEnv(name: string, outer: Reading): Reading & { findings?: readonly Finding[] } {
    const place = this.#own.placeOf(name);
    const at = this.#open.indexOf(name);
    if (at >= 0) {
      // "KEY": "${KEY}" passes on a variable from outside.
      if (at === this.#open.length - 1) return this.#fromFile(name) ?? outer;
      return { value: undefined, place, fromFile: false, findings: [this.#cycle(this.#open.slice(at))] };
    }
    let filled = this.#filled.get(name);
    if (filled === undefined) {
      this.#open.push(name);
      filled = interpolate(String(this.#own.env[name]), place, this);
      this.#open.pop();
      this.#filled.set(name, filled);
    }
    const { text, secrets, findings } = filled;
    return { value: text, place, fromFile: secrets.length > 0, findings };
  }

  #fromFile(name: string): Reading | undefined {
    // The path of the envFile may refer to variables itself.
    if (this.#readsFile) return undefined;
    this.#readsFile = true;
    const { values, place } = this.#own.fromFile();
    this.#readsFile = false;
    return Object.hasOwn(values, name) ? { value: values[name], place, fromFile: false } : undefined;
  }

  /** Returns the same finding, at whichever variable the cycle is entered. */
  #cycle(names: readonly string[]): Finding {
    const order = Object.keys(this.#own.env);
    const first = names.reduce((a, b) => (order.indexOf(b) < order.indexOf(a) ? b : a));
    const at = names.indexOf(first);
    const circle = [...names.slice(at), ...names.slice(0, at)];
    return errorAt(this.#own.placeOf(first), 'variable-cycle', { names: circle });
  }
}
