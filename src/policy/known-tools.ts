import type { Frame } from '../protocol/frame.js';
import { elementsOf, type Range, textIn, valueAt } from '../protocol/json-parts.js';
import { Method } from '../protocol/mcp.js';
import type { Clock } from '../time/clock.js';
import {
  LIST_AGAIN_MS,
  LIST_WAIT_MS,
  MAX_PAGES,
  MAX_SCHEMA_BYTES,
  MAX_SCHEMAS_BYTES,
  MAX_TOOLS,
} from './policy-defaults.js';
import type { GuardedCall, GuardedClient, StageFor } from './stage.js';

/** What a server says of one of its tools (MCP "Tools"). */
export interface KnownTool {
  /** It has said `readOnlyHint`: that it changes nothing. */
  readOnly: boolean;
  /** `inputSchema` as the server wrote it; undefined without one, and when it is too long to be kept. */
  schema: Buffer | undefined;
  /** The server may say something else of it now, and could not be asked. */
  isOld?: true;
}

/** `none`: the server has no such tool; `unasked`: that cannot be found out now. */
export type Found = KnownTool | 'none' | 'unasked';

/** A page of a list, and what is in it. */
interface Page {
  isFirst: boolean;
  isLast: boolean;
  tools: [string, KnownTool][];
}

/**
 * The tools of a server, as it gave them in its last list to this client; asked for when a tool is not among them. A list that
 * passes is read with it, so that a client that has asked for one costs nothing more.
 */
// D250
export class KnownTools {
  readonly #client: GuardedClient;
  readonly #clock: Pick<Clock, 'now'>;
  #tools = new Map<string, KnownTool>();
  #schemaBytes = 0;
  /** The server has said that its list has changed since. */
  #isStale = true;
  /** The process or session that gave the list. */
  #life: unknown;
  /** All its pages were read. */
  #isWhole = false;
  #look: Promise<boolean> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Requests for a page other than the first. */
  readonly #later = new WeakSet<GuardedCall>();

  constructor(client: GuardedClient, clock: Pick<Clock, 'now'>) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The tool, if the last list has it and is still good; undefined: use `find`. */
  now(name: string): KnownTool | undefined {
    return this.#isGood ? this.#tools.get(name) : undefined;
  }

  /** Those of these names that the server's list does not have; none while that is not whole. */
  missing(names: Iterable<string>): string[] {
    return !this.#isGood || !this.#isWhole ? [] : [...names].filter((name) => !this.#tools.has(name));
  }

