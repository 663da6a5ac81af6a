import { isUtf8 } from 'node:buffer';
import net from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import tls from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { Endpoint } from '../protocol/endpoint.js';
import { DialError, type DialFailure } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import type { Clock } from '../time/clock.js';
import { BatchQueue } from './batch-queue.js';
import { clientFrames } from './client-frames.js';
import { factsOfError, factsOfResponse } from './dial-failure.js';
import { Keepalive } from './keepalive.js';
import { ServerFrames } from './server-frames.js';
import type { CloseReason, CloseRequest, Transport } from './transport.js';

export interface WebSocketOptions {
  /** From the look-up of the name to the answered upgrade, all together, in milliseconds. */
  dialTimeoutMs: number;
  /** How long the closing handshake may take, whoever began it, in milliseconds. */
  closeTimeoutMs: number;
  /** Larger messages go to `onOversize`, in bytes. */
  maxFrameBytes: number;
  /** Bytes that may wait unread, and unsent, each. */
  maxQueuedBytes: number;
  keepaliveIntervalMs: number;
  keepaliveTimeoutMs: number;
  clock: Clock;
  /** A message that cannot be JSON text was left out; `excerpt` shows its first bytes in hexadecimal. */
  onNoise?: (why: string, excerpt: string, bytes: number) => void;
  /** PEM certificates of authorities to trust instead of the usual ones. */
  ca?: string;
}

export interface WebSocketTransport extends Transport {
  /** When bytes last arrived, pings and pongs included, on the clock that was handed in. */
  readonly lastInboundAt: number;
}

/**
 * A dial to the endpoint. It rejects with a DialError that holds the facts and never the token, or with the reason of
 * the aborted signal.
 */
export function dialWebSocket(
  endpoint: Endpoint,
  options: WebSocketOptions,
): (signal: AbortSignal) => Promise<WebSocketTransport> {
  return (signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const { ws, socket } = connect(endpoint, options);
      const settle = () => {
        cancelTimeout();
        signal.removeEventListener('abort', onAbort);
        ws.removeAllListeners();
        // What else goes wrong with this attempt, its end for instance, is of no interest.
        ws.on('error', () => {});
      };
      const fail = (error: unknown) => {
        settle();
        ws.terminate();
        // Whoever dials next may do so once this attempt has let go of its socket.
        const tcp = socket() as net.Socket | undefined;
        if (!tcp || tcp.closed) reject(error);
        else tcp.once('close', () => reject(error));
      };
      const onAbort = () => fail(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const cancelTimeout = options.clock.after(options.dialTimeoutMs, () =>
        fail(dialError(endpoint, { reason: 'ETIMEDOUT' })),
      );
      ws.on('error', (error) => fail(dialError(endpoint, factsOfError(error), error)));
      ws.on('unexpected-response', (_request, { statusCode = 0, headers }) =>
        fail(dialError(endpoint, factsOfResponse(statusCode, headers, Date.now()))),
      );
      ws.on('open', () => {
        settle();
        resolve(new OpenSocket(ws, socket(), options));
      });
    });
}

function dialError(endpoint: Endpoint, facts: DialFailure, cause?: unknown): DialError {
  const { reason, httpStatus } = facts;
  const what =
    httpStatus === undefined
      ? `cannot connect to ${endpoint.host}: ${reason}`
      : `${endpoint.host} answered with HTTP status ${httpStatus} instead of 101`;
  // The HTTP parser attaches what the endpoint sent, which may repeat the address.
  const harmless = cause instanceof Error && !('rawPacket' in cause);
  return new DialError(what, facts, harmless ? cause : undefined);
}

/** The `ws` client and, once it is made, the TCP or TLS socket beneath, which `ws` itself keeps private. */
function connect(endpoint: Endpoint, options: WebSocketOptions): { ws: WebSocket; socket: () => net.Socket } {
  let socket: net.Socket | undefined;
  const url = new URL(endpoint.href);
  // A fragment never travels (RFC 6455 §3); ws refuses addresses that have one.
  url.hash = '';
  const clientOptions: ClientOptions & { closeTimeout: number } = {
    perMessageDeflate: false,
    followRedirects: false,
    // Messages do not reach it; those over the bound do not end the connection.
    maxPayload: 0,
    closeTimeout: options.closeTimeoutMs,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    createConnection: ((request: net.TcpNetConnectOpts & tls.ConnectionOptions) => {
      // As ws does it: `path` is the one of the URL here, not that of a Unix socket.
      const target = { ...request, path: undefined };
      const servername = net.isIP(request.host ?? '') ? '' : (request.host ?? '');
      socket =
        url.protocol === 'wss:'
          ? tls.connect({ ...target, servername } as tls.ConnectionOptions)
          : net.connect(target as net.TcpNetConnectOpts);
      return socket;
    }) as typeof net.createConnection,
  };
  return { ws: new WebSocket(url, clientOptions), socket: () => socket! };
}

/**
 * Puts `read` between the socket and `ws`, right after the upgrade and before the first byte. `ws` sees from now on what
 * the result is called with.
 */
