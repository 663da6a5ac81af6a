import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { asksForWebSocket, ignoreUpgrade } from '../../faces/http/ignored-upgrade.js';
import { ListenError, type Listening } from '../../faces/http/listen-error.js';
import { refuseUpgrade } from '../../faces/http/refuse-upgrade.js';
import { reject } from '../../faces/http/rejection.js';
import { nameRequest, REQUEST_ID_HEADER, requestIdOf, takeRequestId } from '../../faces/http/request-id.js';
import type { Audit } from '../../protocol/audit.js';
import { encodeError } from '../../protocol/jsonrpc.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { systemClock } from '../../time/clock.js';
import { auditRequest, auditUnreadable, auditUpgrade } from './audited-requests.js';
import { clientOf, peerAddress } from './client-address.js';
import { type ConnectionBounds, Connections } from './connections.js';
import { refuseOutright, secure, securityHeaders } from './guard.js';
import type { TlsContents } from './tls-files.js';
import { UnreadResponses } from './unread-responses.js';

/** How long a client may take to send the head of a request, in milliseconds: a slow network needs a second or two. */
const HEADERS_TIMEOUT_MS = 15_000;
/** The same for the whole request: the longest body at some 300 kB/s. */
const REQUEST_TIMEOUT_MS = 300_000;
/** How often both are looked at, in milliseconds. */
const CHECK_EVERY_MS = 5_000;
/** How long a connection stays without a request, in milliseconds: longer than clients and proxies keep theirs, so that no request meets its end. */
const KEEP_ALIVE_MS = 75_000;
/** How long a client may take to agree on keys, in milliseconds: three round trips of a slow network. */
const TLS_TIMEOUT_MS = 10_000;
/** Bytes of all headers of a request, in the default of Node, whatever its command line says. */
const MAX_HEADER_BYTES = 16 * 1024;
/** How long the last responses may take to be read when the listener ends, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

/** What a listener keeps to; it may change while it listens. */
export interface ListenerBounds extends ConnectionBounds {
  /** Connections at a time. */
  maxConnections: number;
}

export interface ListenerOptions {
  bounds: () => ListenerBounds;
  /** Undefined: HTTP. */
  tls?: TlsContents | undefined;
  onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** Of requests for a WebSocket; other protocols are not spoken. */
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Gets what is refused; undefined: there is no audit log now. */
  audit?: () => Audit | undefined;
}

/** Listens for HTTP on one address. What it gets is bounded in number and time; what is no HTTP is answered. */
export class Listener {
  readonly host: string;
  /** As it was asked for: 0 is any free port. */
  readonly wantedPort: number;
  readonly #by: Listening;
  readonly isSecure: boolean;
  readonly #server: Server | SecureServer;
  readonly #connections = new Connections();
  readonly #unread = new UnreadResponses();
  readonly #bounds: () => ListenerBounds;
  /** Connections that speak HTTP, each with the responses to its requests that are not answered. */
  readonly #sockets = new Map<Socket, Set<ServerResponse>>();
  /** Connections that speak no HTTP any more. */
  readonly #upgraded = new Set<Duplex>();
  #ended: Promise<unknown> | undefined;
  #isClosing = false;

