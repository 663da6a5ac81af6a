import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { type Clock, systemClock } from '../../time/clock.js';
import { factsOfResponse } from '../dial-failure.js';
import { connect, notReached } from './connect.js';
import { CommandHeaders } from './headers-command.js';
import type { HttpAnswer, HttpRequest } from './http-request.js';
import type { RemoteServer } from './remote-server.js';
import { secureContextOf } from './secure-context.js';
import { LostConnection, sendRequest } from './send-request.js';
import { ServerAgent } from './server-agent.js';

export type { HttpAnswer, HttpRequest };

/** Adds what a login requires to requests, and renews it when the server does not accept it any more. */
export interface Authorizer {
  /** Headers for the next request; rejects with a RemoteError (`unauthorized`) when a person has to log in first. */
  headers(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * The server answered 401, or 403 with `insufficient_scope`. Returns whether other headers can be had now, so that the
   * request is worth repeating once; the answer's body was not read.
   */
  refused(answer: Pick<HttpAnswer, 'status' | 'headers' | 'url'>, signal?: AbortSignal): Promise<boolean>;
}

type Fields = Readonly<Record<string, string>>;

/** Sends requests to one remote server. The transports know nothing else of the network. */
export interface HttpRequests {
  /**
   * Resolves with the head of the answer, whatever its status is. A request that the server has certainly not read, or that
   * may be read twice, is repeated once when a kept connection was closed under it; any request, after a login was renewed.
   * While a server that has answered 429 wants to be left alone, the answer is that again, and nothing is sent.
   *
   * @throws RemoteError when no answer came: `unreachable`, the server has not read the request; `cut`, it may have read it;
   *   `unauthorized`, no login can be had; `not-started`, a file or command of its configuration cannot be used. Anything else only after `signal` has aborted.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * The headers with which a WebSocket is opened: the configured ones, a command's and a login's. With `refusedBy`, the
   * status with which the server has refused the last ones: others, or undefined when there are none.
   *
   * @throws RemoteError
   */
  upgradeHeaders(signal: AbortSignal, refusedBy?: number): Promise<Fields | undefined>;
  /** Ends kept connections and running requests. Later requests make new connections. */
  close(): void;
}

/** See `config/defaults.ts` for each one's meaning; what is undefined is left to the system and to Node.js. */
export interface RequestSettings {
  dialTimeoutMs?: number | undefined;
  keptConnections?: number | undefined;
  keptConnectionMs?: number | undefined;
  headersCommandTimeoutMs?: number | undefined;
}

export interface RequestsOptions {
  settings?: RequestSettings | undefined;
  clock?: Clock | undefined;
  /** Called with values that must never be shown, and that the configuration does not hold: headers of a command or login. */
  onSecrets?: ((secrets: readonly string[]) => void) | undefined;
}

export function httpRequests(
  server: RemoteServer,
  authorizer?: Authorizer,
  options: RequestsOptions = {},
): HttpRequests {
  return new NodeRequests(server, authorizer, options);
}

/** Redirections that are followed for one request. */
const MOST_REDIRECTS = 3;
/** The longest pause that a server gets, in milliseconds: an hour is long enough for any server to come back. */
const LONGEST_PAUSE_MS = 3_600_000;
/** A shorter pause that the server asks for is simply waited for, in milliseconds. */
const WAITED_PAUSE_MS = 2_000;
/** Of the request itself; configured or printed ones would make it unreadable (RFC 9112 §6, RFC 9110 §7.6.1). */
const OWN_HEADERS = new Set([
  ...['connection', 'content-length', 'expect', 'keep-alive', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade'],
]);

// D172
class NodeRequests implements HttpRequests {
  readonly #url: URL;
  readonly #configured: Fields;
  readonly #network: RemoteServer['network'];
  readonly #authorizer: Authorizer | undefined;
  readonly #command: CommandHeaders | undefined;
  readonly #options: RequestsOptions;
  readonly #clock: Clock;
  readonly #agents: Record<'http:' | 'https:', ServerAgent>;
  /** Ends the connections that are being opened. */
  #closing = newEnd();
  readonly #sessions = new Map<string, Buffer>();
  /** The last headers of a WebSocket. */
  #upgrade: { all: Fields; printed: Fields | undefined } | undefined;
  #secureContext: ReturnType<typeof secureContextOf> | undefined;
  /** Where the server's URL leads; learned from its redirections. */
  #movedTo: URL | undefined;
  /** Until then the server wants to be left alone, by `#clock`; its status. */
  #pause: { until: number; status: number } | undefined;

  constructor(server: RemoteServer, authorizer: Authorizer | undefined, options: RequestsOptions) {
    const { settings = {}, clock = systemClock } = options;
    this.#url = new URL(server.url);
    this.#url.hash = '';
    this.#configured = withoutOwn(server.headers);
    this.#network = server.network;
    this.#authorizer = authorizer;
    this.#options = options;
    this.#clock = clock;
    this.#command =
      server.headersCommand &&
      new CommandHeaders(server.headersCommand, { timeoutMs: settings.headersCommandTimeoutMs, clock });
    const agentOf = (protocol: 'http:' | 'https:') =>
      new ServerAgent(
        protocol,
        {
          most: settings.keptConnections ?? 256,
          forMs: settings.keptConnectionMs ?? Number.POSITIVE_INFINITY,
        },
        (host, port) => this.#connect(host, port, protocol === 'https:'),
      );
    this.#agents = { 'http:': agentOf('http:'), 'https:': agentOf('https:') };
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const pausing = request.method === 'DELETE' ? undefined : await this.#inPause(request);
    if (pausing) return pausing;
    const headers = await this.#headers(request);
    const answer = await this.#follow(request, headers.all);
    this.#notePause(answer);
    if (answer.status !== 401 && answer.status !== 403) return answer;
    if (!(await this.#isRenewed(answer, headers, request.signal))) return answer;
    answer.body.destroy();
    return this.#follow(request, (await this.#headers(request)).all);
  }

  async upgradeHeaders(signal: AbortSignal, refusedBy?: number): Promise<Fields | undefined> {
    if (this.#upgrade && refusedBy !== undefined) {
      const answer = { status: refusedBy, headers: {}, url: this.#url, body: Readable.from([]) };
      if (!(await this.#isRenewed(answer, this.#upgrade, signal))) return undefined;
    }
    this.#upgrade = await this.#headers({ method: 'GET', headers: {}, signal });
    return this.#upgrade.all;
  }

  close(): void {
    this.#closing.abort();
    this.#closing = newEnd();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** The answer of a server that asked for a pause, which gets nothing before that is over; undefined: it is, or will be soon. */
  async #inPause({ url = this.#url, signal }: HttpRequest): Promise<HttpAnswer | undefined> {
    if (!this.#pause) return undefined;
    const { status, until } = this.#pause;
    const leftMs = until - this.#clock.now();
    if (leftMs > WAITED_PAUSE_MS) {
      return {
        status,
        headers: { 'retry-after': `${Math.ceil(leftMs / 1000)}` },
        url,
        body: Readable.from([]),
      };
    }
    if (leftMs > 0) await this.#clock.sleep(leftMs, signal);
    signal?.throwIfAborted();
    this.#pause = undefined;
    return undefined;
  }

  #notePause({ status, headers }: HttpAnswer): void {
    if (status !== 429 && status !== 503) return;
    const { retryAfterMs } = factsOfResponse(status, headers, Date.now());
    if (!retryAfterMs) return;
    this.#pause = { status, until: this.#clock.now() + Math.min(retryAfterMs, LONGEST_PAUSE_MS) };
  }

  /** The headers of a request, and those of the command and the login among them. */
  async #headers({
    url,
    headers,
    signal,
  }: HttpRequest): Promise<{ all: Fields; printed: Fields | undefined }> {
    const own = { 'user-agent': 'mcp-pipe', 'accept-encoding': 'identity' };
    // Nothing that is configured for this server goes to another one.
    if (url && url.origin !== this.#url.origin) return { all: { ...own, ...headers }, printed: undefined };
    const printed = await this.#command?.headers();
    const login = await this.#authorizer?.headers(signal);
    const made = Object.values({ ...printed, ...login });
    if (made.length > 0) this.#options.onSecrets?.(made.flatMap(secretsOf));
    return { all: { ...own, ...this.#configured, ...withoutOwn(printed), ...login, ...headers }, printed };
  }

  /** Whether there are other headers now than those which the server refused. */
  async #isRenewed(
    answer: HttpAnswer,
    { printed }: { printed: Fields | undefined },
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    try {
      const isPrinted = printed !== undefined && (await this.#command!.renewed(printed));
      return isPrinted || (await this.#authorizer?.refused(answer, signal)) === true;
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
  }

  /** Sends a request, and follows redirections that stay at this server and keep the method (RFC 9110 §15.4.8). */
  async #follow(request: HttpRequest, headers: Fields): Promise<HttpAnswer> {
    const isServerUrl = request.url === undefined;
    let url = request.url ?? this.#movedTo ?? this.#url;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#sendOnce(request, url, headers);
      const { status } = answer;
      const target = redirects < MOST_REDIRECTS && (status === 307 || status === 308) && targetOf(answer);
      if (!target) {
        if (isServerUrl && status >= 400) this.#movedTo = undefined;
        return answer;
      }
      answer.body.destroy();
      // Frameworks redirect to their path with a slash by 307; each call would pay for that.
      if (isServerUrl && (status === 308 || target.pathname === `${url.pathname}/`)) this.#movedTo = target;
      url = target;
    }
  }

  async #sendOnce(request: HttpRequest, url: URL, headers: Fields): Promise<HttpAnswer> {
    const agent = this.#agents[url.protocol as 'http:' | 'https:'];
    agent.endIdle();
    try {
      return await sendRequest(request, url, headers, agent);
    } catch (error) {
      if (!(error instanceof LostConnection)) throw error;
      // D171: never a call that may have had its effect.
      const mayRepeat = request.method !== 'POST' || request.isRepeatable || !error.mayBeRead;
      if (!error.wasKept || !mayRepeat) throw error.toRemote(request);
      // The others were idle as long: most likely they are closed, too.
      agent.endIdle(true);
    }
    try {
      return await sendRequest(request, url, headers, agent);
    } catch (error) {
      throw error instanceof LostConnection ? error.toRemote(request) : error;
    }
  }

  /** The client certificate is shown to no other server. */
  #secure(isOwn: boolean): ReturnType<typeof secureContextOf> {
    if (!isOwn) return secureContextOf({ ...this.#network, clientCertificate: undefined });
    this.#secureContext ??= secureContextOf(this.#network);
    return this.#secureContext;
  }

  async #connect(host: string, port: number, isSecure: boolean) {
    const isOwn = host === this.#url.hostname.replace(/^\[(.*)\]$/, '$1');
    const key = `${host}:${port}`;
    try {
      const { socket } = await connect(
        { host, port, isSecure },
        {
          network: this.#network,
          secureContext: isSecure || this.#network.proxy?.isSecure ? await this.#secure(isOwn) : undefined,
          session: isOwn ? this.#sessions.get(key) : undefined,
          timeoutMs: this.#options.settings?.dialTimeoutMs,
          clock: this.#clock,
          signal: this.#closing.signal,
        },
      );
      socket.on('session', (session: Buffer) => this.#sessions.set(key, session));
      return socket;
    } catch (error) {
      // The files may be corrected meanwhile.
      this.#secureContext = undefined;
      this.#sessions.delete(key);
      throw notReached(error);
    }
  }
}

/** Headers of the configuration or its command, as they may be sent: names in small letters. */
function withoutOwn(fields: Fields = {}): Fields {
  return Object.fromEntries(
    Object.entries(fields)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !OWN_HEADERS.has(name)),
  );
}

/** Where a redirection leads if that is the same server; undefined otherwise. */
function targetOf({ headers: { location }, url }: HttpAnswer): URL | undefined {
  if (location === undefined || !URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  target.hash = '';
  // A login in the address would be sent as a header of its own.
  return target.origin === url.origin && target.username === '' && target.password === ''
    ? target
    : undefined;
}

/** A header's value, and the credentials behind its scheme (`Bearer …`). */
function secretsOf(value: string): string[] {
  const [, credentials] = /^\S+\s+(\S.*)$/.exec(value) ?? [];
  return credentials === undefined ? [value] : [value, credentials];
}

/** Each connection that is being opened listens to it: Node's warning about more than ten is meant for leaks. */
function newEnd(): AbortController {
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  return end;
}
