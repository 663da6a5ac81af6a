import type { IdKey, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { SharedBytes } from '../shared-bytes.js';

/** The stream of an event, as far as the store knows it. */
interface Stream {
  /** Whether the event of this number was sent over a connection. */
  hasSent(seq: number): boolean;
}

/** A message that was sent on a stream, or would have been if the stream had a connection. */
export interface StoredEvent {
  stream: Stream;
  /** Its number on the stream, from 1. */
  seq: number;
  frame: Frame;
  /** The id of the client's request that it answers. */
  answers?: RawId | undefined;
  /** Its own id, if it is a request of the server. */
  asks?: IdKey | undefined;
}

export interface EventStoreOptions {
  maxEvents: number;
  maxBytes: number;
  /** Counts the bytes that are stored for all sessions together. */
  stored: SharedBytes;
  /** Called with each event that is not kept any longer. */
  onDropped: (event: Omit<StoredEvent, 'frame'>) => void;
}

/** Memory of an event beside its bytes. */
const EVENT_OVERHEAD_BYTES = 128;
const SHORT_BYTES = 4 * 1024;

type Kept = Omit<StoredEvent, 'frame'> & { bytes: Frame | string };

/**
 * The last messages of a session's streams, so that a stream can go on over another connection (MCP 2025-11-25
 * "Resumability and Redelivery"). Bounded: the oldest events are dropped first, and all of them when other sessions need the
 * room.
 */
// D198
export class EventStore {
  readonly #options: EventStoreOptions;
  /** The oldest first. */
  #events: Kept[] = [];
  #bytes = 0;

  constructor(options: EventStoreOptions) {
    this.#options = options;
  }

  /** Keeps an event, unless it is longer than all that may be kept. */
  add(event: StoredEvent): void {
    const { maxEvents, maxBytes, stored, onDropped } = this.#options;
    if (sizeOf(event.frame) > maxBytes) return onDropped(event);
    const { stream, seq, answers, asks } = event;
    this.#events.push({ stream, seq, bytes: ownBytes(event.frame), answers, asks });
    this.#bytes += sizeOf(event.frame);
    let count = 0;
    for (let bytes = this.#bytes; this.#events.length - count > maxEvents || bytes > maxBytes; count++)
      bytes -= sizeOf(this.#events[count]!.bytes);
    if (count > 0) this.#drop(count);
    stored.set(this, this.#bytes, () => this.clear());
  }

  /** The events of a stream that are kept and come behind this number. */
  after(stream: Stream, seq: number): { seq: number; frame: Frame }[] {
    const events = this.#events.filter((event) => event.stream === stream && event.seq > seq);
    return events.map(({ seq, bytes }) => ({
      seq,
      frame: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    }));
  }

  clear(): void {
    this.#drop(this.#events.length);
    this.#options.stored.delete(this);
  }

  #drop(count: number): void {
    for (const event of this.#events.splice(0, count)) {
      this.#bytes -= sizeOf(event.bytes);
      this.#options.onDropped(event);
    }
  }
}

function sizeOf({ length }: Frame | string): number {
  return length + EVENT_OVERHEAD_BYTES;
}

/**
 * The frame without the rest of the block that it was read into, which would be kept with it. A short one becomes a string,
 * of a character for each byte: a buffer of its own would cost more than its bytes.
 */
function ownBytes(frame: Frame): Frame | string {
  if (frame.length < SHORT_BYTES) return frame.toString('latin1');
  if (frame.buffer.byteLength <= 2 * frame.length) return frame;
  const own = Buffer.allocUnsafeSlow(frame.length);
  frame.copy(own);
  return own;
}