  /** @param by what listens, for the error when it cannot. */
  constructor(host: string, port: number, by: Listening, options: ListenerOptions) {
    const { onRequest, onUpgrade, bounds, tls, audit = () => undefined } = options;
    this.host = host;
    this.wantedPort = port;
    this.#by = by;
    this.isSecure = tls !== undefined;
    this.#bounds = bounds;
    const settings = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    };
    const take = (request: IncomingMessage, response: ServerResponse) => {
      // Its client connects again, to whatever listens then.
      if (this.#ended) response.shouldKeepAlive = false;
      this.#takes(request.socket, response);
      this.#look(request);
      nameRequest(request, response);
      auditRequest(request, response, audit());
      secure(request, response);
      this.#unread.watch(response);
      const refused = refuseOutright(request);
      if (refused) reject(response, refused);
      else onRequest(request, response);
    };
    this.#server = tls
      ? createSecureServer({ ...settings, ...secureSettings(tls) }, take)
      : createServer(settings, take);
    // Node drops those beyond its bound without a word, and a proxy in front does not.
    this.#server.maxHeadersCount = 0;
    const connected = tls ? 'secureConnection' : 'connection';
    this.#server.on('connection', (socket: Socket) => {
      // One whose request to upgrade is ignored is handed over again.
      if (this.#sockets.has(socket)) return;
      if (!this.#connections.take(socket, bounds())) socket.destroy();
    });
    this.#server.on(connected, (socket: Socket) => {
      if (this.#sockets.has(socket)) return;
      this.#sockets.set(socket, new Set());
      socket.once('close', () => this.#ends(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      // Node has let go of the connection, and would still write the answers to earlier requests in between.
      if (this.#sockets.get(socket as Socket)?.size) return void socket.destroy();
      if (!asksForWebSocket(request)) {
        return ignoreUpgrade(this.#server, connected, request, socket, head);
      }
      this.#sockets.delete(socket as Socket);
      this.#upgraded.add(socket);
      socket.once('close', () => this.#upgraded.delete(socket));
      this.#look(request);
      auditUpgrade(request, socket, audit());
      const refused = refuseOutright(request);
      if (refused) return refuseUpgrade(socket, refused, requestIdOf(request), securityHeaders(request));
      onUpgrade(request, socket, head);
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) =>
      answerUnreadable(error, socket, audit()),
    );
    // Of a connection that could not be taken, for want of a file descriptor for instance; `listen` reports its own.
    this.#server.on('error', () => {});
  }

  /** `http://127.0.0.1:8080`, as it is listened on. */
  get origin(): string {
    return `http${this.isSecure ? 's' : ''}://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.wantedPort;
  }

  /** Its bounds have changed. */
  rebound(): void {
    this.#server.maxConnections = this.#bounds().maxConnections;
  }

  /** Further connections get this certificate; those that are open stay. For one that speaks TLS. */
  renewTls(tls: TlsContents): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(secureSettings(tls));
  }

  /** @throws ListenError */
  async listen(): Promise<void> {
    const port = this.wantedPort;
    this.rebound();
    this.#server.listen(port, this.host);
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw new ListenError(this.host, port, error as NodeJS.ErrnoException, this.#by);
    }
  }

  /** Takes no further connections; those that are open go on. When it resolves, the port is free. Idempotent. */
  async leavePort(): Promise<void> {
    if (!this.#server.listening) return;
    this.#ended = once(this.#server, 'close');
    // Unlike `close` of HTTP, this leaves connections alone that have no request now: one may be on its way.
    NetServer.prototype.close.call(this.#server);
    // The socket that listens is closed in the next turn.
    await new Promise(setImmediate);
  }

  /** Ends every connection after its next response, or after `withinMs`. Idempotent. */
  async closeSlowly(withinMs: number): Promise<void> {
    await this.leavePort();
    const cancelTimer = systemClock.after(withinMs, () => {
      this.#server.closeAllConnections();
      for (const socket of this.#upgraded) socket.destroy();
    });
    await this.#ended;
    cancelTimer();
    this.#unread.close();
    // Its timer.
    this.#server.close(() => {});
  }

  /** Ends every connection: as soon as its response has been read, or after a while. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.leavePort();
    for (const [socket, { size }] of this.#sockets) if (size === 0) socket.destroy();
    await this.closeSlowly(CLOSE_TIMEOUT_MS);
  }

  /** Finds out who sends it, before anything asks. */
  #look(request: IncomingMessage): void {
    const { trusted } = this.#bounds();
    clientOf(request, trusted);
    if (trusted.has(peerAddress(request.socket.remoteAddress))) takeRequestId(request);
  }

  #takes(socket: Socket, response: ServerResponse): void {
    const open = this.#sockets.get(socket);
    open?.add(response);
    response.once('close', () => {
      open?.delete(response);
      if (this.#isClosing && open?.size === 0) socket.end(() => socket.destroy());
    });
  }

  /**
   * Of requests that came before an earlier one was answered, Node tells nobody that their connection has ended: what is open for
   * them would stay for good.
   */
  #ends(socket: Socket): void {
    const open = this.#sockets.get(socket);
    this.#sockets.delete(socket);
    for (const response of open ?? []) {
      // Node has given it the connection, and tells of its end.
      if (response.socket) continue;
      response.destroy();
      response.emit('close');
    }
  }
}

function secureSettings(tls: TlsContents) {
  return { ...tls, minVersion: 'TLSv1.2', handshakeTimeout: TLS_TIMEOUT_MS } as const;
}

const STATUS_OF: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers of this request are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'this request took too long to arrive'],
};

/** Answers what cannot be read as a request of HTTP. */
function answerUnreadable(
  { code = '' }: NodeJS.ErrnoException,
  socket: Duplex,
  audit: Audit | undefined,
): void {
  // What speaks no TLS to a port of TLS cannot be answered in it.
  if (!socket.writable || code === 'ECONNRESET' || code.startsWith('ERR_SSL')) return void socket.destroy();
  const [status, message] = STATUS_OF[code] ?? [400, 'this is no request of HTTP/1.1'];
  const requestId = randomUUID();
  if (audit) auditUnreadable(socket, status, requestId, audit);
  const body = encodeError('null', RpcError.invalidRequest, message, { requestId });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\nx-content-type-options: nosniff\r\ncontent-type: application/json\r\n${REQUEST_ID_HEADER}: ${requestId}\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head), body]));
}
