import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { defaults } from '../../config/defaults.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { AcceptClient, Caller } from '../../faces/accept.js';
import { refusal, reject } from '../../faces/http/rejection.js';
import type { SessionIds } from '../../faces/http/session-ids.js';
import { SharedBytes } from '../../faces/shared-bytes.js';
import { HttpSse } from '../../faces/sse/http-sse.js';
import type { MessagesAddress } from '../../faces/sse/messages-address.js';
import { type WebSocketCall, WebSockets } from '../../faces/websocket/web-sockets.js';
import { systemClock } from '../../time/clock.js';
import { pathOf, type SpokenRoute } from './routes.js';

/** Bytes that all these clients together may have begun to send, and those that may wait for all of them. */
const MAX_SHARED_BYTES = 256 * 1024 * 1024;
/** How long a client that reads nothing may hold up what is sent to it, in milliseconds; the time for the rest at 64 kB/s is added. */
const STALL_TIMEOUT_MS = 20_000;
/** Interval of comments on a quiet stream, in milliseconds: proxies close connections on which nothing comes for 30 s or more. */
const KEEP_ALIVE_MS = 15_000;
/** Messages of all clients that may be posted at a time. */
const MAX_POSTS = 5_000;
/** With more bytes than this of a client that no server has taken, nothing more of it is read; the same for what it does not read. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** A request of such a client, and where it came. */
export interface StreamCall {
  route: SpokenRoute;
  /** As it is written in the request. */
  path: string;
  plan: Pick<GatewayPlan, 'maxBodyBytes' | 'paths'>;
  caller: Caller;
  accept: AcceptClient;
}

/** Clients that hold a connection open as long as they stay: streams of HTTP with SSE, and WebSockets. */
export class StreamFaces {
  readonly #sse: HttpSse;
  readonly #webSockets: WebSockets;

  constructor(sessionIds: SessionIds) {
    const { closeTimeoutMs, keepaliveIntervalMs, keepaliveTimeoutMs } = defaults;
    const shared = {
      ...{ clock: systemClock, maxQueuedBytes: MAX_QUEUED_BYTES, closeTimeoutMs },
      unfinished: new SharedBytes(MAX_SHARED_BYTES),
    };
    this.#sse = new HttpSse({
      ...{ ...shared, stallTimeoutMs: STALL_TIMEOUT_MS, keepAliveMs: KEEP_ALIVE_MS, maxPosts: MAX_POSTS },
      ...{ unread: new SharedBytes(MAX_SHARED_BYTES), sessionIds },
    });
    this.#webSockets = new WebSockets({ ...shared, keepaliveIntervalMs, keepaliveTimeoutMs });
  }

  /** Opens a stream of HTTP with SSE. */
  open(request: IncomingMessage, response: ServerResponse, call: StreamCall): void {
    const { caller, accept, path } = call;
    const [address, messages] = [addressOf(call), messagesFor(call)];
    this.#sse.open(request, response, { address, caller, accept, path, messages });
  }

  /** Takes what a client of such a stream posts. */
  post(request: IncomingMessage, response: ServerResponse, call: StreamCall): void {
    const { maxBodyBytes } = call.plan;
    this.#sse.post(request, response, { address: addressOf(call), caller: call.caller, maxBodyBytes });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, call: WebSocketCall): void {
    this.#webSockets.upgrade(request, socket, head, call);
  }

  /** Answers a request to the address of WebSockets that asks for none. */
  refuseToUpgrade(response: ServerResponse): void {
    const headers = { upgrade: 'websocket', connection: 'upgrade' };
    reject(response, refusal(426, 'this address is for WebSockets', headers));
  }

  close(): void {
    this.#sse.close();
    this.#webSockets.close();
  }
}

/** What a session belongs to. */
function addressOf({ route }: StreamCall): string {
  return pathOf(route.whose, 'message');
}

/** With the path of another tool, its parameter is used as well. */
function messagesFor({ route: { whose }, plan: { paths } }: StreamCall): MessagesAddress {
  const [message] = paths.message;
  if (message !== undefined && 'all' in whose) return { path: message, parameter: 'sessionId' };
  return { path: `${pathOf(whose, 'message')}/`, parameter: 'session_id' };
}
