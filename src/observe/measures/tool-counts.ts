import { cut } from './kept-calls.js';

/** Tools that are counted one by one: more than a server of people has. Names are the endpoint's, who may make them up. */
const MAX_TOOLS = 200;
/** A name is cut to this many characters. */
const MAX_NAME = 64;
/** Counts calls of tools beyond the bound. */
export const OTHER_TOOLS = '…';

/** How often it is looked whether a new day has begun, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** Calls of a server by tool, of one day of this machine's calendar. */
export class ToolCounts {
  readonly #wallNow: () => number;
  readonly #counts = new Map<string, { calls: number }>();
  #day = '';
  #lookAt = Number.NEGATIVE_INFINITY;

  /** @param wallNow Milliseconds since 1970. */
  constructor(wallNow: () => number) {
    this.#wallNow = wallNow;
  }

  /** @param at Time of the timeline, in milliseconds. */
  add(tool: string, at: number): void {
    if (at >= this.#lookAt) {
      this.#lookAt = at + LOOK_EVERY_MS;
      this.#turn();
    }
    const name = tool.length > MAX_NAME ? cut(tool, MAX_NAME) : tool;
    const known =
      this.#counts.get(name) ?? (this.#counts.size < MAX_TOOLS ? undefined : this.#counts.get(OTHER_TOOLS));
    if (known) known.calls += 1;
    else this.#counts.set(this.#counts.size < MAX_TOOLS ? name : OTHER_TOOLS, { calls: 1 });
  }

  /** Undefined without any. */
  read(): Readonly<Record<string, number>> | undefined {
    this.#turn();
    if (this.#counts.size === 0) return undefined;
    return Object.fromEntries([...this.#counts].map(([name, { calls }]) => [name, calls]));
  }

  #turn(): void {
    const day = new Date(this.#wallNow()).toDateString();
    if (day === this.#day) return;
    this.#day = day;
    this.#counts.clear();
  }
}
