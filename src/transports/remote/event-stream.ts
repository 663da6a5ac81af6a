import type { Frame } from '../../protocol/frame.js';
import { GatheredMessage } from '../../protocol/gathered-message.js';
import type { OversizeMessage } from '../../protocol/oversize.js';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Lines break JSON between its tokens only, so a space may stand for them: a frame is one line. */
const JOINT = Buffer.from(' ');
const NOTHING = Buffer.alloc(0);

/** No field that is read has a longer name than `event` and `retry`. */
const LONGEST_NAME_BYTES = 5;
/** In an id it could not be sent back: no header holds one (RFC 9110 §5.5). */
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
/** Longer ids, types and times are not kept. */
const MAX_VALUE_BYTES = 8 * 1024;

export interface EventStreamSink {
  /**
   * Called with the data of each event on one line; not with an event without data. `type` is `message` unless the server
   * names another one.
   */
  onData: (data: Frame, type: string) => void;
  /** Called with data over the bound, which was dropped. */
  onOversize: (data: OversizeMessage) => void;
  /** Called when an event with another id is complete, with or without data. The empty text forgets the id. */
  onId?: (id: string) => void;
  /** How long the server asks to wait before the stream is asked for again, in milliseconds. */
  onRetry?: (ms: number) => void;
}

/**
 * Reads server-sent events (HTML, "Server-sent events") from chunks of any sizes. Works on bytes, so the data is what the
 * server sent, whatever it is, and takes time linear in its length.
 */
// D165
export class EventStream {
  readonly #sink: EventStreamSink;
  readonly #maxDataBytes: number;
  readonly #data: GatheredMessage;
  #dataLines = 0;
  #type = 'message';
  #id: string | undefined;
  /** What the present line is: its field's name is not known yet, or its value is gathered, kept or skipped. */
  #line: 'name' | 'data' | 'kept' | 'skipped' = 'name';
  /** The beginning of a line whose name is not complete, or the value so far of a line that is kept. */
  #held: Buffer = NOTHING;
  #name = '';
  /** The next byte may be the space after the colon. */
  #atSpace = false;
  /** The last line ended with CR, to which the next LF may belong. */
  #afterCr = false;
  /** Bytes of a byte order mark at the very beginning that were found; -1: it is past. */
  #mark = 0;
  /** Offsets of the next LF and CR in the present chunk, from the last search; Infinity: none. */
  #nextLf = -1;
  #nextCr = -1;

  constructor(maxDataBytes: number, sink: EventStreamSink) {
    this.#sink = sink;
    this.#maxDataBytes = maxDataBytes;
    this.#data = new GatheredMessage(maxDataBytes);
  }

  /** Bytes of the unfinished event that are kept. */
  get heldBytes(): number {
    return this.#data.heldBytes;
  }

