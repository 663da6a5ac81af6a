import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AcceptClient, type Caller, isSameCaller, renew } from '../accept.js';
import { receiveBody } from '../http/body.js';
import { isJson } from '../http/headers.js';
import { readMessage } from '../http/read-message.js';
import { refusal, reject } from '../http/rejection.js';
import { requestIdOf } from '../http/request-id.js';
import type { SessionIds } from '../http/session-ids.js';
import type { SharedBytes } from '../shared-bytes.js';
import { type MessagesAddress, messagesAddress, sessionIn } from './messages-address.js';
import { SseClient, type SseClientOptions } from './sse-client.js';

export interface HttpSseOptions extends Omit<SseClientOptions, 'endpoint'> {
  sessionIds: SessionIds;
  /** POSTs at a time; one more is refused with 503. */
  maxPosts: number;
  /** Counts bytes of bodies that are being sent. */
  unfinished: SharedBytes;
}

/** Which address a request has come to, and who sends it: a session belongs to both. */
export interface SseCall {
  address: string;
  caller: Caller;
}

/** A message of a client. */
export interface SsePost extends SseCall {
  /** A larger body is answered with 413, in bytes. */
  maxBodyBytes: number;
}

/** A request for a stream. */
export interface SseOpening extends SseCall {
  /** The path of the request. */
  path: string;
  accept: AcceptClient;
  messages: MessagesAddress;
}

interface Session {
  client: SseClient;
  address: string;
  caller: Caller;
}

/**
 * The server's side of MCP "HTTP with SSE" (2024-11-05): a GET opens a stream, whose first event says where the client posts
 * its messages; replies, requests and notifications of the server are the stream's other events. A stream is a client, and a
 * client that closes it has left.
 *
 * The caller has checked `Origin`, `Host` and the key.
 */
export class HttpSse {
  readonly #options: HttpSseOptions;
  readonly #sessions = new Map<string, Session>();
  #openPosts = 0;
  #isClosed = false;

  constructor(options: HttpSseOptions) {
    this.#options = options;
  }

  /** Answers a request to the address of streams. */
  open(request: IncomingMessage, response: ServerResponse, opening: SseOpening): void {
    const { accept, address, caller, path, messages } = opening;
    // Clients that know both transports try a POST first, and take this for the sign to send a GET.
    if (request.method !== 'GET')
      return reject(
        response,
        refusal(405, `${request.method} is not a method of this address`, { allow: 'GET' }),
      );
    if (this.#isClosed) return reject(response, refusal(503, 'shutting down'));
    const id = this.#options.sessionIds.create();
    const endpoint = messagesAddress(request, path, messages, id);
    const client = new SseClient(response, { ...this.#options, endpoint });
    this.#sessions.set(id, { client, address, caller });
    void client.closed.then(() => this.#sessions.delete(id));
    let why = 'there is no server for this client, or no room';
    const onRefused = (told: string) => {
      why = told;
    };
    if (accept({ transport: client, kind: 'sse', caller, hasSession: true, onRefused })) client.open();
    else reject(response, refusal(503, why, { 'retry-after': '60' }));
  }

  /** Answers a request to the address of messages. */
  post(request: IncomingMessage, response: ServerResponse, call: SsePost): void {
    if (request.method !== 'POST')
      return reject(
        response,
        refusal(405, `${request.method} is not a method of this address`, { allow: 'POST' }),
      );
    if (this.#openPosts >= this.#options.maxPosts)
      return reject(response, refusal(503, 'too many requests at a time', { 'retry-after': '1' }));
    this.#openPosts += 1;
    response.once('close', () => {
      this.#openPosts -= 1;
    });
    // An exception that a client's input causes ends only this client's connection.
    this.#post(request, response, call).catch(() => response.destroy());
  }

  /** Ends every stream. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const { client } of [...this.#sessions.values()]) void client.close();
  }

  async #post(request: IncomingMessage, response: ServerResponse, call: SsePost): Promise<void> {
    const sessionId = sessionIn(request.url ?? '');
    if (sessionId === undefined)
      return reject(response, refusal(400, 'the address has no session_id; open the stream of events first'));
    const client = this.#clientOf(sessionId, call);
    if (!client) {
      this.#options.sessionIds.miss(sessionId, request, this.#isOpen(sessionId, call));
      return reject(response, refusal(404, 'there is no such session; open the stream of events again'));
    }
    if (!isJson(request.headers))
      return reject(response, refusal(415, 'the body has to be application/json'));
    // While the server does not read, no body is read.
    await client.whenRoom();
    const { maxBodyBytes } = call;
    const body = await receiveBody(request, response, maxBodyBytes, this.#options.unfinished);
    if (!body) return;
    const envelope = readMessage(body);
    if ('status' in envelope) return reject(response, envelope);
    if (!client.isOpen) return reject(response, refusal(404, 'the stream of this session has ended'));
    client.receive(body, { requestId: requestIdOf(request), address: call.caller.address });
    response.writeHead(202).end();
  }

  #isOpen(sessionId: string, { address }: SseCall): boolean {
    const session = this.#sessions.get(sessionId);
    return session?.client.isOpen === true && session.address === address;
  }

  #clientOf(sessionId: string, call: SseCall): SseClient | undefined {
    const { caller } = call;
    const session = this.#sessions.get(sessionId);
    if (!session || !this.#isOpen(sessionId, call) || !isSameCaller(session.caller, caller)) return undefined;
    renew(session.caller, caller);
    return session.client;
  }
}