  /** Asks the server for its list, unless the tool is in the last one. */
  async find(name: string): Promise<Found> {
    const known = this.now(name);
    if (known) return known;
    const isFresh = this.#isGood && this.#isWhole && this.#clock.now() - this.#lookedAt < LIST_AGAIN_MS;
    if (isFresh) return 'none';
    this.#look ??= this.#asked().finally(() => {
      this.#look = undefined;
    });
    const isComplete = await this.#look;
    const found = this.now(name);
    if (found || isComplete) return found ?? 'none';
    const old = this.#tools.get(name);
    return old ? { ...old, isOld: true } : 'unasked';
  }

  /** Nothing is known to have changed since the last list. */
  get #isGood(): boolean {
    return !this.#isStale && this.#life === this.#client.life?.();
  }

  /** A request of the client for a list goes to the server. */
  asked(call: GuardedCall, frame: Frame): void {
    const cursor = valueAt(frame, ['params', 'cursor']);
    if (cursor && textIn(frame, cursor)) this.#later.add(call);
  }

  /** The server has answered it. */
  answered(call: GuardedCall, reply: Frame): void {
    const list = valueAt(reply, ['result', 'tools']);
    if (!list) return;
    const next = valueAt(reply, ['result', 'nextCursor']);
    const isLast = !next || !textIn(reply, next);
    this.#learn({ isFirst: !this.#later.has(call), isLast, tools: toolsOf(reply, list) });
  }

  notified(method: string): void {
    if (method === 'notifications/tools/list_changed') this.#isStale = true;
  }

  #learn({ isFirst, isLast, tools }: Page): void {
    if (isFirst) {
      this.#tools = new Map();
      this.#schemaBytes = 0;
      this.#isStale = false;
      this.#life = this.#client.life?.();
    }
    for (const [name, tool] of tools) {
      if (this.#tools.size >= MAX_TOOLS) break;
      const bytes = tool.schema?.length ?? 0;
      const isKept = this.#schemaBytes + bytes <= MAX_SCHEMAS_BYTES;
      this.#schemaBytes += isKept ? bytes : 0;
      // Of two tools with one name the one counts that allows less.
      const readOnly = tool.readOnly && (this.#tools.get(name)?.readOnly ?? true);
      this.#tools.set(name, { readOnly, schema: isKept ? tool.schema : undefined });
    }
    this.#isWhole = isLast;
    if (isLast) this.#lookedAt = this.#clock.now();
  }

  /** Whether the server has given its whole list. */
  async #asked(): Promise<boolean> {
    const signal = AbortSignal.timeout(LIST_WAIT_MS);
    let cursor: unknown;
    for (let page = 0; page < MAX_PAGES; page++) {
      const params = cursor === undefined ? undefined : { cursor };
      const outcome = await this.#client.ask(Method.listTools, params, { signal });
      if ('error' in outcome) return false;
      const frame = Buffer.from(JSON.stringify({ result: outcome.result ?? {} }));
      const list = valueAt(frame, ['result', 'tools']);
      if (!list) return false;
      const { nextCursor } = outcome.result as { nextCursor?: unknown };
      const isLast = typeof nextCursor !== 'string' || nextCursor === cursor;
      this.#learn({ isFirst: page === 0, isLast, tools: toolsOf(frame, list) });
      if (isLast) return true;
      cursor = nextCursor;
    }
    return false;
  }
}

/** The tools in a list, each by its name; those without one are left out. */
function toolsOf(frame: Frame, list: Range): [string, KnownTool][] {
  return elementsOf(frame, list).flatMap((element): [string, KnownTool][] => {
    const name = nameOf(frame, element);
    if (name === undefined) return [];
    const readOnly = saysReadOnly(frame, element);
    const schema = valueAt(frame, ['inputSchema'], element);
    const isShort = schema !== undefined && schema.end - schema.start <= MAX_SCHEMA_BYTES;
    // Copied: a part of the frame would keep all of it.
    const kept = isShort ? Buffer.from(frame.subarray(schema.start, schema.end)) : undefined;
    return [[name, { readOnly, schema: kept }]];
  });
}

/** The name of the tool at `element`; undefined when it has none. */
export function nameOf(frame: Frame, element: Range): string | undefined {
  const at = valueAt(frame, ['name'], element);
  return at && textIn(frame, at);
}

/** Whether the tool at `element`, by default the whole frame, says that it changes nothing (MCP "Tool annotations"). */
export function saysReadOnly(frame: Frame, element: Range = { start: 0, end: frame.length }): boolean {
  const hint = valueAt(frame, ['annotations', 'readOnlyHint'], element);
  return hint !== undefined && frame.toString('latin1', hint.start, hint.end) === 'true';
}

/** What is known of the tools of each client's servers. The stages of a client share it. */
export class KnownToolsOf {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #known = new WeakMap<GuardedClient, KnownTools>();
  /** Clients of which a stage before has asked. */
  readonly #wanted = new WeakSet<GuardedClient>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  of(client: GuardedClient): KnownTools {
    const known = this.#known.get(client) ?? new KnownTools(client, this.#clock);
    this.#known.set(client, known);
    this.#wanted.add(client);
    return known;
  }

  /** The last stage, where one before it wants to know: it reads the lists as the server gives them. */
  stage(): StageFor {
    return (client) => {
      if (!this.#wanted.delete(client)) return undefined;
      const known = this.#known.get(client)!;
      return {
        request: (call, frame) => {
          if (call.method === Method.listTools) known.asked(call, frame);
          return undefined;
        },
        reply: (call, reply, { isError }) => {
          if (call.method === Method.listTools && !isError) known.answered(call, reply);
          return undefined;
        },
        notified: (method) => known.notified(method),
      };
    };
  }
}
