import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { factsOfError } from '../dial-failure.js';
import { RemoteError } from './remote-error.js';
import type { RemoteServer } from './remote-server.js';

/** One HTTP request to a remote server. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Default: the server's URL. */
  url?: URL | undefined;
  /** Names in small letters. They go before the configured ones of the same name. */
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | undefined;
  /** Called when the system has taken the whole request. */
  onSent?: (() => void) | undefined;
  /** Ends the request, its answer's body included. */
  signal?: AbortSignal | undefined;
}

/** The head of an answer, of any status. */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** What was asked, after redirections. */
  url: URL;
  /** Must be read or destroyed: the connection is not free before that. Its `error` is a cut connection. */
  body: IncomingMessage;
}

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

/** Sends requests to one remote server. The transports know nothing else of the network. */
export interface HttpRequests {
  /**
   * Resolves with the head of the answer, whatever its status is. A request that the server has certainly not read is
   * repeated once: on a kept connection that it had closed, and after a login was renewed.
   *
   * @throws RemoteError when no answer came (`unreachable`), or no login can be had (`unauthorized`); anything else only
   *   after `signal` has aborted.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends kept connections and running requests. Later requests make new connections. */
  close(): void;
}

export function httpRequests(server: RemoteServer, authorizer?: Authorizer): HttpRequests {
  return new NodeRequests(server, authorizer);
}

class NodeRequests implements HttpRequests {
  readonly #server: RemoteServer;
  readonly #url: URL;
  readonly #authorizer: Authorizer | undefined;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };

  constructor(server: RemoteServer, authorizer: Authorizer | undefined) {
    this.#server = server;
    this.#url = new URL(server.url);
    this.#authorizer = authorizer;
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#sendOnce(request);
    if (!this.#authorizer || (answer.status !== 401 && answer.status !== 403)) return answer;
    if (!(await this.#authorizer.refused(answer, request.signal))) return answer;
    answer.body.destroy();
    return this.#sendOnce(request);
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #sendOnce({
    method,
    url = this.#url,
    headers,
    body,
    onSent,
    signal,
  }: HttpRequest): Promise<HttpAnswer> {
    const login = (await this.#authorizer?.headers(signal)) ?? {};
    const configured = Object.fromEntries(
      Object.entries(this.#server.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const { request } = url.protocol === 'https:' ? https : http;
    const agent = this.#agents[url.protocol as 'http:' | 'https:'];
    return new Promise((resolve, reject) => {
      const asking = request(
        url,
        {
          ...{ method, agent },
          headers: { 'user-agent': 'mcp-pipe', ...configured, ...login, ...headers },
          ...(signal ? { signal } : {}),
        },
        (answer) => {
          const { statusCode: status = 0 } = answer;
          resolve({ status, headers: answer.headers, url, body: answer });
        },
      );
      asking.on('error', (error) =>
        reject(
          new RemoteError(
            'no answer from the server',
            { kind: 'unreachable', reason: factsOfError(error).reason },
            error,
          ),
        ),
      );
      if (onSent) asking.on('finish', onSent);
      asking.end(body);
    });
  }
}
