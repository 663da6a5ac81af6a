import type { FeedMessage, FeedSnapshot } from '../../protocol/feed.js';
import type { FeedAsked } from './feed-asked.js';

/** Messages that wait for a slow reader. A snapshot takes their place when there would be more. */
const MOST_WAITING = 16;

/** One reader of the feed: its messages until it takes them. */
export class FeedReader implements AsyncIterator<FeedMessage, undefined> {
  readonly asked: FeedAsked;
  readonly #snapshot: () => FeedSnapshot;
  readonly #onEnd: () => void;
  #waiting: FeedMessage[] = [];
  /** It gets a whole snapshot next, because it is new or was too slow. */
  #isBehind = true;
  #isOver = false;
  /** Lines of the log that had to make room. */
  #dropped = 0;
  #take: ((result: IteratorResult<FeedMessage, undefined>) => void) | undefined;

  /**
   * @param snapshot how everything is now
   * @param onEnd called once, when the reader has left or is sent away
   */
  constructor(asked: FeedAsked, snapshot: () => FeedSnapshot, onEnd: () => void) {
    this.asked = asked;
    this.#snapshot = snapshot;
    this.#onEnd = onEnd;
  }

  /** Whether a change is of any use to it now. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** @param message A change only when the reader is not behind. */
  push(message: FeedMessage): void {
    if (this.#isOver) return;
    if (this.#take && !this.#isBehind) return this.#give(message);
    this.#waiting.push(message);
    if (this.#waiting.length <= MOST_WAITING) return;
    for (const one of this.#waiting)
      if (one.type === 'log') this.#dropped += one.records.length + (one.dropped ?? 0);
    this.#waiting = [];
    this.#isBehind = true;
  }

  next(): Promise<IteratorResult<FeedMessage, undefined>> {
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    if (this.#isBehind) {
      this.#isBehind = false;
      // What else waits says what the snapshot does not: lines of the log, more of one item.
      return Promise.resolve({ done: false, value: this.#snapshot() });
    }
    const message = this.#waiting.shift();
    if (message) return Promise.resolve({ done: false, value: this.#counted(message) });
    return new Promise((resolve) => {
      this.#take = resolve;
    });
  }

  /** The loop of the reader was left. */
  return(): Promise<IteratorResult<FeedMessage, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Sends the reader away. Idempotent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#onEnd();
    this.#take?.({ done: true, value: undefined });
    this.#take = undefined;
  }

  /** With the number of lines that the reader was too slow for. */
  #counted(message: FeedMessage): FeedMessage {
    if (message.type !== 'log' || this.#dropped === 0) return message;
    const dropped = this.#dropped + (message.dropped ?? 0);
    this.#dropped = 0;
    return { ...message, dropped };
  }

  #give(message: FeedMessage): void {
    const take = this.#take;
    this.#take = undefined;
    take?.({ done: false, value: this.#counted(message) });
  }
}
