import type { ServerResponse } from 'node:http';
import type { Frame } from '../../protocol/frame.js';
import type { Clock } from '../../time/clock.js';
import type { SharedBytes } from '../shared-bytes.js';
import { noteCallAnswer } from './call-answer.js';
import type { PausableSender } from './pausable-sender.js';
import { sendJson } from './rejection.js';

export interface ResponseStreamOptions {
  clock: Clock;
  /** While more bytes than this wait for a slow reader, their sender is held. */
  maxQueuedBytes: number;
  /**
   * How long a reader may hold its senders before its connection is destroyed, in milliseconds. The time that the waiting
   * bytes take at 64 kB/s is added.
   */
  stallTimeoutMs: number;
  /** Counts bytes that wait for readers. */
  unread: SharedBytes;
  /** Interval of comments on a stream without messages, in milliseconds. */
  keepAliveMs: number;
}

/** Slowest reading that is not cut off. */
const LEAST_BYTES_PER_MS = 64;

const LF = 0x0a;
const CR = 0x0d;
const LINE = Buffer.from('\ndata: ');
const END = Buffer.from('\n\n');
/** Frames that are longer are written without being copied; of shorter ones one write is cheaper. */
const COPIED_BYTES = 16 * 1024;

/**
 * One HTTP response, as a stream of server-sent events (WHATWG HTML §9.2) or as a single JSON text. Holds its senders while
 * the client reads slowly, and destroys the connection of a client that does not read at all.
 */
export class ResponseStream {
  readonly #response: ServerResponse;
  readonly #options: ResponseStreamOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #held = new Set<PausableSender>();
  #cancelBeat: (() => void) | undefined;
  #cancelStall: (() => void) | undefined;
  #isStreaming = false;
  #isGathering = false;
  /** Bytes have waited. */
  #isCounted = false;
  #isEnded = false;

  /** `onGone` is called once, if the client closes its connection before the response has ended. */
  constructor(
    response: ServerResponse,
    options: ResponseStreamOptions,
    headers: Readonly<Record<string, string>>,
    onGone: () => void,
  ) {
    this.#response = response;
    this.#options = options;
    this.#headers = headers;
    response.once('close', () => {
      this.#cancelBeat?.();
      this.#free();
      options.unread.delete(this);
      if (this.#isEnded) return;
      this.#isEnded = true;
      onGone();
    });
    // Errors of writing to a broken connection are ignored; 'close' follows.
    response.on('error', () => {});
  }

  get isOpen(): boolean {
    return !this.#isEnded;
  }

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** Sends the event of another type, whose data is one line. */
  tell(type: string, data: string): void {
    if (this.#isEnded) return;
    this.stream();
    this.#response.write(`event: ${type}\ndata: ${data}\n\n`);
  }

  /** Sends the headers of a stream. Idempotent. */
  stream(): void {
    if (this.#isStreaming || this.#isEnded) return;
    this.#isStreaming = true;
    this.#gather();
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      // Without this, proxies that buffer responses would hold events back.
      'x-accel-buffering': 'no',
      ...this.#headers,
    });
    this.#response.flushHeaders();
    this.#beat();
  }

  /** Sends one event, whose data is the frame, byte for byte, and whose id is `id`. */
  event(frame: Frame, source?: PausableSender, id?: string): void {
    if (this.#isEnded) return;
    this.stream();
    this.#gather();
    writeEvent(this.#response, frame, id);
    this.#hold(source);
  }

  /** Sends an event without data, which a client can name when it comes back, after `retryMs` (MCP 2025-11-25). */
  prime(id: string, retryMs: number): void {
    if (this.#isEnded) return;
    this.stream();
    this.#response.write(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`);
  }

  /** Sends a line that clients skip. */
  comment(text: string): void {
    if (this.#isEnded) return;
    this.#response.write(`: ${text}\n\n`);
    this.#hold();
  }

  /** Sends the whole answer as JSON and ends the response. To be called only before the stream has begun. */
  json(status: number, body: Buffer, source?: PausableSender): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (status >= 400) noteCallAnswer(this.#response);
    sendJson(this.#response, status, body, this.#headers);
    this.#hold(source);
  }

  /** Ends the stream, or, before it has begun, answers without a body. Idempotent. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelBeat?.();
    if (!this.#isStreaming) this.#response.writeHead(202, this.#headers);
    // Node.js 24 sends the end before what is corked.
    if (this.#isGathering) this.#response.uncork();
    this.#response.end();
  }

  /** Destroys the connection, unless all of the response was sent. `onGone` is not called. */
  drop(): void {
    this.#isEnded = true;
    if (!this.#response.writableFinished) this.#response.destroy();
  }

  #beat(): void {
    this.#cancelBeat = this.#options.clock.after(this.#options.keepAliveMs, () => {
      this.comment('still here');
      this.#beat();
    });
  }

  /** What is written in this turn is sent together. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#response.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      // Before the end, what was gathered is sent.
      if (!this.#response.writableEnded) this.#response.uncork();
      if (this.#response.writableLength === 0) this.#free();
      else this.#count();
    });
  }

  #hold(source?: PausableSender): void {
    if (!this.#isGathering) this.#count();
    if (this.#response.writableLength <= this.#options.maxQueuedBytes || this.#response.destroyed) return;
    if (source) {
      this.#held.add(source);
      source.hold(this);
    }
    const patienceMs = this.#options.stallTimeoutMs + this.#response.writableLength / LEAST_BYTES_PER_MS;
    this.#cancelStall ??= this.#options.clock.after(patienceMs, () => this.#response.destroy());
  }

  #count(): void {
    const { writableLength, destroyed } = this.#response;
    if (destroyed || (writableLength === 0 && !this.#isCounted)) return;
    this.#options.unread.set(this, writableLength, () => this.#response.destroy());
    if (this.#isCounted) return;
    this.#isCounted = true;
    // Most responses are taken at once, and need to hear of nothing.
    const free = () => this.#free();
    const { socket } = this.#response;
    // Of what was corked in small pieces, the response of Node.js 24 does not tell.
    socket?.on('drain', free);
    this.#response.once('close', () => socket?.off('drain', free));
    this.#response.on('drain', free);
    this.#response.once('finish', free);
  }

  #free(): void {
    this.#count();
    this.#cancelStall?.();
    this.#cancelStall = undefined;
    for (const source of this.#held) source.release(this);
    this.#held.clear();
  }
}

/** Writes the frame as an event (WHATWG HTML §9.2.6). It is copied once at most. */
function writeEvent(response: ServerResponse, frame: Frame, id: string | undefined): void {
  const start = id === undefined ? 'event: message\ndata: ' : `id: ${id}\nevent: message\ndata: `;
  const isOneLine = !frame.includes(LF) && !frame.includes(CR);
  if (!isOneLine || frame.length <= COPIED_BYTES) {
    const lines = isOneLine ? [frame] : linesOf(frame);
    return void response.write(Buffer.concat([Buffer.from(start), ...lines, END]));
  }
  response.cork();
  response.write(start);
  response.write(frame);
  response.write(END);
  response.uncork();
}

/** JSON may hold line breaks between its tokens; each line needs a `data:` of its own. */
function linesOf(frame: Frame): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let i = 0; i < frame.length; i++) {
    if (frame[i] !== LF && frame[i] !== CR) continue;
    parts.push(frame.subarray(start, i), LINE);
    if (frame[i] === CR && frame[i + 1] === LF) i += 1;
    start = i + 1;
  }
  parts.push(frame.subarray(start));
  return parts;
}
