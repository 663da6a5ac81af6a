import { isUtf8 } from 'node:buffer';
import type net from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import tls from 'node:tls';
import { WebSocket } from 'ws';
import { type Frame, onOneLine } from '../protocol/frame.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import type { WhyInvalid } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { BatchQueue } from './batch-queue.js';
import { POOLED_FROM_BYTES } from './block-pool.js';
import { blockWritten, clientFrames } from './client-frames.js';
import { Keepalive } from './keepalive.js';
import { MessageReader, type MessageSink } from './message-reader.js';
import { Pongs } from './pongs.js';
import { ReadConfirmations } from './read-confirmations.js';
import { serverFrames } from './server-frames.js';
import type { CloseReason, CloseRequest, Transport } from './transport.js';

export interface OpenSocketOptions {
  /** How long the closing handshake may take, from either side, in milliseconds. */
  closeTimeoutMs: number;
  /** Larger messages go to `onOversize`, in bytes. */
  maxFrameBytes: number;
  /** Most bytes that may wait unread, and most that may wait unsent. */
  maxQueuedBytes: number;
  keepaliveIntervalMs: number;
  keepaliveTimeoutMs: number;
  clock: Clock;
  /** Frames are carried to a place where a frame is a line. Default: they come as they are. */
  needsLines?: boolean;
  /** mcp-pipe is the server of this WebSocket, which a client has opened. Default: it is the client. */
  isAccepted?: boolean;
  /** Called after each read with the bytes that are kept of a message that has not come to its end. */
  onUnfinished?: (bytes: number) => void;
  /** Called with a binary message that is no UTF-8 and was dropped; `excerpt` shows its first bytes in hexadecimal. */
  onInvalidMessage?: (why: WhyInvalid, excerpt: string, bytes: number) => void;
}

export interface Sockets {
  /** The socket that frames are written to: TLS on top of `tcp`, or `tcp` itself. */
  socket: net.Socket;
  tcp: net.Socket;
}

/**
 * Ends a TCP connection at once, with a reset (RST). After `destroy` alone the system would go on sending queued bytes, for
 * minutes if the far side does not read, and the endpoint would take the connection for an open one all that time.
 */
export function resetConnection({ socket, tcp }: { socket?: net.Socket; tcp: net.Socket }): void {
  // The system does not reset a socket while its writing side is being shut down; that takes no longer than this.
  if (isShuttingDown(socket) || isShuttingDown(tcp)) {
    setImmediate(() => reset(tcp, !isShuttingDown(socket) && !isShuttingDown(tcp)));
  } else reset(tcp, true);
}

function isShuttingDown(socket: net.Socket | undefined): boolean {
  return (
    socket !== undefined &&
    !socket.destroyed &&
    socket.writableEnded &&
    socket.writableLength === 0 &&
    !socket.writableFinished
  );
}

function reset(tcp: net.Socket, mayReset: boolean): void {
  // A tunnel through a proxy that speaks TLS has no TCP handle to reset.
  if (mayReset && !tcp.connecting && !(tcp instanceof tls.TLSSocket)) tcp.resetAndDestroy();
  tcp.destroy();
}

/**
 * Puts `read` between the socket and `ws`, right after the upgrade and before the first byte. From then on `ws` gets
 * only the bytes that the returned function is called with.
 */
function readBefore(socket: net.Socket, read: (chunk: Buffer) => void): (bytes: Buffer) => void {
  const [library] = socket.listeners('data') as ((this: net.Socket, chunk: Buffer) => void)[];
  if (!library) throw new Error('ws no longer reads its socket by a "data" listener');
  socket.removeListener('data', library);
  socket.on('data', read);
  // At its end `ws` would read what a paused socket still holds.
  socket.prependListener('close', () => {
    const rest = socket.read() as Buffer | null;
    if (rest) read(rest);
  });
  return (bytes) => library.call(socket, bytes);
}

