import { cut } from './kept-calls.js';

/** Tools that are counted one by one: more than a server of people has. Names are the endpoint's, who may make them up. */
const MAX_TOOLS = 200;
/** A name is cut to this many characters. */
const MAX_NAME = 64;
/** Counts calls of tools beyond the bound. */
export const OTHER_TOOLS = '…';

/** Calls of a server by tool, of one day of this machine's calendar. */
export class ToolCounts {
  readonly #counts = new Map<string, number>();
  #day = '';

  /** `wall`: milliseconds since 1970. */
  add(tool: string, wall: number): void {
    this.#turn(wall);
    const name = cut(tool, MAX_NAME);
    const known = this.#counts.get(name);
    if (known !== undefined) this.#counts.set(name, known + 1);
    else if (this.#counts.size < MAX_TOOLS) this.#counts.set(name, 1);
    else this.#counts.set(OTHER_TOOLS, (this.#counts.get(OTHER_TOOLS) ?? 0) + 1);
  }

  /** Undefined without any. */
  read(wall: number): Readonly<Record<string, number>> | undefined {
    this.#turn(wall);
    return this.#counts.size === 0 ? undefined : Object.fromEntries(this.#counts);
  }

  #turn(wall: number): void {
    const day = dayOf(wall);
    if (day === this.#day) return;
    this.#day = day;
    this.#counts.clear();
  }
}

let known = { quarter: Number.NaN, day: '' };

/** The day in this machine's time zone. Asked for once in a quarter of an hour, because it takes a microsecond. */
function dayOf(wall: number): string {
  const quarter = Math.floor(wall / QUARTER_MS);
  if (known.quarter !== quarter) known = { quarter, day: new Date(wall).toDateString() };
  return known.day;
}

/** Time zones begin their days at quarters of an hour. */
const QUARTER_MS = 900_000;
