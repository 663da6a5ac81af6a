import type { Envelope, Message } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { OPEN_BRACE } from '../../../protocol/json-bytes.js';
import { parsed, valueAt } from '../../../protocol/json-parts.js';
import { ErrorCode, encodeNotification, isOwnError } from '../../../protocol/jsonrpc.js';
import { CAPABILITIES_KEY, CLIENT_INFO_KEY, Method, VERSION_KEY } from '../../../protocol/mcp.js';
import { FIRST_MODERN_VERSION, LAST_LEGACY_VERSION } from '../../../protocol/revisions.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import type { Call } from './calls.js';
import { isRecord } from './request-parts.js';
import { errorCodeOf, saysResultType } from './to-modern.js';

/** What is known of the server. */
export interface Introduction {
  /** Requests of MCP 2026-07-28 are carried as they are; or translated for a server of an earlier revision. */
  era: 'carried' | 'translated';
  /** Its answer to `initialize`; undefined for a server that has none. */
  initialized: Message | undefined;
  /** Revisions without `initialize` in which it can be asked. */
  supported: readonly string[];
  capabilities: Readonly<Record<string, unknown>>;
}

export interface ServerEraOptions {
  /** Whether requests may be carried to a server that takes them, though it was initialised. */
  mayCarry: boolean;
  clientInfo: { name: string; version: string };
  /** Sends a request of our own; undefined without an answer. `params`: JSON text. */
  ask: (method: string, params: string, timeoutMs?: number) => Promise<Message | undefined>;
  notify: (frame: Buffer) => void;
}

/** How long the answer to `server/discover` is awaited, in milliseconds: some servers do not answer unknown requests. */
const PROBE_TIMEOUT_MS = 3_000;
/** Methods that servers of earlier revisions do not know. */
const OF_CARRIED: ReadonlySet<string> = new Set([Method.discover, Method.listen]);
/** Requests in which hardly anything can be invalid, unless the server expects those of MCP 2026-07-28. */
const LISTS: ReadonlySet<string> = new Set(['tools/list', 'prompts/list', 'resources/list']);
/** A client that can be asked for everything: which client is asked is found out call by call. */
const CAPABILITIES = {
  roots: {},
  sampling: { context: {}, tools: {} },
  elicitation: { form: {}, url: {} },
};

/**
 * Finds out in which revision the server can be asked: it is initialised like by any client, and then asked whether the same
 * process takes requests of MCP 2026-07-28 as well.
 */
export class ServerEra {
  readonly #options: ServerEraOptions;
  #known: Introduction | undefined;
  #deciding: Promise<Introduction | Message | undefined> | undefined;
  /** The server has rejected `initialize`, and takes requests of MCP 2026-07-28. */
  #isModernOnly = false;
  /** A result lacked what results of MCP 2026-07-28 have, and the server was asked once more then what it speaks. */
  #isSloppy = false;

  constructor(options: ServerEraOptions) {
    this.#options = options;
  }

  /** Undefined while it is not known. */
  get known(): Introduction | undefined {
    return this.#known;
  }

  /**
   * Notes what a reply says of the server: another process may have taken its place, which is found out with the next request.
   * Returns true when the call had no effect because the server speaks another revision than was thought.
   */
  note({ method, isModern, isCarried }: Call, frame: Frame, envelope: Envelope): boolean {
    const code = errorCodeOf(frame, envelope);
    if (code === ErrorCode.serverExited || code === ErrorCode.serverDown) {
      this.#known = undefined;
      this.#isSloppy = false;
    }
    if (!isModern) return false;
    if (isCarried && !envelope.isError && !this.#isSloppy && !saysResultType(frame, envelope)) {
      this.#isSloppy = true;
      this.#known = undefined;
    }
    const isOther = isCarried
      ? OF_CARRIED.has(method) && code === RpcError.methodNotFound
      : code === RpcError.unsupportedVersion || (code === RpcError.invalidParams && LISTS.has(method));
    if (isOther) this.#known = undefined;
    return isOther;
  }

  /** Finds out. Resolves with the server's error if it cannot be asked, with undefined when the link has ended. */
  decide(): Promise<Introduction | Message | undefined> {
    this.#deciding ??= this.#decide().then((found) => {
      this.#deciding = undefined;
      if (found && 'era' in found) this.#known = found;
      return found;
    });
    return this.#deciding;
  }

  /** The server's answer to `initialize` as it is now; the earlier one from a server that answers only once. */
  async initialized(): Promise<Message | undefined> {
    const reply = await this.#initialize();
    const isRefused = reply?.envelope.isError && !isOwnError(errorCodeOf(reply.frame, reply.envelope));
    return isRefused ? (this.#known?.initialized ?? reply) : reply;
  }

  async #decide(): Promise<Introduction | Message | undefined> {
    const modern = this.#isModernOnly ? await this.#discover(undefined) : undefined;
    if (modern) return modern;
    this.#isModernOnly = false;
    const reply = await this.#initialize();
    if (!reply) return undefined;
    if (reply.envelope.isError) {
      if (isOwnError(errorCodeOf(reply.frame, reply.envelope))) return reply;
      const only = await this.#discover(undefined);
      this.#isModernOnly = only !== undefined;
      return only ?? reply;
    }
    this.#options.notify(encodeNotification(Method.initialized));
    const both = this.#options.mayCarry ? await this.#discover(reply) : undefined;
    return both ?? translated(reply);
  }

  #initialize(): Promise<Message | undefined> {
    const { ask, clientInfo } = this.#options;
    const params = { protocolVersion: LAST_LEGACY_VERSION, capabilities: CAPABILITIES, clientInfo };
    return ask(Method.initialize, JSON.stringify(params));
  }

  /** Undefined when the server does not take requests of MCP 2026-07-28. */
  async #discover(initialized: Message | undefined): Promise<Introduction | undefined> {
    const { ask, clientInfo } = this.#options;
    const meta = {
      [VERSION_KEY]: FIRST_MODERN_VERSION,
      [CLIENT_INFO_KEY]: clientInfo,
      [CAPABILITIES_KEY]: {},
    };
    const timeoutMs = initialized ? PROBE_TIMEOUT_MS : undefined;
    const reply = await ask(Method.discover, JSON.stringify({ _meta: meta }), timeoutMs);
    const versions = reply && valueAt(reply.frame, ['result', 'supportedVersions']);
    const list = versions && parsed(reply.frame, versions);
    // Some servers of earlier revisions answer as well, and name only those.
    if (!reply || !Array.isArray(list) || !list.includes(FIRST_MODERN_VERSION)) return undefined;
    const supported = list.filter((version) => typeof version === 'string');
    return { era: 'carried', initialized, supported, capabilities: capabilitiesIn(reply) };
  }
}

function translated(initialized: Message): Introduction {
  return {
    era: 'translated',
    initialized,
    supported: [FIRST_MODERN_VERSION],
    capabilities: capabilitiesIn(initialized),
  };
}

function capabilitiesIn({ frame }: Message): Record<string, unknown> {
  const range = valueAt(frame, ['result', 'capabilities']);
  if (!range || frame[range.start] !== OPEN_BRACE) return {};
  const value = parsed(frame, range);
  return isRecord(value) ? value : {};
}
