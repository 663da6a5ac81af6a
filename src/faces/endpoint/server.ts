import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../time/clock.js';
import { hasSeveralHosts, refuseForeign } from '../http/headers.js';
import { ListenError } from '../http/listen-error.js';
import { refusal, reject } from '../http/rejection.js';
import { SharedBytes } from '../shared-bytes.js';
import { type Behaviour, BehaviourTable, checkCloseWords, defaultBehaviour } from './behaviour.js';
import type { Emit, EndpointEvents, EndpointStats, Imitates, ServerConnection } from './events.js';
import { Rooms } from './rooms.js';
import type { EndpointOptions, RunningEndpoint } from './running-endpoint.js';
import type { ServerSide } from './server-side.js';
import { countUnfinished } from './unfinished.js';
import {
  fingerprintFor,
  isCrossSite,
  type Route,
  readHttpToken,
  readTarget,
  rejectUpgrade,
  routeOf,
  shownPath,
} from './upgrade.js';

/**
 * Starts an endpoint that servers and callers can dial.
 *
 * @returns the endpoint, when it listens.
 * @throws ListenError when the address cannot be used.
 * @throws RangeError for impossible settings.
 */
export async function startEndpoint(options: EndpointOptions = {}): Promise<RunningEndpoint> {
  const endpoint = new EmbeddedEndpoint(options);
  await endpoint.listen();
  return endpoint;
}

/** Most dials kept for a token, and most tokens with dials: clients choose both numbers. */
const MAX_DIALS = 1_000;
const MAX_DIALLED_TOKENS = 1_000;

/** Close reasons for a token that is missing or not accepted, as the two endpoints spell them. */
const TOKEN_REFUSED: Readonly<Record<Imitates, { missing: string; unknown: string }>> = {
  cloud: { missing: 'missing token', unknown: 'token not accepted' },
  'self-hosted': { missing: '缺少token参数', unknown: 'token解密失败' },
};

const TOKEN_NOT_ACCEPTED = refusal(403, 'this token is not accepted');

class EmbeddedEndpoint implements RunningEndpoint {
  readonly host: string;
  readonly stats: EndpointStats = {
    accepted: 0,
    rejected: 0,
    maxConcurrentPerToken: 0,
    framesIn: 0,
    framesOut: 0,
    pingsAnswered: 0,
    repliesDropped: 0,
    framesIgnored: 0,
  };
  readonly #options: EndpointOptions;
  readonly #clock: Clock;
  readonly #behaviours: BehaviourTable;
  readonly #tokens: ReadonlySet<string> | undefined;
  readonly #http = createServer((request, response) => this.#answer(request, response));
  readonly #sockets: WebSocketServer;
  readonly #unfinished: SharedBytes;
  readonly #rooms: Rooms;
  readonly #events = new EventEmitter();
  readonly #dials = new Map<string, number[]>();
  #closing: Promise<void> | undefined;

