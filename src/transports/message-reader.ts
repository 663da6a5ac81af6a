import { isUtf8 } from 'node:buffer';
import { readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { noteArrival } from '../protocol/frame-arrival.js';
import { type OversizeMessage, OversizeReader } from '../protocol/oversize.js';
import { systemClock } from '../time/clock.js';
import { MASK_BYTES, maskInPlace } from './mask.js';

/** RFC 6455 §5.2. From `CLOSE` on opcodes are control frames (§5.5): short, and allowed between fragments. */
const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PONG = 0xa;

const FINAL = 0x80;
const RESERVED_BITS = 0x70;
const MASKED = 0x80;
/** RFC 6455 §5.5. */
const MAX_CONTROL_BYTES = 125;

/** Memory of a fragment beyond its bytes, so that a million empty fragments count as well. */
const FRAGMENT_OVERHEAD_BYTES = 128;

/**
 * A longer message has to come in part before there is memory for all of it: to announce one costs its sender nothing. One read
 * of a socket brings as much; these bytes are copied twice.
 */
const FIRST_BLOCK_BYTES = 64 * 1024;

/** A mask of zeros changes nothing. */
const NO_MASK = Buffer.alloc(MASK_BYTES);

export interface MessageSink {
  /** Called with each complete message, text or binary. Text is valid UTF-8. */
  onMessage: (payload: Frame, isBinary: boolean) => void;
  /** Called with each message over the bound, which was dropped. */
  onOversize: (message: OversizeMessage) => void;
  /**
   * Called with control frames, and with the first violation of the protocol: for a WebSocket library. Not called
   * after a violation.
   */
  onRest: (bytes: Buffer) => void;
}

/**
 * Reads the frames that the far side of a WebSocket sends (D42): those of a client are masked, in place taken off, those of a
 * server are not. Messages are taken out of the byte stream here, which is cheap; a
 * message over the bound is dropped without ending the connection or filling memory. Closing, pings and violations of the
 * protocol are handled by the library, which gets their bytes.
 */
export class MessageReader {
  readonly #now: () => number;
  readonly #maxMessageBytes: number;
  readonly #sink: MessageSink;
  /** The far side is a client. */
  readonly #isMasked: boolean;
  /** Of the present frame, and how many bytes of its payload have come, as far as it matters. */
  readonly #mask = Buffer.alloc(MASK_BYTES);
  #phase = 0;
  /** The first bytes of a header whose rest has not come. */
  #headerStart: Buffer | undefined;
  /** Payload bytes of the present frame that are still to come. */
  #left = 0;
  #into: 'library' | 'block' | 'nowhere' | 'end' = 'library';
  #final = true;
  #block: Buffer | undefined;
  #filled = 0;
  /** A message in fragments, until its last one. */
  #fragments: { payloads: Buffer[]; bytes: number; isBinary: boolean } | undefined;
  #isBinary = false;
  /** When the first bytes of a message came that does not end in the same read; clock time in milliseconds. */
  #beganAt = 0;
  /** Reads a message over the bound, until its last fragment. */
  #long: OversizeReader | undefined;
  /** The close frame, or a violation, has been passed on: later bytes are ignored (§5.5.1). */
  #over = false;

  /** @param now Clock time in milliseconds. */
  constructor(
    maxMessageBytes: number,
    isMasked: boolean,
    sink: MessageSink,
    now: () => number = systemClock.now,
  ) {
    this.#now = now;
    this.#maxMessageBytes = maxMessageBytes;
    this.#isMasked = isMasked;
    this.#sink = sink;
  }

  /** The close frame has come. */
  get isClosed(): boolean {
    return this.#over && this.#into === 'end';
  }

  /** Bytes that are kept of a message that has not come to its end. */
  get unfinishedBytes(): number {
    return this.#filled + Math.max(0, this.#fragments?.bytes ?? 0);
  }

  /** Takes the bytes of one read, which are changed where they are masked. */
  push(chunk: Buffer): void {
    if (this.#over) return;
    const data = this.#headerStart ? Buffer.concat([this.#headerStart, chunk]) : chunk;
    this.#headerStart = undefined;
    let at = this.#left > 0 ? this.#body(data, 0) : 0;
    while (at < data.length && !this.#over) {
      const payload = at + this.#headerBytes(data, at);
      if (payload > data.length) {
        // Copied: a view would keep the whole chunk in memory.
        this.#headerStart = Buffer.from(data.subarray(at));
        return;
      }
      const length = payloadBytes(data, at);
      const end = payload + length;
      const ordinary =
        data[at] === (FINAL | TEXT) && data[at + 1]! >= MASKED === this.#isMasked && end <= data.length;
      if (ordinary && length <= this.#maxMessageBytes && !this.#fragments && !this.#long) {
        if (this.#isMasked) maskInPlace(data, payload, end, data, payload - MASK_BYTES);
        const text = data.subarray(payload, end);
        if (isUtf8(text)) {
          this.#sink.onMessage(text, false);
          at = end;
        } else this.#breach(this.#wholeText(text));
      } else at = this.#begin(data, at, payload, length);
    }
  }

  /** Begins the frame at `at`; returns the offset to go on at. */
  #begin(data: Buffer, at: number, payload: number, length: number): number {
    const first = data[at]!;
    const opcode = first & 0x0f;
    if (data[at + 1]! >= MASKED !== this.#isMasked || this.#isBreach(first, length)) {
      if (this.#fragments || this.#long) this.#sink.onRest(this.#begunMessage());
      this.#breach(data.subarray(at));
      return at;
    }
    this.#left = length;
    this.#final = first >= FINAL;
    this.#phase = 0;
    if (this.#isMasked) data.copy(this.#mask, 0, payload - MASK_BYTES, payload);
    if (opcode >= CLOSE) {
      this.#into = opcode === CLOSE ? 'end' : 'library';
      this.#sink.onRest(data.subarray(at, payload));
    } else this.#beginData(opcode, length);
    return length === 0 ? this.#endFrame(payload) : this.#body(data, payload);
  }

  #beginData(opcode: number, length: number): void {
    this.#into = 'nowhere';
    if (opcode !== CONTINUATION) {
      this.#isBinary = opcode === BINARY;
      this.#beganAt = this.#now();
    }
    if (this.#long) return;
    let bytes = length;
    if (!this.#final || this.#fragments) {
      this.#fragments ??= { payloads: [], bytes: -FRAGMENT_OVERHEAD_BYTES, isBinary: this.#isBinary };
      bytes = this.#fragments.bytes += length + FRAGMENT_OVERHEAD_BYTES;
    }
    if (bytes > this.#maxMessageBytes) {
      this.#long = new OversizeReader();
      for (const piece of this.#fragments?.payloads ?? []) this.#long.push(piece);
      this.#fragments = undefined;
      return;
    }
    // A block of the announced length, which bytes are copied into as they come, once; the first ones of a long message twice.
    this.#into = 'block';
    this.#block = Buffer.allocUnsafe(Math.min(length, FIRST_BLOCK_BYTES));
    this.#filled = 0;
  }

  /** Takes payload of the present frame; returns the offset in `data` where it ends. */
  #body(data: Buffer, at: number): number {
    const end = Math.min(at + this.#left, data.length);
    this.#left -= end - at;
    // The library takes off the mask itself.
    if (this.#isMasked && (this.#into === 'block' || this.#into === 'nowhere')) {
      maskInPlace(data, at, end, this.#mask, 0, this.#phase);
      this.#phase = (this.#phase + end - at) & 3;
    }
    if (this.#into === 'block') this.#fill(data, at, end);
    else if (this.#into === 'nowhere') this.#long!.push(data.subarray(at, end));
    else this.#sink.onRest(data.subarray(at, end));
    return this.#left === 0 ? this.#endFrame(end) : end;
  }

  #fill(data: Buffer, at: number, end: number): void {
    const filled = this.#filled + end - at;
    if (filled > this.#block!.length) {
      const whole = Buffer.allocUnsafe(filled + this.#left);
      this.#block!.copy(whole, 0, 0, this.#filled);
      this.#block = whole;
    }
    this.#filled += data.copy(this.#block!, this.#filled, at, end);
  }

  /** The present frame is complete at `end`. */
  #endFrame(end: number): number {
    if (this.#into === 'nowhere' && this.#final) {
      const long = this.#long!;
      this.#long = undefined;
      this.#sink.onOversize(long.end());
    } else if (this.#into === 'block') {
      const payload = this.#block!;
      this.#block = undefined;
      this.#filled = 0;
      this.#fragments?.payloads.push(payload);
      if (this.#final) this.#endMessage(payload);
    } else if (this.#into === 'end') this.#over = true;
    return end;
  }

  #endMessage(last: Buffer): void {
    const { payloads = [last] } = this.#fragments ?? {};
    this.#fragments = undefined;
    const message = payloads.length === 1 ? last : Buffer.concat(payloads);
    noteArrival(message, this.#beganAt);
    if (this.#isBinary || isText(message)) return this.#sink.onMessage(message, this.#isBinary);
    this.#breach(this.#wholeText(message));
  }

  /** Passes a violation on to the library, which ends the connection (§7.1.7, §8.1). */
  #breach(bytes: Buffer): void {
    this.#over = true;
    this.#sink.onRest(bytes);
  }

  /** Whether a frame with this first byte and length violates the protocol here. */
  #isBreach(first: number, length: number): boolean {
    const opcode = first & 0x0f;
    if ((first & RESERVED_BITS) !== 0 || !Number.isSafeInteger(length)) return true;
    if (opcode >= CLOSE) return opcode > PONG || first < FINAL || length > MAX_CONTROL_BYTES;
    const isMessageOpen = this.#fragments !== undefined || this.#long !== undefined;
    return opcode > BINARY || (opcode === CONTINUATION) !== isMessageOpen;
  }
  /** Length of the header at `at`, in bytes; more than `data` has while the header is incomplete. */
  #headerBytes(data: Buffer, at: number): number {
    if (data.length < at + 2) return 2;
    const second = data[at + 1]!;
    const short = second & 0x7f;
    // A frame with a mask that should have none, or the other way round, is a violation, whatever its length.
    const mask = this.#isMasked && second >= MASKED ? MASK_BYTES : 0;
    return (short < 126 ? 2 : short === 126 ? 4 : 10) + mask;
  }

  /** For the library: a text frame. */
  #wholeText(payload: Buffer): Buffer {
    const header = Buffer.alloc(10);
    header[0] = FINAL | TEXT;
    header[1] = (this.#isMasked ? MASKED : 0) | 127;
    header.writeUIntBE(payload.length, 4, 6);
    return Buffer.concat(this.#isMasked ? [header, NO_MASK, payload] : [header, payload]);
  }

  /** For the library: the empty beginning of a text message in fragments. */
  #begunMessage(): Buffer {
    return this.#isMasked ? Buffer.from([TEXT, MASKED, ...NO_MASK]) : Buffer.from([TEXT, 0]);
  }
}

/**
 * Whether a message that came in several reads is UTF-8. Its envelope, which is needed anyway and kept, says of most messages that
 * they are ASCII: that is one pass over the bytes less.
 */
function isText(message: Frame): boolean {
  return readEnvelope(message).isPlain || isUtf8(message);
}

/** Payload bytes of the frame whose header at `at` is complete. */
function payloadBytes(data: Buffer, at: number): number {
  const short = data[at + 1]! & 0x7f;
  if (short < 126) return short;
  if (short === 126) return (data[at + 2]! << 8) | data[at + 3]!;
  return data.readUInt32BE(at + 2) * 2 ** 32 + data.readUInt32BE(at + 6);
}