/** Bytes of the present write that the system has not taken; Node's own idle timeout reads the same member. */
function unsentOf(tcp: net.Socket): number {
  const { _handle: handle } = tcp as { _handle?: { writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}

/** Up to this many unread bytes are expected to be read during a closing handshake. */
const READ_WHILE_CLOSING_BYTES = 64 * 1024;

/** Close codes with which ws answers errors of the peer; ws does not report them. Any other error is 1002. */
const CODE_OF_VIOLATION: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1009,
  WS_ERR_INVALID_UTF8: 1007,
};

/** A WebSocket from its open handshake to its end. */
export class OpenSocket implements Transport {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  onOversize: ((message: OversizeMessage) => void) | undefined;
  lastInboundAt: number;
  readonly #ws: WebSocket;
  readonly #socket: net.Socket;
  readonly #tcp: net.Socket;
  readonly #options: OpenSocketOptions;
  readonly #keepalive: Keepalive;
  readonly #confirmations: ReadConfirmations;
  readonly #reader: MessageReader;
  readonly #framesOf: (batch: readonly Frame[]) => Buffer[];
  /** The first cause. Later events are its consequences. */
  #cause: CloseReason | undefined;
  #errorWord: string | undefined;
  #waiting: (() => void)[] = [];
  #cancelReset: (() => void) | undefined;
  /** Some bytes had not left this process when the connection was cut. */
  #hasUnsent = false;

  constructor(ws: WebSocket, { socket, tcp }: Sockets, options: OpenSocketOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#tcp = tcp;
    this.#options = options;
    this.lastInboundAt = options.clock.now();
    const { maxQueuedBytes, keepaliveIntervalMs, keepaliveTimeoutMs, clock } = options;
    this.#confirmations = new ReadConfirmations((payload) => ws.ping(payload));
    ws.on('pong', (payload) => this.#confirmations.ponged(payload));
    const pongs = new Pongs(ws);
    ws.on('ping', (payload) => pongs.pinged(payload));
    const pinger = {
      ping: () => this.#confirmations.ask(),
      isPaused: () => ws.isPaused,
      // Bytes that wait in this process do not count: each queued ping would look like progress.
      unsentBytes: () => unsentOf(tcp),
    };
    this.#keepalive = new Keepalive(pinger, {
      ...{ keepaliveIntervalMs, keepaliveTimeoutMs, clock },
      onLost: () => this.#abandon(),
    });
    this.batches = new BatchQueue({
      maxQueuedBytes,
      onFull: () => {
        this.#keepalive.paused();
        ws.pause();
      },
      // Not at once, as in `stdio.ts`.
      onRoom: () =>
        void setImmediate(() => {
          if (!this.batches.isFull) ws.resume();
        }),
    });
    ws.on('error', (error) => this.#violation(error));
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve(this.#end(code, reason)));
    });
    const { maxFrameBytes, isAccepted = false, onUnfinished } = options;
    this.#framesOf = isAccepted ? serverFrames : clientFrames;
    const sink: MessageSink = {
      onMessage: (payload, isBinary) => this.#receive(payload, isBinary),
      onOversize: (message) => this.onOversize?.(message),
      onRest: (bytes) => {
        toLibrary(bytes);
        if (ws.readyState === WebSocket.CLOSING) this.#boundClosing();
      },
    };
    this.#reader = new MessageReader(maxFrameBytes, isAccepted, sink, () => options.clock.now());
    const toLibrary = readBefore(socket, (chunk) => {
      // Bytes, not messages: a large message that is still arriving counts.
      this.#heard();
      this.#reader.push(chunk);
      this.batches.handOn();
      onUnfinished?.(this.#reader.unfinishedBytes);
    });
    socket.on('drain', () => this.#release());
    // Must run before ws ends its own side in return.
    socket.prependListener('end', () => this.#ended());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorWord ??= error.code ?? error.message;
    });
    this.#keepalive.start();
  }

  get unsentBytes(): number {
    return this.#ws.bufferedAmount;
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    const ws = this.#ws;
    if (ws.readyState !== WebSocket.OPEN) return undefined;
    // One system call for a batch. Its blocks are written at once, so that `ws` never writes its own frames in between.
    const blocks = this.#framesOf(batch);
    if (blocks.length === 1) this.#write(blocks[0]!);
    else {
      this.#socket.cork();
      for (const block of blocks) this.#write(block);
      this.#socket.uncork();
    }
    if (ws.bufferedAmount <= this.#options.maxQueuedBytes) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #write(block: Buffer): void {
    this.#confirmations.sent(block.length);
    if (this.#options.isAccepted || block.length < POOLED_FROM_BYTES) this.#socket.write(block);
    else this.#socket.write(block, (error) => error || blockWritten(block));
  }

  whenRead(): Promise<void> | undefined {
    const isOpen = this.#ws.readyState === WebSocket.OPEN;
    return isOpen && this.#confirmations.unreadBytes > READ_WHILE_CLOSING_BYTES
      ? this.#confirmations.whenRead()
      : undefined;
  }

  roundTrip(): Promise<void> | undefined {
    return this.#ws.readyState === WebSocket.OPEN ? this.#confirmations.roundTrip() : undefined;
  }

  close({ code = 1000, reason = '', forceSignal }: CloseRequest = {}): Promise<CloseReason> {
    const ws = this.#ws;
    if (ws.readyState === WebSocket.OPEN) {
      this.#cause ??= { by: 'local', code, reason };
      ws.close(code, clip(reason));
      this.#boundClosing();
    }
    const cut = () => (this.#confirmations.unreadBytes > 0 ? this.#reset() : ws.terminate());
    if (forceSignal?.aborted) cut();
    else if (forceSignal) {
      forceSignal.addEventListener('abort', cut, { once: true });
      void this.closed.then(() => forceSignal.removeEventListener('abort', cut));
    }
    return this.closed;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    // JSON is text, yet some endpoints send it in binary messages.
    if (!isBinary || isUtf8(data)) {
      return this.batches.add(this.#options.needsLines ? onOneLine(data) : data);
    }
    this.#options.onInvalidMessage?.(
      'a binary message that is no UTF-8 text',
      data.toString('hex', 0, 32),
      data.length,
    );
  }

  #heard(): void {
    this.lastInboundAt = this.#options.clock.now();
    this.#keepalive.heard();
  }

  #boundClosing(): void {
    this.#cancelReset ??= this.#options.clock.after(this.#options.closeTimeoutMs, () => this.#reset());
  }

  /** The far side has ended its side. Whether it still reads what was sent is not known. */
  #ended(): void {
    if (!this.#isAnswered && this.#confirmations.unreadBytes > 0) this.#reset();
  }

  /** The endpoint has answered our close frame: it has read everything before it. */
  get #isAnswered(): boolean {
    return this.#cause?.by === 'local' && this.#reader.isClosed;
  }

  #reset(): void {
    this.#hasUnsent ||= this.#socket.writableLength > 0;
    resetConnection({ socket: this.#socket, tcp: this.#tcp });
  }

  /** The endpoint broke the protocol or sent too much (RFC 6455 §7.1.7); ws is closing already. */
  #violation(error: NodeJS.ErrnoException): void {
    this.#boundClosing();
    if (!error.code?.startsWith('WS_ERR_')) {
      this.#errorWord ??= error.code ?? error.message;
      return;
    }
    this.#cause ??= { by: 'violation', code: CODE_OF_VIOLATION[error.code] ?? 1002, reason: error.message };
  }

  #abandon(): void {
    const { keepaliveTimeoutMs } = this.#options;
    this.#cause ??= { by: 'keepalive', reason: `nothing came within ${keepaliveTimeoutMs} ms of our ping` };
    this.#reset();
  }

  #end(code: number, reason: Buffer): CloseReason {
    this.#keepalive.stop();
    this.#cancelReset?.();
    this.#confirmations.end();
    this.batches.end();
    this.#release();
    // 1006 is never sent; it stands for an end without a close frame (RFC 6455 §7.4.1).
    const words = code === 1006 ? (this.#errorWord ?? '') : reason.toString();
    const closed: CloseReason = this.#cause ?? { by: 'remote', code, reason: words };
    const lostBytes = this.#lostBytes;
    return lostBytes > 0 ? { ...closed, lostBytes } : closed;
  }

  get #lostBytes(): number {
    if (this.#isAnswered) return 0;
    const unread = this.#confirmations.unreadBytes;
    // A few bytes that have left this process have most likely arrived.
    return this.#hasUnsent || unread > READ_WHILE_CLOSING_BYTES ? unread : 0;
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
