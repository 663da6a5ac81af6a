import type { Finding } from '../protocol/errors.js';
import type { Environment, Reading } from './environment.js';
import { errorAt } from './finding.js';
import { type Interpolated, interpolate, type Variables } from './interpolate.js';
import type { Place } from './place.js';

/** What an entry says of variables itself. */
export interface OwnVariables {
  /** Its `env` as it is written. */
  env: Readonly<Record<string, string | number | boolean>>;
  /** The place of one of them. */
  placeOf: (name: string) => Place;
  /** Variables of its `envFile`, which is read only when the variable is defined nowhere else. */
  fromFile: () => { place: Place; values: Readonly<Record<string, string>> };
}

/**
 * Variables as the entry of a server names them: those of the environment and of `.env`, then those of its own `env`,
 * then those of its `envFile`.
 */
export class EntryVariables implements Variables {
  readonly #outer: Environment;
  readonly #own: OwnVariables;
  readonly #filled = new Map<string, Interpolated>();
  /** Values that are being filled in now, outermost first. */
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
    return this.#outer.get(name);
  }

  read(name: string): Reading & { findings?: readonly Finding[] } {
    const outer = this.#outer.read(name);
    if (outer.value || outer.unreadable) return outer;
    if (Object.hasOwn(this.#own.env, name)) return this.#fromEnv(name, outer);
    return this.#fromFile(name) ?? outer;
  }

  #fromEnv(name: string, outer: Reading): Reading & { findings?: readonly Finding[] } {
    const place = this.#own.placeOf(name);
    const at = this.#open.indexOf(name);
    if (at >= 0) {
      // "KEY": "${KEY}" hands one on that is set outside.
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
    // Its own path may name variables.
    if (this.#readsFile) return undefined;
    this.#readsFile = true;
    const { values, place } = this.#own.fromFile();
    this.#readsFile = false;
    return Object.hasOwn(values, name) ? { value: values[name], place, fromFile: false } : undefined;
  }

  /** The same finding, wherever the circle is entered. */
  #cycle(names: readonly string[]): Finding {
    const order = Object.keys(this.#own.env);
    const first = names.reduce((a, b) => (order.indexOf(b) < order.indexOf(a) ? b : a));
    const at = names.indexOf(first);
    const circle = [...names.slice(at), ...names.slice(0, at)];
    return errorAt(this.#own.placeOf(first), 'variable-cycle', { names: circle });
  }
}