  constructor(options: EndpointOptions) {
    const {
      maxQueuedBytes = 1024 * 1024,
      closeTimeoutMs = 2_000,
      webSocketPingIntervalMs = 20_000,
      maxFrameBytes = 16 * 1024 * 1024,
      sessionIdleMs = 30 * 60_000,
      maxSessions = 1_000,
      maxSharedBytes = 64 * 1024 * 1024,
    } = options;
    this.#options = options;
    this.#unfinished = new SharedBytes(maxSharedBytes);
    this.host = options.host ?? '127.0.0.1';
    this.#clock = options.clock ?? systemClock;
    this.#tokens = options.tokens && new Set(options.tokens);
    const own = Object.keys(defaultBehaviour) as (keyof Behaviour)[];
    const given = own.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
    this.#behaviours = new BehaviourTable(Object.fromEntries(given) as Partial<Behaviour>, options.byToken);
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: true,
      maxPayload: maxFrameBytes,
      // Real endpoints name no subprotocol to servers; the SDK's WebSocket client requires one.
      handleProtocols: (offered, request) =>
        offered.has('mcp') && /^\/(mcp_endpoint\/)?call/.test(request.url ?? '') ? 'mcp' : false,
    });
    this.#rooms = new Rooms({
      ...{ behaviours: this.#behaviours, clock: this.#clock, stats: this.stats, emit: this.#emit },
      ...{ webSocketPingIntervalMs, maxQueuedBytes, closeTimeoutMs, maxFrameBytes },
      ...{ sessionIdleMs, maxSessions },
      unfinished: this.#unfinished,
      unread: new SharedBytes(maxSharedBytes),
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async listen(): Promise<void> {
    const { port = 0 } = this.#options;
    this.#http.listen(port, this.host);
    try {
      await once(this.#http, 'listening');
    } catch (error) {
      throw new ListenError(this.host, port, error as NodeJS.ErrnoException);
    }
  }

  get port(): number {
    return (this.#http.address() as AddressInfo | null)?.port ?? 0;
  }

  serverUrl(token: string): string {
    return this.#url('/mcp/', token);
  }

  selfHostedUrl(token: string): string {
    return this.#url('/mcp_endpoint/mcp/', token);
  }

  callerUrl(token: string): string {
    return this.#url('/call/', token);
  }

  httpUrl(token: string): string {
    return `http://${this.#ownHost}/call/${encodeURIComponent(token)}`;
  }

  connections(): ServerConnection[] {
    const all = this.#servers().map((server) => server.connection);
    return all.sort((a, b) => a.id - b.id);
  }

  dials(token: string): readonly number[] {
    return [...(this.#dials.get(token) ?? [])];
  }

  on<Name extends keyof EndpointEvents>(name: Name, fn: (...args: EndpointEvents[Name]) => void): () => void {
    const listener = fn as (...args: unknown[]) => void;
    this.#events.on(name, listener);
    return () => this.#events.off(name, listener);
  }

  set(settings: Partial<Behaviour>, token?: string): void {
    this.#behaviours.set(settings, token);
  }

  closeServers(token?: string, code = 1000, reason = ''): number {
    checkCloseWords({ code, reason });
    return this.#each(token, (server) => server.close({ code, reason }));
  }

  dropServers(token?: string): number {
    return this.#each(token, (server) => server.channel.drop());
  }

  pauseServers(token?: string): number {
    return this.#each(token, (server) => server.channel.pause());
  }

  resumeServers(token?: string): number {
    return this.#each(token, (server) => server.channel.resume());
  }

  sendToServers(text: string, token?: string): number {
    return this.#each(token, (server) => server.channel.send(Buffer.from(text, 'utf8')));
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    const words = { code: 1001, reason: 'the endpoint is shutting down' };
    const stopped = this.#http.listening ? once(this.#http, 'close') : undefined;
    this.#http.close();
    const gone = [...this.#sockets.clients].map((socket) => once(socket, 'close'));
    for (const [, room] of this.#rooms.of()) {
      // Closed first, so that pending requests are answered with the true reason.
      room.http?.close();
      for (const server of room.servers) server.close(words);
      for (const caller of room.callers) caller.channel.close(words.code, words.reason);
    }
    await Promise.all(gone);
    this.#http.closeAllConnections();
    await stopped;
  }

  readonly #emit: Emit = (name, ...args) => {
    this.#events.emit(name, ...args);
  };

  #servers(token?: string): ServerSide[] {
    return this.#rooms.of(token).flatMap(([, room]) => room.servers);
  }

  #each(token: string | undefined, fn: (server: ServerSide) => void): number {
    const servers = this.#servers(token).filter((server) => server.channel.isOpen);
    for (const server of servers) fn(server);
    return servers.length;
  }

  get #ownHost(): string {
    const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[this.host] ?? this.host;
    return `${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  /** `host:port` under which pages of this endpoint are loaded; undefined when it listens on every address. */
  get #ownHosts(): string[] | undefined {
    if (this.host === '0.0.0.0' || this.host === '::') return undefined;
    const loopback = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${this.port}`);
    return loopback.includes(this.#ownHost) ? loopback : [this.#ownHost];
  }

  #url(path: string, token: string): string {
    return `ws://${this.#ownHost}${path}?token=${encodeURIComponent(token)}`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer may vanish in the middle of its handshake.
    socket.on('error', () => socket.destroy());
    const target = readTarget(request);
    if (!target || hasSeveralHosts(request)) return this.#reject(socket, '', 400);
    const { token } = target;
    const path = shownPath(request);
    if (isCrossSite(request, this.#ownHosts)) return this.#reject(socket, path, 403);
    const route = routeOf(path);
    if ('status' in route) return this.#reject(socket, path, route.status);
    if (this.#closing) return this.#reject(socket, path, 503);
    if (route.side === 'server') {
      this.#noteDial(token);
      const refusal = this.#behaviours.of(token).rejectUpgrade;
      if (refusal) return this.#reject(socket, path, refusal.status, refusal.retryAfterSeconds);
    }
    this.#sockets.handleUpgrade(request, socket, head, (accepted) =>
      this.#admit(accepted, request, route, token),
    );
  }

  #admit(socket: WebSocket, request: IncomingMessage, route: Route, token: string): void {
    this.stats.accepted += 1;
    // ws closes the socket with the right code itself, and 'close' follows.
    socket.on('error', () => {});
    // Finds peers whose machine is gone, on connections without pings.
    request.socket.setKeepAlive(true, 60_000);
    countUnfinished(socket, request.socket, this.#unfinished);
    const { side, imitates } = route;
    const fingerprint = fingerprintFor(request, token, this.#ownHost);
    if (token === '' || (this.#tokens && !this.#tokens.has(token))) {
      const reason = TOKEN_REFUSED[imitates][token === '' ? 'missing' : 'unknown'];
      return this.#rooms.refuse(socket, fingerprint, side, { code: 1008, reason });
    }
    const guest = { socket, token, fingerprint, imitates };
    if (side === 'server') this.#rooms.admitServer(guest);
    else this.#rooms.admitCaller(guest);
  }

  #reject(socket: Duplex, path: string, status: number, retryAfterSeconds?: number): void {
    this.stats.rejected += 1;
    rejectUpgrade(socket, status, retryAfterSeconds);
    this.#emit('upgrade-rejected', { path, status });
  }

  #noteDial(token: string): void {
    const dials = this.#dials.get(token) ?? [];
    dials.push(this.#clock.now());
    if (dials.length > MAX_DIALS) dials.shift();
    // Deleted and set again, so that the oldest entry stands first and is removed first.
    this.#dials.delete(token);
    this.#dials.set(token, dials);
    if (this.#dials.size > MAX_DIALLED_TOKENS) this.#dials.delete(this.#dials.keys().next().value!);
  }

  /** Answers plain HTTP requests with the list of connections, without tokens. */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = shownPath(request);
    if (hasSeveralHosts(request)) {
      response.writeHead(400, { connection: 'close' }).end();
      return;
    }
    const caller = readHttpToken(request);
    if (caller !== undefined) return this.#answerCaller(request, response, path, caller);
    const foreign = refuseForeign(request, this.#ownHosts);
    if (foreign) reject(response, foreign);
    else if (path === '/' && request.method === 'GET') {
      const tokens = this.#rooms.of().map(([token, { servers, callers, http }]) => ({
        fingerprint: fingerprintFor(request, token, this.#ownHost),
        servers: servers.length,
        callers: callers.length + (http?.sessionCount ?? 0),
      }));
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(`${JSON.stringify({ tokens })}\n`);
    } else if ('side' in routeOf(path)) response.writeHead(426, { upgrade: 'websocket' }).end();
    else response.writeHead(404).end();
  }

  /** Answers requests of callers over HTTP. */
  #answerCaller(request: IncomingMessage, response: ServerResponse, path: string, token: string): void {
    const isKnown = !this.#tokens || this.#tokens.has(token);
    const rejection = refuseForeign(request, this.#ownHosts) ?? (isKnown ? undefined : TOKEN_NOT_ACCEPTED);
    if (!rejection) {
      return this.#rooms.answerCaller(
        request,
        response,
        token,
        fingerprintFor(request, token, this.#ownHost),
      );
    }
    reject(response, rejection);
    this.#emit('upgrade-rejected', { path, status: rejection.status });
  }
}
