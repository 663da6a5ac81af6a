import { type Caller, JsonRpcError, NoAnswerError, openCaller } from '../../faces/endpoint/caller.js';
import type { ServerConnection } from '../../faces/endpoint/events.js';
import { RelayError } from '../../faces/endpoint/relay.js';
import type { RunningEndpoint } from '../../faces/endpoint/running-endpoint.js';
import { readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, isOwnError } from '../../protocol/jsonrpc.js';
import type { Clock } from '../../time/clock.js';
import type { Ledger } from './ledger.js';

/** What can be asked of a server: a tool, and arguments whose answer is known and in no other call. */
export interface ChaosTool {
  name: string;
  /** `count` is in no other call; `random` is from 0 to below 1. */
  ask: (count: number, random: number) => { arguments: Record<string, unknown>; answer: string };
}

/** A link, its servers by name, and what can be asked of each. */
export interface ChaosLink {
  name: string;
  tools: ReadonlyMap<string, ChaosTool>;
  /** On a mux, whose servers all have their tools in the list from the start. */
  hasAll: boolean;
}

export interface TrafficOptions {
  endpoint: RunningEndpoint;
  link: ChaosLink;
  /** The fingerprint of the link's token. */
  fingerprint: string;
  ledger: Ledger;
  clock: Clock;
  /** How long each call may take. */
  boundMs: number;
  /** Random numbers from 0 to below 1. */
  random: () => number;
}

/** Least and most milliseconds between two calls on a link: about forty a second, far from any limit. */
const CALL_EVERY_MS = [10, 40] as const;
/** While no server is connected, calls are told so at once: a few a second show when it is back. */
const UNCONNECTED_EVERY_MS = 200;
/** No such tool (JSON-RPC 2.0 §5.1 and MCP "Tools"): the server whose turn it was has just made room for the next one. */
const NO_SUCH_TOOL: readonly number[] = [-32601, -32602];
const OF_ENDPOINT: readonly number[] = [RelayError.noServer, RelayError.serverLost];

/** Numbers that no two calls of a process share. */
let count = 1_000_000;