function readBefore(socket: net.Socket, read: (chunk: Buffer) => void): (bytes: Buffer) => void {
  const [library] = socket.listeners('data') as ((this: net.Socket, chunk: Buffer) => void)[];
  if (!library) throw new Error('ws no longer reads its socket by a "data" listener');
  socket.removeListener('data', library);
  socket.on('data', read);
  // What a paused socket still holds at its end, `ws` would take for itself.
  socket.prependListener('close', () => {
    const rest = socket.read() as Buffer | null;
    if (rest) read(rest);
  });
  return (bytes) => library.call(socket, bytes);
}

/** Close codes that ws answers a peer's mistakes with; it keeps them to itself. Any other mistake is 1002. */
const CODE_OF_MISTAKE: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1009,
  WS_ERR_INVALID_UTF8: 1007,
};

class OpenSocket implements WebSocketTransport {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  onOversize: ((message: OversizeMessage) => void) | undefined;
  lastInboundAt: number;
  readonly #ws: WebSocket;
  readonly #socket: net.Socket;
  readonly #options: WebSocketOptions;
  readonly #keepalive: Keepalive;
  /** The first cause; what comes later is a consequence. */
  #cause: CloseReason | undefined;
  #errorWord: string | undefined;
  #waiting: (() => void)[] = [];

  constructor(ws: WebSocket, socket: net.Socket, options: WebSocketOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#options = options;
    this.lastInboundAt = options.clock.now();
    const { maxQueuedBytes, keepaliveIntervalMs, keepaliveTimeoutMs, clock } = options;
    this.#keepalive = new Keepalive(ws, {
      ...{ keepaliveIntervalMs, keepaliveTimeoutMs, clock },
      onLost: () => this.#abandon(),
    });
    this.batches = new BatchQueue({
      maxQueuedBytes,
      onFull: () => {
        this.#keepalive.paused();
        ws.pause();
      },
      onRoom: () => ws.resume(),
    });
    ws.on('error', (error) => this.#mistake(error));
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve(this.#end(code, reason)));
    });
    const frames = new ServerFrames(options.maxFrameBytes, {
      onMessage: (payload, isBinary) => this.#receive(payload, isBinary),
      onOversize: (message) => this.onOversize?.(message),
      onRest: (bytes) => toLibrary(bytes),
    });
    const toLibrary = readBefore(socket, (chunk) => {
      // Bytes, not messages: a large one that is still arriving is a sign of life.
      this.#heard();
      frames.push(chunk);
    });
    socket.on('drain', () => this.#release());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorWord ??= error.code ?? error.message;
    });
    this.#keepalive.start();
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    const ws = this.#ws;
    if (ws.readyState !== WebSocket.OPEN) return undefined;
    // One batch, one system call. Each block holds whole frames, so what `ws` writes itself never falls between.
    const blocks = clientFrames(batch);
    if (blocks.length === 1) this.#socket.write(blocks[0]!);
    else {
      this.#socket.cork();
      for (const block of blocks) this.#socket.write(block);
      this.#socket.uncork();
    }
    if (ws.bufferedAmount <= this.#options.maxQueuedBytes) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close({ code = 1000, reason = '', hurry }: CloseRequest = {}): Promise<CloseReason> {
    const ws = this.#ws;
    if (ws.readyState === WebSocket.OPEN) {
      this.#cause ??= { by: 'local', code, reason };
      ws.close(code, clip(reason));
    }
    const cut = () => ws.terminate();
    if (hurry?.aborted) cut();
    else if (hurry) {
      hurry.addEventListener('abort', cut, { once: true });
      void this.closed.then(() => hurry.removeEventListener('abort', cut));
    }
    return this.closed;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    // JSON is text, yet some endpoints send it in binary messages.
    if (!isBinary || isUtf8(data)) return this.batches.push(data);
    this.#options.onNoise?.(
      'a binary message that is no UTF-8 text',
      data.toString('hex', 0, 32),
      data.length,
    );
  }

  #heard(): void {
    this.lastInboundAt = this.#options.clock.now();
    this.#keepalive.heard();
  }

  /** The endpoint broke the protocol or sent too much (RFC 6455 §7.1.7); ws is closing already. */
  #mistake(error: NodeJS.ErrnoException): void {
    if (!error.code?.startsWith('WS_ERR_')) {
      this.#errorWord ??= error.code ?? error.message;
      return;
    }
    this.#cause ??= { by: 'remote', code: CODE_OF_MISTAKE[error.code] ?? 1002, reason: error.message };
  }

  #abandon(): void {
    const { keepaliveTimeoutMs } = this.#options;
    this.#cause ??= { by: 'keepalive', reason: `nothing came within ${keepaliveTimeoutMs} ms of our ping` };
    this.#ws.terminate();
  }

  #end(code: number, reason: Buffer): CloseReason {
    this.#keepalive.stop();
    this.batches.end();
    this.#release();
    // 1006 is never sent; it stands for an end without a close frame (RFC 6455 §7.4.1).
    const words = code === 1006 ? (this.#errorWord ?? '') : reason.toString();
    return this.#cause ?? { by: 'remote', code, reason: words };
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A close frame has room for 123 bytes of reason (RFC 6455 §5.5); half characters are left out. */
function clip(reason: string): Buffer {
  const bytes = Buffer.from(reason);
  return bytes.length <= 123 ? bytes : Buffer.from(new StringDecoder('utf8').write(bytes.subarray(0, 123)));
}
