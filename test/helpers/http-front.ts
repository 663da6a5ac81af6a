import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { VERSION_KEY } from '../../src/protocol/mcp.js';
import { FrontSession } from './http-front-session.js';

/** A started server on stdio, as the front sees it. */
export interface FrontProcess {
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the process has exited, or could not be started. */
  readonly exited: Promise<unknown>;
  kill(): void;
}

export interface FrontRequest {
  method: string;
  /** Names in small letters. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** Sends the head of the answer; its body is written to what is returned, whose `close` event tells that the client has gone. */
export type Respond = (status: number, headers: Record<string, string>) => Writable;

export const SESSION = 'mcp-session-id';
const VERSION = 'mcp-protocol-version';
const MODERN = '2026-07-28';

/**
 * A server on stdio as a remote one, by the book of Streamable HTTP: each session has a process of its own, which ends with
 * it, and the requests of MCP 2026-07-28, which know no session, share one. When a process has ended, what it had not answered
 * is cut off and its session is unknown (404). Requests that break a rule of the protocol get 4xx, and are noted.
 */
export class HttpFront {
  /** What clients did against the rules. */
  readonly violations: string[] = [];
  readonly #launch: () => FrontProcess;
  readonly #sessions = new Map<string, FrontSession>();
  #modern: FrontSession | undefined;

  constructor(launch: () => FrontProcess) {
    this.#launch = launch;
  }

  handle(request: FrontRequest, respond: Respond): void {
    if (request.method === 'POST') this.#post(request, respond);
    else if (request.method === 'GET') this.#get(request, respond);
    else if (request.method === 'DELETE') this.#delete(request, respond);
    else refuse(respond, 405, 'no such method');
  }

  /** Kills every process. */
  close(): void {
    for (const session of [...this.#sessions.values(), this.#modern]) session?.kill();
  }

  #get({ headers }: FrontRequest, respond: Respond): void {
    if (!accepts(headers, 'text/event-stream')) return this.#violation(respond, 406, 'GET without Accept');
    const id = headers[SESSION];
    if (id === undefined) return refuse(respond, 405, 'no stream without a session');
    const session = this.#sessions.get(String(id));
    if (!session) return refuse(respond, 404, 'no such session');
    if (session.isInitialized && headers[VERSION] === undefined)
      return this.#violation(respond, 400, 'GET without a version');
    session.listen(respond(200, eventStream()));
  }

  #delete({ headers }: FrontRequest, respond: Respond): void {
    const session = this.#sessions.get(String(headers[SESSION]));
    if (!session) return refuse(respond, 404, 'no such session');
    session.end();
    respond(204, {}).end();
  }

  #post({ headers, body }: FrontRequest, respond: Respond): void {
    if (!accepts(headers, 'application/json') || !accepts(headers, 'text/event-stream'))
      return this.#violation(respond, 406, `Accept: ${headers.accept}`);
    if (!String(headers['content-type']).startsWith('application/json'))
      return this.#violation(respond, 415, `Content-Type: ${headers['content-type']}`);
    const messages = messagesIn(body);
    if (!messages) return refuse(respond, 400, 'no JSON');
    const [first] = messages;
    const id = headers[SESSION];
    if (id === undefined && first?.method === 'initialize') return this.#initialize(body, messages, respond);
    if (id !== undefined) {
      const session = this.#sessions.get(String(id));
      if (!session) return refuse(respond, 404, 'no such session');
      if (session.isInitialized && headers[VERSION] === undefined)
        return this.#violation(respond, 400, 'POST without a version');
      return session.take(body, messages, respond);
    }
    const isDiscover = first?.method === 'server/discover';
    if (headers[VERSION] !== MODERN || (this.#modern?.isRefused && !isDiscover))
      return refuse(respond, 400, 'no session');
    this.#postModern(headers, body, messages, respond);
  }

  #initialize(body: Buffer, messages: readonly Message[], respond: Respond): void {
    const id = randomUUID();
    const session = new FrontSession(this.#launch(), {
      id,
      onEnded: () => this.#sessions.delete(id),
    });
    this.#sessions.set(id, session);
    session.take(body, messages, respond);
  }

  #postModern(
    headers: FrontRequest['headers'],
    body: Buffer,
    messages: readonly Message[],
    respond: Respond,
  ): void {
    const [message] = messages;
    const { method, params } = message ?? {};
    const name = params?.name ?? params?.uri;
    if (messages.length !== 1 || headers['mcp-method'] !== method)
      return this.#violation(respond, 400, `Mcp-Method: ${headers['mcp-method']} for ${method}`);
    if (['tools/call', 'prompts/get', 'resources/read'].includes(String(method)) && !headers['mcp-name'])
      return this.#violation(respond, 400, `no Mcp-Name for ${method} of ${name}`);
    if (message?.id !== undefined && params?._meta?.[VERSION_KEY] !== MODERN)
      return this.#violation(respond, 400, `_meta without ${VERSION_KEY}`);
    this.#modern ??= new FrontSession(this.#launch(), {
      id: undefined,
      onEnded: () => {
        this.#modern = undefined;
      },
    });
    this.#modern.take(body, messages, respond);
  }

  #violation(respond: Respond, status: number, what: string): void {
    this.violations.push(`${status}: ${what}`);
    refuse(respond, status, what);
  }
}

/** A message, as far as the front looks into it. */
export interface Message {
  id?: unknown;
  method?: string;
  params?: {
    name?: unknown;
    uri?: unknown;
    progressToken?: unknown;
    requestId?: unknown;
    _meta?: Record<string, unknown>;
  };
  result?: unknown;
  error?: { code: number };
}

/** The messages of a body or a line; undefined when it is no JSON. */
export function messagesIn(bytes: Buffer): Message[] | undefined {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as unknown;
    const messages = Array.isArray(value) ? value : [value];
    return messages.every((message) => typeof message === 'object' && message !== null)
      ? (messages as Message[])
      : undefined;
  } catch {
    return undefined;
  }
}

export const eventStream = () => ({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });

export function refuse(respond: Respond, status: number, message: string): void {
  const error = { jsonrpc: '2.0', id: null, error: { code: -32000, message } };
  respond(status, { 'content-type': 'application/json' }).end(JSON.stringify(error));
}

const accepts = ({ accept }: FrontRequest['headers'], type: string) => String(accept).includes(type);
