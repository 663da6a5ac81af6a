import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { encodeError } from '../../protocol/jsonrpc.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { type Clock, LONGEST_TIMER_MS } from '../../time/clock.js';
import { OpenSocket } from '../../transports/open-socket.js';
import type { AcceptClient, Caller } from '../accept.js';
import { numbered } from '../http/named-requests.js';
import { type Rejection, refusal } from '../http/rejection.js';
import { requestIdOf } from '../http/request-id.js';
import type { SharedBytes } from '../shared-bytes.js';
import { shallow } from './shallow.js';

/** The subprotocol of MCP over WebSocket, as the SDKs name it. */
const SUBPROTOCOL = 'mcp';

/** Peers whose machine is gone are found by pings; this finds them while nothing is read. In milliseconds. */
const TCP_KEEPALIVE_MS = 60_000;

/** Close code "try again later" (IANA, "WebSocket Close Code Number Registry"). */
const TRY_AGAIN_LATER = 1013;

export interface WebSocketsOptions {
  clock: Clock;
  /** Most bytes of a client that may wait unread, and most that may wait unsent. */
  maxQueuedBytes: number;
  closeTimeoutMs: number;
  keepaliveIntervalMs: number;
  keepaliveTimeoutMs: number;
  /** Counts bytes of messages that clients have begun to send. */
  unfinished: SharedBytes;
}

/** Who has dialled, and what takes the client. */
export interface WebSocketCall {
  caller: Caller;
  accept: AcceptClient;
  /** A request that is longer is answered with an error. In bytes. */
  maxFrameBytes: number;
  /** Sent with the answer to the handshake, besides its own. */
  headers?: Readonly<Record<string, string>>;
  /** Answers a handshake that cannot be taken, and ends its connection. */
  refuse: (rejection: Rejection) => void;
}

/**
 * WebSockets that clients have opened: one text message is one JSON-RPC message, in both directions. A client that offers the
 * subprotocol `mcp` gets it (D201).
 */
export class WebSockets {
  readonly #options: WebSocketsOptions;
  readonly #open = new Set<OpenSocket>();
  readonly #handshakes: WebSocketServer;
  /** Of handshakes that are not answered yet. */
  readonly #callOf = new WeakMap<IncomingMessage, WebSocketCall>();
  #isClosed = false;

  constructor(options: WebSocketsOptions) {
    this.#options = options;
    const serverOptions: ConstructorParameters<typeof WebSocketServer>[0] & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      // A compressed message may be a thousand times as long as its bytes.
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      // As in `transports/websocket.ts`: messages do not reach `ws`.
      maxPayload: 0,
      closeTimeout: LONGEST_TIMER_MS,
      autoPong: false,
    };
    this.#handshakes = new WebSocketServer(serverOptions);
    // The library's own answers have neither the headers nor the name that others have.
    this.#handshakes.on('wsClientError', ({ message }, _, request) => {
      const isGet = request.method === 'GET';
      const rejection = refusal(isGet ? 400 : 405, `this is no handshake of a WebSocket: ${message}`, {
        ...(isGet ? { 'sec-websocket-version': '13' } : { allow: 'GET' }),
      });
      this.#callOf.get(request)?.refuse(rejection);
    });
    this.#handshakes.on('headers', (lines, request) => {
      for (const [name, value] of Object.entries(this.#callOf.get(request)?.headers ?? {}))
        lines.push(`${name}: ${value}`);
    });
  }

  /** Answers a request to upgrade, valid or not. The caller has checked `Origin`, `Host` and the key. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, call: WebSocketCall): void {
    // A client may vanish in the middle of its handshake.
    socket.on('error', () => socket.destroy());
    if (this.#isClosed) return call.refuse(refusal(503, 'shutting down'));
    this.#callOf.set(request, call);
    this.#handshakes.handleUpgrade(request, socket, head, (ws) =>
      this.#take(ws, socket as Socket, call, requestIdOf(request)),
    );
  }

  /** Closes every WebSocket. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const transport of [...this.#open]) void transport.close({ code: 1001, reason: 'shutting down' });
  }

  #take(
    ws: WebSocket,
    tcp: Socket,
    { caller, accept, maxFrameBytes }: WebSocketCall,
    handshake: string,
  ): void {
    const { unfinished, ...options } = this.#options;
    tcp.setKeepAlive(true, TCP_KEEPALIVE_MS);
    const transport: OpenSocket = new OpenSocket(
      ws,
      { socket: tcp, tcp },
      {
        ...options,
        maxFrameBytes,
        isAccepted: true,
        onInvalidMessage: (why) =>
          void transport.send([encodeError('null', RpcError.parse, `This is ${why}.`)]),
        onUnfinished: (bytes) => unfinished.set(ws, bytes, () => tcp.destroy()),
      },
    );
    this.#open.add(transport);
    void transport.closed.then(() => {
      this.#open.delete(transport);
      unfinished.delete(ws);
    });
    let reason = 'there is no server for this client, or no room';
    const onRefused = (why: string) => {
      reason = why;
    };
    const named = numbered(shallow(transport), handshake, caller.address);
    if (!accept({ transport: named, kind: 'ws', caller, hasSession: true, onRefused }))
      void transport.close({ code: TRY_AGAIN_LATER, reason });
  }
}
