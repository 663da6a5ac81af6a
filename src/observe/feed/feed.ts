import type { Lang } from '../../messages/index.js';
import type { FeedMessage, FeedSnapshot } from '../../protocol/feed.js';
import { type Clock, idleClock } from '../../time/clock.js';
import { buildPart, buildState, type FeedState } from './build.js';
import { FeedMemo } from './context.js';
import { detailOf } from './detail.js';
import { differenceOf } from './diff.js';
import type { FeedAsked } from './feed-asked.js';
import { FeedReader } from './feed-reader.js';
import { logOf } from './log-lines.js';
import type { About, Pulse } from './pulse.js';
import type { FeedSources } from './sources.js';

/** Numbers of calls, of memory and the like change without an event; they are looked at this often. */
const FIGURES_EVERY_MS = 1_000;
/** Memory and processor of each server while somebody reads; a reading costs a few files of /proc for each process. */
const MEASURE_EVERY_MS = 5_000;

/** A look at hundreds of links takes milliseconds; the rest after it is so many times as long, so that calls have the processor. */
const REST_TIMES = 25;
/** A page may be late by this much on a machine that is busy anyway. */
const REST_MOST_MS = 2_000;

/** What readers of one language have been told. */
interface Told {
  at: number;
  state: FeedState;
  memo: FeedMemo;
  readers: Set<FeedReader>;
}

/** What the feed needs beside what it tells of. */
export interface FeedOptions {
  /** Says that something has changed. */
  changes: Pulse;
  clock?: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970. */
  wallNow?: () => number;
}

/**
 * The feed of a running mcp-pipe: one for all its readers. Nothing is computed while there are none.
 *
 *     for await (const message of feed.open({ lang: 'vi', view: readView('server/memory'), signal })) …
 *
 * The first message is a snapshot, at once; then changes follow, at most four a second. A reader that is slow to take them
 * holds a bounded number: instead of further ones it gets a whole snapshot again, and of log lines their number (`dropped`).
 * It ends when `signal` aborts, when the reader leaves the loop, or when the feed is closed.
 */
// D214
export class Feed {
  readonly #sources: FeedSources;
  readonly #changes: Pulse;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #wallNow: () => number;
  readonly #told = new Map<Lang, Told>();
  /** Ends what goes on only while somebody reads. */
  #rest: (() => void) | undefined;
  /** By the clock: after a look that took long, there is a rest. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #cancelLater: (() => void) | undefined;
  #isClosed = false;

  constructor(sources: FeedSources, { changes, clock = idleClock, wallNow = Date.now }: FeedOptions) {
    this.#sources = sources;
    this.#changes = changes;
    this.#clock = clock;
    this.#wallNow = wallNow;
  }

  /** A reader that is there until its loop ends. */
  open(asked: FeedAsked): AsyncIterable<FeedMessage> {
    return { [Symbol.asyncIterator]: () => this.#read(asked) };
  }

  /** Sends every reader away. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const { readers } of this.#told.values()) for (const reader of [...readers]) reader.end();
  }

  #read(asked: FeedAsked): FeedReader {
    const { lang, canWrite = true, signal } = asked;
    const told = this.#toldIn(lang);
    const snapshot = (): FeedSnapshot => ({ type: 'snapshot', at: told.at, lang, canWrite, ...told.state });
    const ends: (() => void)[] = [];
    const reader = new FeedReader(asked, snapshot, () => {
      for (const end of ends) end();
      told.readers.delete(reader);
      if (told.readers.size === 0) this.#told.delete(lang);
      if (this.#told.size === 0) this.#sleep();
    });
    if (this.#isClosed || signal?.aborted) {
      reader.end();
      return reader;
    }
    told.readers.add(reader);
    this.#wake();
    const end = () => reader.end();
    signal?.addEventListener('abort', end, { once: true });
    ends.push(() => signal?.removeEventListener('abort', end));
    ends.push(
      logOf(this.#sources, reader, this.#clock),
      detailOf(this.#sources, reader, this.#clock, this.#wallNow),
    );
    return reader;
  }

  #toldIn(lang: Lang): Told {
    const known = this.#told.get(lang);
    if (known) return known;
    const at = this.#wallNow();
    const memo = new FeedMemo();
    const state = buildState(this.#sources, at, lang, memo);
    const told = { at, state, memo, readers: new Set<FeedReader>() };
    this.#told.set(lang, told);
    return told;
  }

  #wake(): void {
    if (this.#rest) return;
    let cancel = () => {};
    let unmeasure: (() => void) | undefined;
    const again = () => {
      // A run may begin to measure later.
      unmeasure ??= this.#sources.measures?.measure(MEASURE_EVERY_MS, this.#changes.touch);
      cancel = this.#clock.after(FIGURES_EVERY_MS, () => {
        this.#changes.touch();
        again();
      });
    };
    again();
    const unlisten = this.#changes.listen((about) => this.#tell(about));
    this.#rest = () => {
      cancel();
      unlisten();
      unmeasure?.();
    };
  }

  /** Changes that come meanwhile are told then as well. */
  #later(ms: number): void {
    this.#cancelLater ??= this.#clock.after(ms, () => {
      this.#cancelLater = undefined;
      this.#changes.touch();
    });
  }

  #sleep(): void {
    this.#cancelLater?.();
    this.#cancelLater = undefined;
    this.#rest?.();
    this.#rest = undefined;
  }

  /** Tells all readers what has changed: found once for each language. */
  #tell(about: About): void {
    const startedAt = this.#clock.now();
    if (startedAt < this.#notBefore) return this.#later(this.#notBefore - startedAt);
    const at = this.#wallNow();
    for (const [lang, told] of this.#told) {
      const before = told.state;
      const how = [this.#sources, at, lang, told.memo] as const;
      told.state = (about && buildPart(before, about, ...how)) ?? buildState(...how);
      told.at = at;
      const difference = differenceOf(before, told.state);
      if (!difference) continue;
      for (const reader of told.readers)
        if (!reader.isBehind) reader.push({ type: 'change', at, ...difference });
    }
    const tookMs = this.#clock.now() - startedAt;
    this.#notBefore = startedAt + Math.min(REST_MOST_MS, tookMs * REST_TIMES);
  }
}
