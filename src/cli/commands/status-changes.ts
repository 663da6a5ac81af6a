import { setTimeout as sleep } from 'node:timers/promises';
import { controlPathsOf, userId } from '../../daemon/control-place.js';
import { type ControlClient, NoDaemonError, openControl } from '../../faces/control/client.js';
import { ANSWER_WITHIN_MS, type AskOptions, METHOD_NOT_FOUND } from '../ask-daemon.js';

/** A daemon that cannot tell is asked this often; a report of 200 links takes it a few milliseconds. */
const ASK_EVERY_MS = 1_000;
/** Between two reports of a daemon whose state changes all the time; the first one after a rest comes at once. */
const LEAST_MS = 500;

/** Tells when the state of a running daemon may have changed: by its feed, or every second where it has none. */
export class StatusChanges {
  readonly #options: AskOptions;
  readonly #askEveryMs: number;
  #client: ControlClient | undefined;
  /** Undefined until it is known: daemons of earlier versions have no feed. */
  #hasFeed: boolean | undefined;
  #isChanged = false;
  #wake = () => {};
  #lastAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /** @param askEveryMs how often a daemon without a feed is asked */
  constructor(options: AskOptions, askEveryMs = ASK_EVERY_MS) {
    this.#options = options;
    this.#askEveryMs = askEveryMs;
  }

  /** Resolves when the next report is worth asking for. Never rejects. */
  async next(): Promise<void> {
    if (this.#hasFeed !== false && !this.#client) await this.#follow();
    if (!this.#client) await sleep(this.#askEveryMs);
    else {
      if (!this.#isChanged)
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      const restMs = this.#lastAt + LEAST_MS - performance.now();
      if (restMs > 0) await sleep(restMs);
    }
    this.#isChanged = false;
    this.#lastAt = performance.now();
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.close();
    this.#wake();
  }

  async #follow(): Promise<void> {
    let client: ControlClient | undefined;
    try {
      const { paths } = controlPathsOf(this.#options);
      client = await openControl(paths, { uid: userId(), timeoutMs: ANSWER_WITHIN_MS });
      const { error } = await client.follow('feed/follow', {}, () => this.#changed());
      this.#hasFeed = error?.code !== METHOD_NOT_FOUND;
      if (error || this.#isClosed) return client.close();
      this.#client = client;
      // What changed before this is not told.
      this.#changed();
      void client.ended.then(() => {
        this.#client = undefined;
        this.#changed();
      });
    } catch (error) {
      client?.close();
      // It may come back; the next report says so.
      if (!(error instanceof NoDaemonError)) throw error;
    }
  }

  #changed(): void {
    this.#isChanged = true;
    this.#wake();
  }
}