/** Calls over one link all the time, and notes what becomes of each call. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #stopListening: () => void;
  readonly #pending = new Set<Promise<void>>();
  #caller: Caller | undefined;
  /** Names of tools, as the link last listed them. */
  #listed: readonly string[] = [];
  #cancelNext: (() => void) | undefined;
  #isUnconnected = false;
  #isOver = false;
  #onReady: (() => void) | undefined;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { endpoint } = options;
    const stops = [
      endpoint.on('server-tools', (connection) => this.#onTools(connection)),
      endpoint.on('server-frame', (connection, frame) => this.#onFrame(connection, frame)),
    ];
    this.#stopListening = () => {
      for (const stop of stops) stop();
    };
  }

  /** Resolves when the link has listed its tools; with false when `signal` aborts before. */
  ready(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      this.#onReady = () => {
        if (this.#isReady) resolve(true);
      };
      signal.addEventListener('abort', () => resolve(false), { once: true });
      if (signal.aborted) resolve(false);
      this.#onReady();
    });
  }

  /** Begins to call. @throws DialError when the endpoint cannot be reached. */
  async start(): Promise<void> {
    const { endpoint, link } = this.#options;
    this.#caller = await openCaller(endpoint.callerUrl(link.name));
    this.#next();
  }

  /** Sends no further calls. Resolves when every call has come to its end, which takes `boundMs` at most. */
  async rest(): Promise<void> {
    this.#isOver = true;
    this.#cancelNext?.();
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Ends the traffic at once. Calls that are not answered stay open in the ledger. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#cancelNext?.();
    this.#stopListening();
    await this.#caller?.close();
  }

  get #isReady(): boolean {
    const { tools, hasAll } = this.#options.link;
    const found = [...tools].filter(([server, tool]) => this.#listedAs(server, tool) !== undefined);
    return hasAll ? found.length === tools.size : found.length > 0;
  }

  /** The name under which the link lists a server's tool: on a mux, the server's name comes first. */
  #listedAs(server: string, { name }: ChaosTool): string | undefined {
    return this.#listed.find((listed) => listed === name || listed === `${server}__${name}`);
  }

  #next(): void {
    if (this.#isOver) return;
    const { clock, random } = this.#options;
    const [least, most] = CALL_EVERY_MS;
    const waitMs = this.#isUnconnected ? UNCONNECTED_EVERY_MS : least + (most - least) * random();
    this.#cancelNext = clock.after(waitMs, () => {
      this.#call();
      this.#next();
    });
  }

  #call(): void {
    const { link, random } = this.#options;
    const listed = [...link.tools].flatMap(([server, tool]) => {
      const name = this.#listedAs(server, tool);
      return name === undefined ? [] : [{ server, tool, name }];
    });
    const chosen = listed[Math.floor(listed.length * random())];
    if (!chosen) return;
    const asked = this.#ask(chosen.server, chosen.tool, chosen.name);
    this.#pending.add(asked);
    void asked.then(() => this.#pending.delete(asked));
  }

  async #ask(server: string, tool: ChaosTool, name: string): Promise<void> {
    const { link, ledger, random, boundMs } = this.#options;
    count += 1;
    const { arguments: given, answer } = tool.ask(count, random());
    const call = ledger.sent(link.name, server, answer);
    try {
      const params = { name, arguments: given };
      const result = await this.#caller!.request('tools/call', params, { timeoutMs: boundMs });
      this.#isUnconnected = false;
      const said = saidIn(result);
      // On a mux, a failed tool call is answered with a result, which is an error all the same.
      if (isTimeout(result, said)) ledger.failed(call, ErrorCode.callTimeout, true);
      else ledger.answered(call, said);
    } catch (error) {
      if (error instanceof JsonRpcError) {
        const { code } = error;
        this.#isUnconnected = code === RelayError.noServer;
        ledger.failed(call, code, isExplained(code));
      }
      // The traffic itself ends; else the caller's own connection to the endpoint has failed, which no fault touches.
      else if (this.#isOver && error instanceof NoAnswerError && error.code === 'CALLER_CLOSED') return;
      else ledger.lost(call);
    }
  }

  #onTools({ fingerprint, tools }: ServerConnection): void {
    if (fingerprint !== this.#options.fingerprint) return;
    const names = (tools ?? []).map(({ name }) => name);
    // Without a list, the last one is tried on: the connection may have ended meanwhile.
    if (names.length > 0) this.#listed = names;
    this.#onReady?.();
  }

  #onFrame({ fingerprint }: ServerConnection, frame: Frame): void {
    if (fingerprint !== this.#options.fingerprint || readEnvelope(frame).kind !== 'response') return;
    const said = saidIn((JSON.parse(frame.toString('utf8')) as { result?: unknown }).result);
    if (said !== undefined) this.#options.ledger.carried(said);
  }
}

/** Errors that say why: of mcp-pipe, of the endpoint, and of a server that has no such tool. */
function isExplained(code: number): boolean {
  return isOwnError(code) || OF_ENDPOINT.includes(code) || NO_SUCH_TOOL.includes(code);
}

/** Whether a mux answers in place of a server that has not answered in time. */
function isTimeout(result: unknown, said: string | undefined): boolean {
  const { isError } = (result ?? {}) as { isError?: unknown };
  return isError === true && said !== undefined && /^The MCP server ".+" did not answer within /.test(said);
}

/** The text of a tool's result. */
function saidIn(result: unknown): string | undefined {
  const { content } = (result ?? {}) as { content?: unknown };
  const [first] = Array.isArray(content) ? (content as { text?: unknown }[]) : [];
  return typeof first?.text === 'string' ? first.text : undefined;
}
