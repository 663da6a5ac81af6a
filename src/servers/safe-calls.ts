import type { Envelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import { calledName, Method } from '../protocol/mcp.js';

/** Names of tools are cut to this where calls are noted, so longer ones could be taken for one another; in characters. */
const MAX_NAME = 128;
/** Most tools that are known as safe; no server has as many. */
const MAX_TOOLS = 100_000;
/** A server may name a next page for ever. */
const MAX_PAGES = 100;

/** A call that may be sent once more. */
export interface SafeCall {
  /** A copy of the request: the buffer that it came in is not kept. */
  readonly frame: Frame;
  /** It was sent once more already. */
  readonly isRepeat: boolean;
  /** Its caller has got progress of the first sending, below which a second one may not begin again (MCP "Progress"). */
  hadProgress: boolean;
}

/**
 * Which calls of a server are sent once more when their life ends, or their answer is cut, before they were answered
 * (`"retrySafeCalls": true`): those of tools that the server calls read-only or idempotent (MCP "Tool annotations").
 */
// D178
export class SafeCalls {
  readonly #tools = new Set<string>();
  /** Calls that wait to be sent once more, by their requests. */
  readonly #repeats = new WeakMap<Frame, SafeCall>();
  #lists = 0;
  #pages = 0;

  /** The call that `frame` is, if it may be sent once more, or is being; undefined for any other request. */
  of(frame: Frame, envelope: Envelope): SafeCall | undefined {
    const repeat = this.#repeats.get(frame);
    if (repeat) return repeat;
    if (envelope.method !== Method.callTool) return undefined;
    const name = calledName(frame, envelope);
    if (name === undefined || !this.#tools.has(name)) return undefined;
    return { frame: Buffer.from(frame), isRepeat: false, hadProgress: false };
  }

  /** The request of `call` to be sent once more; undefined when it may not be. */
  again({ safe }: { safe: SafeCall | undefined }): Frame | undefined {
    if (!safe || safe.isRepeat) return undefined;
    this.#repeats.set(safe.frame, { ...safe, isRepeat: true });
    return safe.frame;
  }

  /** A request of mcp-pipe for the list of tools. */
  firstPage(): Frame {
    this.#pages = 0;
    return this.#page(undefined);
  }

  /** A request for the page behind `cursor`; undefined when the server has named more pages than any list has. */
  nextPage(cursor: string): Frame | undefined {
    return this.#pages < MAX_PAGES ? this.#page({ cursor }) : undefined;
  }

  #page(params: object | undefined): Frame {
    this.#pages += 1;
    this.#lists += 1;
    return encodeRequest(`"mcp-pipe-safe-tools-${this.#lists}"`, Method.listTools, params);
  }

  /** Reads an answer to `tools/list`. Returns the cursor of the next page, if there is one. */
  learn(reply: Frame): string | undefined {
    const { tools, nextCursor } = resultOf(reply);
    for (const tool of Array.isArray(tools) ? tools : []) {
      const { name, annotations } = (tool ?? {}) as { name?: unknown; annotations?: Annotations | null };
      if (typeof name !== 'string' || name.length >= MAX_NAME) continue;
      const isSafe = annotations?.readOnlyHint === true || annotations?.idempotentHint === true;
      if (!isSafe) this.#tools.delete(name);
      else if (this.#tools.size < MAX_TOOLS) this.#tools.add(name);
    }
    return typeof nextCursor === 'string' ? nextCursor : undefined;
  }
}

interface Annotations {
  readOnlyHint?: unknown;
  idempotentHint?: unknown;
}

function resultOf(reply: Frame): { tools?: unknown; nextCursor?: unknown } {
  try {
    const { result } = JSON.parse(reply.toString('utf8')) as { result?: object | null };
    return typeof result === 'object' && result !== null ? result : {};
  } catch {
    // The envelope of a message may be valid although its inner parts are no JSON.
    return {};
  }
}
