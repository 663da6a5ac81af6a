import type { Message } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, encodeNotification, encodeResult } from '../../protocol/jsonrpc.js';
import type { Outputs } from '../../protocol/list-items/rules.js';
import {
  CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  CLOUD_INITIALIZE,
  type InitializeParams,
  initializeParams,
  Method,
  sameHandshake,
  VERSION_KEY,
} from '../../protocol/mcp.js';
import { FIRST_MODERN_VERSION, LAST_LEGACY_VERSION } from '../../protocol/revisions.js';
import { errorCode, isModernAnswer } from './discover-answer.js';
import { jsonAt } from './frames.js';
import {
  discoverResult,
  type Introduced,
  initializeResult,
  mergedCapabilities,
  withAwaited,
} from './merge.js';
import type { ClientRequest, RouterContext, RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** The first revision that knows `outputSchema`. */
const FIRST_OUTPUTS = '2025-06-18';
/** How long the answer to `server/discover` is awaited: some servers do not answer unknown requests. */
const PROBE_TIMEOUT_MS = 3_000;
/**
 * How long a client that has connected to mcp-pipe waits for servers that are being started: most are ready by then, and it
 * shows nothing before.
 */
const AT_ONCE_MS = 1_000;

/**
 * Initialises the servers for the endpoint, and answers the endpoint's `initialize` or `server/discover` for all of them.
 */
export class Negotiation implements RouterPart {
  readonly #context: RouterContext;
  /** Called when a server has answered, or no answer is expected any more. */
  readonly #onDecided: (channel: ServerChannel) => void;
  /** `params` of the endpoint's `initialize`, JSON text; undefined while it has not come. */
  #params: string | undefined;
  #asked: InitializeParams | undefined;
  #isModern = false;
  /** At least one caller speaks a revision that knows `outputSchema`. */
  #knowsOutputs = false;
  /** The endpoint has sent `notifications/initialized`, or a request that only follows it. */
  #initialized = false;
  /** The server capabilities in the answer that the endpoint got. */
  #told: Record<string, unknown> | undefined;

  constructor(context: RouterContext, onDecided: (channel: ServerChannel) => void) {
    this.#context = context;
    this.#onDecided = onDecided;
  }

  get begun(): boolean {
    return this.#params !== undefined || this.#isModern;
  }

  get isModern(): boolean {
    return this.#isModern;
  }

  get outputs(): Outputs {
    return this.#isModern ? 'any' : this.#knowsOutputs ? 'objects' : 'unknown';
  }

  /** Whether every server has answered with an error; another `initialize` may succeed. */
  get isRefused(): boolean {
    const { channels } = this.#context;
    return (
      channels.some(({ refused }) => refused) &&
      channels.every((channel) => !channel.introduction && channel.isDecided)
    );
  }

  /**
   * Sends the endpoint's `initialize` to every server. An `initialize` of a further caller behind a relaying endpoint
   * is sent as well if it differs; servers follow the last one.
   */
  begin(frame: Frame): void {
    const asked = initializeParams(frame);
    // Versions are dates. Callers share one list, so it holds what any of them knows.
    this.#knowsOutputs ||= asked.protocolVersion >= FIRST_OUTPUTS;
    const isNew = !this.#asked || !sameHandshake(asked, this.#asked);
    if (!isNew && !this.isRefused) return;
    this.#params = jsonAt(frame, ['params']) ?? '{}';
    this.#asked = asked;
    for (const channel of this.#context.channels) {
      if (channel.crashedOnInitialize && !isNew) continue;
      channel.refused = undefined;
      channel.crashedOnInitialize = false;
      this.introduce(channel, isNew);
    }
  }

  /** The endpoint speaks MCP 2026-07-28: asks every server whether it does, too. */
  beginModern(): void {
    this.#isModern = true;
    for (const channel of this.#context.channels) {
      channel.refused = undefined;
      channel.crashedOnInitialize = false;
      this.introduce(channel);
    }
  }

  /** Initialises one server, unless it is initialised already. With `again` it is initialised once more. */
  introduce(channel: ServerChannel, again = false): void {
    this.#introduce(channel, again).catch((error: unknown) => {
      // An answer that cannot be handled concerns its server only.
      channel.isIntroducing = false;
      const why =
        `its introduction cannot be handled: ${error instanceof Error ? error.message : error}` as const;
      this.#context.options.onStatus(
        { type: 'invalid-message', from: 'server', why, excerpt: '', bytes: 0 },
        channel.member,
      );
      this.#onDecided(channel);
    });
  }

  async #introduce(channel: ServerChannel, again: boolean): Promise<void> {
    if (!this.begun || (channel.introduction && !again) || channel.isIntroducing) return;
    channel.isIntroducing = true;
    const isModern = this.#isModern;
    const params = isModern ? '' : this.#paramsFor(channel);
    const reply = isModern ? await this.#discover(channel) : await this.#initialize(channel, params);
    channel.isIntroducing = false;
    // Another `initialize` has come from the endpoint meanwhile.
    const isOther =
      !isModern && (this.#isModern || (!channel.crashedOnInitialize && params !== this.#params));
    if (isOther && (reply || this.#isModern)) return this.#introduce(channel, true);
    if (!reply) return;
    if (reply.envelope.isError) {
      const code = errorCode(reply);
      // The server does not run. It is asked again when it does.
      if (code === ErrorCode.serverDown) return;
      channel.crashedOnInitialize ||= code === ErrorCode.serverExited;
      channel.refused = reply;
    } else this.#introduced(channel, reply.frame);
    this.#onDecided(channel);
  }

  /**
   * D20: a server that crashed on the client's `initialize` gets the default `initialize` instead, which it has
   * answered before.
   */
  #paramsFor({ crashedOnInitialize }: ServerChannel): string {
    return crashedOnInitialize ? JSON.stringify(CLOUD_INITIALIZE) : this.#params!;
  }

  /** Asks servers that rejected `initialize` once more. Those that crashed on it are left out. */
  retry(): void {
    for (const channel of this.#context.channels)
      if (channel.refused && !channel.crashedOnInitialize) this.introduce(channel);
  }

  /** Sends `notifications/initialized` to the servers, once to each process. */
  sendInitialized(frame?: Frame): void {
    if (this.#initialized) return;
    this.#initialized = true;
    for (const channel of this.#context.channels)
      if (channel.introduction) this.#tellInitialized(channel, frame);
  }

  /** The servers that have answered, with their introductions. */
  get introduced(): Introduced[] {
    return this.#context.channels.flatMap(({ member: { name }, introduction }) =>
      introduction ? [{ name, introduction }] : [],
    );
  }

  /** Answers `initialize` when every server has answered, or `gatherTimeoutMs` after the first answer. */
  async answerInitialize(request: ClientRequest): Promise<void> {
    const { options } = this.#context;
    if (!(await this.#introducedSoon())) return;
    const refusing = this.#context.channels.find(({ refused }) => refused);
    if (refusing?.refused && this.isRefused) return this.#context.relay(refusing, request, refusing.refused);
    const { protocolVersion } = initializeParams(request.frame);
    const result = initializeResult(protocolVersion, this.#introducedAndAwaited, options.serverInfo);
    this.#told = result.capabilities as Record<string, unknown>;
    this.#context.answer(request, JSON.stringify(result));
  }

  /** Answers `server/discover` (MCP 2026-07-28). */
  async answerDiscover(request: ClientRequest): Promise<void> {
    if (!(await this.#introducedSoon())) return;
    const { serverInfo } = this.#context.options;
    const result = discoverResult([FIRST_MODERN_VERSION], this.#introducedAndAwaited, serverInfo);
    this.#context.answer(request, JSON.stringify(result));
  }

  /** Rejects a request whose `_meta` is not valid in MCP 2026-07-28. Returns true when it did. */
  refusesMeta(request: ClientRequest): boolean {
    const meta = JSON.parse(request.meta!) as Record<string, unknown>;
    const requested = meta[VERSION_KEY];
    if (requested !== FIRST_MODERN_VERSION) {
      const data = { supported: [FIRST_MODERN_VERSION], requested };
      this.#context.refuse(request, -32022, `Unsupported protocol version: ${String(requested)}.`, data);
      return true;
    }
    if (typeof meta[CAPABILITIES_KEY] === 'object' && meta[CAPABILITIES_KEY] !== null) return false;
    this.#context.refuse(request, -32602, `Missing ${CAPABILITIES_KEY} in params._meta.`);
    return true;
  }

  /** Waits until enough servers have answered. Returns false when the router is closed meanwhile. */
  async gathered(): Promise<boolean> {
    const { channels, options } = this.#context;
    const isAnswered = () => channels.some(({ introduction }) => introduction) || this.isRefused;
    if (!(await this.#context.until(isAnswered, Number.POSITIVE_INFINITY))) return false;
    await this.#context.until(
      () => channels.every(({ isDecided }) => isDecided),
      options.settings.gatherTimeoutMs,
    );
    return true;
  }

  /** Waits until the client can be answered. Returns false when the router is closed meanwhile. */
  async #introducedSoon(): Promise<boolean> {
    const { channels, options } = this.#context;
    if (!options.answersAtOnce) return this.gathered();
    await this.#context.until(() => channels.every(({ isDecided }) => isDecided), AT_ONCE_MS);
    return true;
  }

  /** A client that is answered at once is told of lists which servers that have not answered yet may have. */
  get #introducedAndAwaited(): Introduced[] {
    const { channels, options } = this.#context;
    const isAwaited = options.answersAtOnce && channels.some(({ introduction }) => !introduction);
    return isAwaited ? withAwaited(this.introduced) : this.introduced;
  }

  #initialize(channel: ServerChannel, params: string): Promise<Message | undefined> {
    channel.era = 'legacy';
    return this.#context.ask(channel, Method.initialize, params);
  }

  async #discover(channel: ServerChannel): Promise<Message | undefined> {
    const { member } = channel;
    let isLate = false;
    if (member.era !== 'legacy') {
      const reply = await this.#probe(channel, PROBE_TIMEOUT_MS);
      if (reply === 'down') return undefined;
      if (typeof reply === 'object') return reply;
      isLate = reply === 'late';
      // Servers of earlier revisions answer `server/discover` with any error or any result, or exit.
      if (!isLate) member.era = 'legacy';
    }
    const { [CLIENT_INFO_KEY]: clientInfo = this.#context.options.serverInfo } = JSON.parse(
      this.#context.meta,
    );
    // In MCP 2026-07-28 the endpoint takes no requests of servers, so no capability is declared.
    const params = { protocolVersion: LAST_LEGACY_VERSION, capabilities: {}, clientInfo };
    const initialized = await this.#initialize(channel, JSON.stringify(params));
    if (!isLate || !initialized?.envelope.isError) return initialized;
    // The server was still starting at the first probe.
    const reply = await this.#probe(channel, this.#context.options.settings.gatherTimeoutMs);
    return typeof reply === 'object' ? reply : initialized;
  }

  /**
   * Sends `server/discover`. Returns the answer of a server that speaks MCP 2026-07-28; `late` after `timeoutMs`;
   * `down` when the server does not run; `other` for any other answer, or when the server exited.
   */
  async #probe(channel: ServerChannel, timeoutMs: number): Promise<Message | 'late' | 'down' | 'other'> {
    channel.era = 'modern';
    const asking = this.#context.ask(channel, Method.discover, `{"_meta":${this.#context.meta}}`);
    const reply = await this.#context.within(asking, timeoutMs);
    if (reply === 'late') return 'late';
    const code = errorCode(reply);
    // The server does not run. It is asked again when it does.
    if (code === ErrorCode.serverDown) return 'down';
    if (!reply || !isModernAnswer(reply, code)) return 'other';
    channel.member.era = 'modern';
    return reply;
  }

  #introduced(channel: ServerChannel, frame: Frame): void {
    const { result } = JSON.parse(frame.toString('utf8')) as { result?: Record<string, unknown> | null };
    const { capabilities, instructions, protocolVersion } = result ?? {};
    channel.introduction = {
      capabilities: isObject(capabilities) && !isDeep(capabilities) ? capabilities : {},
      instructions: typeof instructions === 'string' ? instructions : undefined,
      protocolVersion: typeof protocolVersion === 'string' ? protocolVersion : undefined,
    };
    channel.refused = undefined;
    channel.member.accepted();
    if (this.#isModern || this.#initialized) this.#tellInitialized(channel);
    this.#noteLate();
  }

  #tellInitialized(channel: ServerChannel, frame = encodeNotification(Method.initialized)): void {
    if (channel.initialized || channel.era === 'modern') return;
    channel.initialized = true;
    channel.deliver(frame);
  }

  /**
   * Reports capabilities of a server that answered after the endpoint had its answer; the next `initialize` tells of them.
   */
  #noteLate(): void {
    if (!this.#told) return;
    const now = mergedCapabilities(this.introduced);
    const late = Object.keys(now).filter((name) => this.#told?.[name] === undefined);
    if (late.length === 0) return;
    this.#told = now;
    this.#context.options.onStatus({ type: 'capabilities-late', capabilities: late });
    this.#noteAnswer();
  }

  /** What the server was good for is not told to the next connection. */
  serverLeft(): void {
    if (this.#told) this.#noteAnswer();
  }

  /** The answer to the endpoint's `initialize` is another from now on. */
  #noteAnswer(): void {
    const { options } = this.#context;
    const version = this.#asked?.protocolVersion ?? '';
    options.onLateAnswer(encodeResult('0', initializeResult(version, this.introduced, options.serverInfo)));
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Capabilities nested deeper than this are dropped: `JSON.stringify` overflows the stack on thousands of levels. */
const MAX_DEPTH = 64;

function isDeep(value: unknown, levels = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeep(inner, levels - 1));
}
