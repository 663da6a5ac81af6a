import type { Readable } from 'node:stream';
import type { Clock } from '../../time/clock.js';

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

/** How often the silence of a stream with signs of life is looked at, in milliseconds: a fraction of the shortest that counts. */
const LOOK_EVERY_MS = 5_000;

/** Ends a stream that has been silent for too long: it is half-open, or something on the way has forgotten it. */
export class Silence {
  /** It has ended the stream. */
  isTooLong = false;
  readonly #body: Readable;
  readonly #clock: Clock;
  readonly #signs: SignsOfLife;
  readonly #mostMs: number;
  #heardAt: number;
  #looksOften = false;
  #cancel: () => void = () => {};

  /** @param mostMs the longest silence of a stream without signs of life, in milliseconds; Infinity: any */
  constructor(body: Readable, clock: Clock, mostMs: number = Number.POSITIVE_INFINITY) {
    this.#body = body;
    this.#clock = clock;
    this.#mostMs = mostMs;
    this.#signs = new SignsOfLife(clock);
    this.#heardAt = clock.now();
    if (mostMs < Number.POSITIVE_INFINITY) this.#lookAfter(mostMs);
  }

  heard(chunk: Buffer): void {
    this.#heardAt = this.#clock.now();
    this.#signs.heard(chunk);
    // Most streams are the answer to one call, and need no timer.
    if (this.#looksOften || chunk[0] !== COLON) return;
    this.#looksOften = true;
    this.stop();
    this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  #lookAfter(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => this.#look());
  }

  #look(): void {
    // What mcp-pipe does not read, it cannot hear.
    if (this.#body.isPaused()) {
      this.#signs.notRead();
      this.#heardAt = this.#clock.now();
    }
    const leftMs = Math.min(
      this.#signs.leftMs() ?? Number.POSITIVE_INFINITY,
      this.#heardAt + this.#mostMs - this.#clock.now(),
    );
    if (leftMs > 0) return this.#lookAfter(this.#looksOften ? Math.min(leftMs, LOOK_EVERY_MS) : leftMs);
    this.isTooLong = true;
    this.#body.destroy();
  }
}
