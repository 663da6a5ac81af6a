import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { type Envelope, type IdKey, idKey, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { encodeNotification, encodeResult } from '../../protocol/jsonrpc.js';
import { type InitializeParams, Method } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import { type Behaviour, type CloseWords, INTERNAL_ERROR } from './behaviour.js';
import { RelayedCalls } from './calls.js';
import type { Channel } from './channel.js';
import type { Emit, EndpointStats, ServerConnection, ServerInfo, ToolInfo } from './events.js';
import type { CallerPeer, Relay, ServerPeer } from './relay.js';

const TOOLS_CHANGED = 'notifications/tools/list_changed';

export interface ServerSideOptions {
  socket: WebSocket;
  channel: Channel;
  relay: Relay;
  /** The settings when the connection opened. */
  behaviour: Readonly<Behaviour>;
  identity: Pick<ServerConnection, 'id' | 'fingerprint' | 'imitates' | 'isDeaf'>;
  clock: Clock;
  stats: EndpointStats;
  emit: Emit;
}

interface Answer {
  result?: unknown;
  error?: unknown;
}

/**
 * The connection of one MCP server. On the cloud's path the endpoint itself is the client: it sends `initialize`, lists the
 * tools and sends pings. On the self-hosted path it only relays messages of callers.
 */
export class ServerSide implements ServerPeer {
  readonly channel: Channel;
  readonly calls: RelayedCalls<CallerPeer>;
  readonly #options: ServerSideOptions;
  readonly #connectedAt = Date.now();
  /** The endpoint's own requests, by the key of their id; resolved with undefined when the connection ends. */
  readonly #asked = new Map<IdKey, (answer: Answer | undefined) => void>();
  readonly #timers = new Set<() => void>();
  #serverInfo: ServerInfo | undefined;
  #tools: readonly ToolInfo[] | undefined;
  /** Number of the latest listing of tools; results of earlier ones are ignored. */
  #listing = 0;
  /** Next request id. 0 and 1 belong to the endpoint's own first two requests, even if callers send requests before. */
  #nextId = 2;

  constructor(options: ServerSideOptions) {
    const { socket, channel, relay, behaviour, identity } = options;
    this.#options = options;
    this.channel = channel;
    // Real endpoints spell ids differently: the cloud uses integers, the self-hosted endpoint strings.
    const prefix = randomUUID();
    this.calls = new RelayedCalls(() =>
      identity.imitates === 'cloud' ? this.#takeId() : `"${prefix}_n_${this.#takeId()}"`,
    );
    if (!identity.isDeaf) relay.addServer(this);
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.once('close', () => this.#leave());
    if (behaviour.dropAfterMs !== undefined) this.#after(behaviour.dropAfterMs, () => channel.drop());
    if (behaviour.silent) channel.pause();
  }

  /** Sends the first messages of a new connection. Not in the constructor: the event of the connection comes first. */
  start(): void {
    const { behaviour, identity } = this.#options;
    if (identity.isDeaf || behaviour.silent || identity.imitates !== 'cloud') return;
    if (behaviour.initialize !== 'none') void this.#sendInitialize(behaviour.initialize);
  }

  get connection(): ServerConnection {
    return {
      ...this.#options.identity,
      connectedAt: this.#connectedAt,
      serverInfo: this.#serverInfo,
      tools: this.#tools,
    };
  }

  /** Closes the connection. Pending requests are answered with an error before the closing handshake begins. */
  close({ code, reason }: CloseWords): void {
    this.channel.close(code, reason);
    this.#leave();
  }

  #receive(frame: Frame, isBinary: boolean): void {
    const { relay, identity, stats, emit } = this.#options;
    stats.framesIn += 1;
    if (isBinary) {
      // The self-hosted endpoint closes with this code; RFC 6455 §7.4.1 has 1003 for it.
      return this.close(
        identity.imitates === 'cloud'
          ? { code: 1003, reason: 'text frames only' }
          : { code: 1000, reason: '' },
      );
    }
    emit('server-frame', this.connection, frame);
    if (identity.isDeaf || !this.channel.isOpen) {
      stats.framesIgnored += 1;
      return;
    }
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'response' && this.#takeAnswer(frame, envelope)) return;
    if (envelope.kind === 'request' && envelope.method === Method.ping && identity.imitates === 'cloud') {
      return this.channel.send(encodeResult(rawId(frame, envelope), {}), this.channel);
    }
    const call = relay.fromServer(this, frame, envelope);
    if (call?.method === Method.initialize && !envelope.isError) {
      this.#initialized((JSON.parse(frame.toString('utf8')) as Answer).result);
    }
    const isHeeded = envelope.method === TOOLS_CHANGED && !this.#options.behaviour.ignoreListChanged;
    if (isHeeded && this.#tools) void this.#listTools(this.#takeId());
  }

  async #sendInitialize(params: InitializeParams): Promise<void> {
    const { initializeTimeoutMs, pingIntervalMs } = this.#options.behaviour;
    const asked = this.#ask('0', Method.initialize, params);
    const stopWaiting =
      initializeTimeoutMs > 0
        ? this.#after(initializeTimeoutMs, () => this.close(INTERNAL_ERROR))
        : undefined;
    const answer = await asked;
    stopWaiting?.();
    if (!answer) return;
    // The cloud closes with 4004 within a millisecond after an error to `initialize`.
    if (answer.error !== undefined) return this.close(INTERNAL_ERROR);
    this.#initialized(answer.result);
    this.channel.send(encodeNotification(Method.initialized));
    if (pingIntervalMs > 0) this.#after(pingIntervalMs, () => void this.#ping(pingIntervalMs));
    await this.#listTools('1');
  }

  #initialized(result: unknown): void {
    const isFirst = this.#serverInfo === undefined;
    const info = (result as { serverInfo?: unknown } | undefined)?.serverInfo;
    this.#serverInfo = typeof info === 'object' && info !== null ? (info as ServerInfo) : {};
    this.#options.emit('server-initialized', this.connection);
    const { closeAfterInitializeMs, closeWith } = this.#options.behaviour;
    if (isFirst && closeAfterInitializeMs !== undefined) {
      this.#after(closeAfterInitializeMs, () => this.close(closeWith));
    }
  }

  async #listTools(firstId: string): Promise<void> {
    const turn = ++this.#listing;
    const tools: ToolInfo[] = [];
    const seen = new Set<unknown>();
    let params: { cursor?: unknown } = {};
    for (let id = firstId; ; id = this.#takeId()) {
      const answer = await this.#ask(id, 'tools/list', params);
      if (!answer || turn !== this.#listing) return;
      const page = answer.result as { tools?: unknown; nextCursor?: unknown } | undefined;
      if (Array.isArray(page?.tools)) tools.push(...(page.tools as ToolInfo[]));
      const cursor = page?.nextCursor;
      // A cursor that comes twice would loop for ever.
      if (cursor === undefined || cursor === null || seen.has(cursor)) break;
      seen.add(cursor);
      params = { cursor };
    }
    this.#tools = tools;
    this.#options.emit('server-tools', this.connection);
  }

  async #ping(intervalMs: number): Promise<void> {
    const answer = await this.#ask(this.#takeId(), Method.ping, {});
    if (!answer) return;
    this.#options.stats.pingsAnswered += 1;
    this.#after(intervalMs, () => void this.#ping(intervalMs));
  }

  /** Sends a request of the endpoint itself, with its members in the order of the cloud. */
  #ask(id: string, method: string, params: unknown): Promise<Answer | undefined> {
    if (!this.channel.isOpen) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#asked.set(idKey(id), resolve);
      const text = `{"id":${id},"jsonrpc":"2.0","method":"${method}","params":${JSON.stringify(params)}}`;
      this.channel.send(Buffer.from(text, 'utf8'));
    });
  }

  #takeAnswer(frame: Frame, envelope: Envelope): boolean {
    const key = envelope.idStart < 0 ? '' : idKey(rawId(frame, envelope));
    const resolve = this.#asked.get(key);
    if (!resolve) return false;
    this.#asked.delete(key);
    resolve(JSON.parse(frame.toString('utf8')) as Answer);
    return true;
  }

  #takeId(): string {
    return String(this.#nextId++);
  }

  #after(ms: number, fn: () => void): () => void {
    const stop = () => {
      cancel();
      this.#timers.delete(stop);
    };
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(stop);
      fn();
    });
    this.#timers.add(stop);
    return stop;
  }

  #leave(): void {
    for (const stop of [...this.#timers]) stop();
    this.#options.relay.removeServer(this);
    for (const resolve of this.#asked.values()) resolve(undefined);
    this.#asked.clear();
  }
}