  push(chunk: Buffer): void {
    let at = this.#mark >= 0 ? this.#skipMark(chunk) : 0;
    this.#nextLf = -1;
    this.#nextCr = -1;
    while (at < chunk.length) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (chunk[at] === LF) {
          at += 1;
          continue;
        }
      }
      const end = this.#lineEnd(chunk, at);
      if (end === Number.POSITIVE_INFINITY) {
        this.#part(at === 0 ? chunk : chunk.subarray(at));
        return;
      }
      this.#afterCr = chunk[end] === CR;
      if (end > at) this.#part(chunk.subarray(at, end));
      this.#endLine();
      at = end + 1;
    }
  }

  /** The stream has ended, and not by a cut: some servers leave out the empty line behind the last event. */
  end(): void {
    if (this.#line !== 'name' || this.#held.length > 0) this.#endLine();
    this.#endEvent();
  }

  /** Drops the unfinished event. */
  discard(): void {
    this.#data.discard();
    this.#held = NOTHING;
  }

  #skipMark(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#mark < 3 && chunk[at] === BYTE_ORDER_MARK[this.#mark]) {
      this.#mark += 1;
      at += 1;
    }
    if (at < chunk.length || this.#mark === 3) {
      // Anything shorter than the mark was the beginning of a line, if not of a meaningful one.
      if (this.#mark < 3 && this.#mark > 0) this.#part(Buffer.from(BYTE_ORDER_MARK.slice(0, this.#mark)));
      this.#mark = -1;
    }
    return at;
  }

  /** Offset of the end of the line that `at` is in; Infinity: not in this chunk. Each end is searched for once. */
  #lineEnd(chunk: Buffer, at: number): number {
    if (this.#nextLf < at) this.#nextLf = search(chunk, LF, at);
    if (this.#nextCr < at) this.#nextCr = search(chunk, CR, at);
    return Math.min(this.#nextLf, this.#nextCr);
  }

  /** A part of the present line, without its end. */
  #part(part: Buffer): void {
    if (this.#line !== 'name') return this.#value(part);
    const line = this.#held.length === 0 ? part : Buffer.concat([this.#held, part]);
    const colon = line.subarray(0, LONGEST_NAME_BYTES + 1).indexOf(COLON);
    if (colon < 0) {
      if (line.length > LONGEST_NAME_BYTES) this.#line = 'skipped';
      this.#held = line.length > LONGEST_NAME_BYTES ? NOTHING : Buffer.from(line);
      return;
    }
    this.#held = NOTHING;
    this.#beginValue(line.toString('latin1', 0, colon));
    if (colon + 1 < line.length) this.#value(line.subarray(colon + 1));
  }

  #beginValue(name: string): void {
    this.#name = name;
    this.#atSpace = true;
    if (name === 'data') {
      this.#line = 'data';
      if (this.#dataLines > 0) this.#data.add(JOINT);
      this.#dataLines += 1;
    } else this.#line = name === 'id' || name === 'event' || name === 'retry' ? 'kept' : 'skipped';
  }

  #value(part: Buffer): void {
    const value = this.#atSpace && part[0] === SPACE ? part.subarray(1) : part;
    this.#atSpace = false;
    if (value.length === 0 || this.#line === 'skipped') return;
    if (this.#line === 'data') return this.#data.add(value);
    if (this.#held.length + value.length > MAX_VALUE_BYTES) {
      this.#line = 'skipped';
      this.#held = NOTHING;
    } else this.#held = Buffer.concat([this.#held, value]);
  }

  #endLine(): void {
    if (this.#line === 'name') {
      if (this.#held.length === 0) return this.#endEvent();
      // A line without a colon is a field with an empty value.
      this.#beginValue(this.#held.toString('latin1'));
      this.#held = NOTHING;
    }
    if (this.#line === 'kept') this.#keep(this.#name, this.#held.toString('utf8'));
    this.#line = 'name';
    this.#held = NOTHING;
  }

  #keep(name: string, value: string): void {
    if (name === 'event') this.#type = value === '' ? 'message' : value;
    else if (name === 'id' && !CONTROL.test(value)) this.#id = value;
    else if (name === 'retry' && /^\d{1,15}$/.test(value)) this.#sink.onRetry?.(Number(value));
  }

  #endEvent(): void {
    const [type, id, lines] = [this.#type, this.#id, this.#dataLines];
    this.#type = 'message';
    this.#id = undefined;
    this.#dataLines = 0;
    if (lines > 0) this.#deliver(type, lines);
    // Afterwards: what is resumed behind this id must have been delivered.
    if (id !== undefined) this.#sink.onId?.(id);
  }

  #deliver(type: string, lines: number): void {
    // Empty lines of data are nothing but their joints.
    if (this.#data.bytes < lines && this.#data.bytes <= this.#maxDataBytes) {
      this.#data.discard();
      return;
    }
    const data = this.#data.take();
    if (Buffer.isBuffer(data)) this.#sink.onData(data, type);
    else this.#sink.onOversize(data);
  }
}

function search(chunk: Buffer, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}
