import type { Clock } from '../../time/clock.js';
import { EventStream } from './event-stream.js';
import type { HttpAnswer } from './http-requests.js';
import type { Cut, Inflow } from './inflow.js';
import type { FrameSink } from './read-answer.js';

export interface SseStreamOptions {
  inflow: Inflow;
  maxFrameBytes: number;
  clock: Clock;
  sink: FrameSink;
  /** Called with the data of each event `endpoint`. */
  onEndpoint: (address: string) => void;
  onId: (id: string) => void;
}

const COLON = 0x3a;
/** A stream whose server is known to send signs of life is half-open after so many of their intervals without a byte. */
const MISSED_SIGNS = 3;
/** And not before this time, in milliseconds: a busy server may be late. */
const LEAST_SILENCE_MS = 30_000;

/** Finds half-open streams: of servers that send comments at intervals, as most do, and then send nothing. */
export class SignsOfLife {
  readonly #clock: Clock;
  #heardAt: number;
  #commentAt: number | undefined;
  #intervals = 0;
  #longestMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#heardAt = clock.now();
  }

  heard(chunk: Buffer): void {
    const now = this.#clock.now();
    this.#heardAt = now;
    if (chunk[0] !== COLON) return;
    if (this.#commentAt !== undefined) {
      this.#longestMs = Math.max(this.#longestMs, now - this.#commentAt);
      this.#intervals += 1;
    }
    this.#commentAt = now;
  }

  /** The stream was not read for a while, so silence says nothing. */
  notRead(): void {
    this.#heardAt = this.#clock.now();
    this.#commentAt = undefined;
  }

  /** How long until the silence is too long, in milliseconds; 0: it is. Undefined while nothing is known of the server. */
  leftMs(): number | undefined {
    if (this.#intervals < 2) return undefined;
    const most = Math.max(LEAST_SILENCE_MS, MISSED_SIGNS * this.#longestMs);
    return Math.max(0, this.#heardAt + most - this.#clock.now());
  }
}

/** How often the silence is looked at, in milliseconds: a fraction of the shortest one that counts. */
const LOOK_EVERY_MS = 5_000;

/** Reads the stream of a server over HTTP+SSE. Resolves with why it was cut; undefined: the server ended it. Never rejects. */
export async function readSseStream({ body }: HttpAnswer, options: SseStreamOptions): Promise<Cut> {
  const { inflow, maxFrameBytes, clock, sink, onEndpoint, onId } = options;
  const events = new EventStream(maxFrameBytes, {
    onData: (data, type) => {
      if (type === 'message') sink.onFrame(data);
      else if (type === 'endpoint') onEndpoint(data.toString('utf8'));
    },
    onOversize: sink.onOversize,
    onId,
  });
  const signs = new SignsOfLife(clock);
  let isSilent = false;
  let cancel = () => {};
  const look = () => {
    if (inflow.batches.isFull) signs.notRead();
    if (signs.leftMs() === 0) {
      isSilent = true;
      body.destroy();
    } else cancel = clock.after(LOOK_EVERY_MS, look);
  };
  cancel = clock.after(LOOK_EVERY_MS, look);
  const cut = await inflow.read(body, {
    push: (chunk) => {
      signs.heard(chunk);
      events.push(chunk);
    },
    end: () => events.end(),
    discard: () => events.discard(),
    heldBytes: () => events.heldBytes,
  });
  cancel();
  return isSilent ? 'ETIMEDOUT' : cut;
}
