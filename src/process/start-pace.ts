import type { Clock } from '../time/clock.js';
import type { StartBound } from './start-limit.js';

/** For each core, so many may be starting from the beginning, and however slow they are: one waits for its disk while another computes. */
const FOR_EACH_CORE = 2;
/**
 * A start that takes no longer than this lets one more server start beside the others. Those that take longer are busy with the
 * processor (Node.js, Python) or a download: more of them at once would be ready no earlier.
 */
const FAST_MS = 250;
/** After a start that takes longer than this, half as many may be starting: the machine has too much to do. */
const SLOW_MS = 1_000;
/**
 * However fast they are: 128 servers a second of those that take a quarter of it without the processor. Each start stops this program
 * for 2 to 5 ms, and so do their answers, which come at once; the calls of links that are up wait for them.
 */
const MOST = 32;
/** Memory that one more start needs: servers by npx, the largest that are common, take 100 to 170 MB. */
const START_BYTES = 128 * 1024 ** 2;
/** Reading what is available takes a few files; a burst of starts reads them once. */
const MEMORY_KNOWN_FOR_MS = 250;

export interface StartPaceOptions {
  /** Processors that this program may use. */
  cores: number;
  /** Memory that programs can still take, in bytes; undefined where it is not told. */
  available: () => number | undefined;
  clock: Pick<Clock, 'now'>;
}

/**
 * How many servers may be starting at once, as congestion control finds how many packets may be under way: twice the cores to
 * begin with, one more with each fast start, half as many after a slow one, but no fewer than at the beginning; and never more
 * than there is memory for.
 */
// D370
export class StartPace implements StartBound {
  readonly #options: StartPaceOptions;
  readonly #fewest: number;
  #most: number;
  #memory: { bytes: number; at: number } | undefined;

  constructor(options: StartPaceOptions) {
    this.#options = options;
    this.#fewest = FOR_EACH_CORE * options.cores;
    this.#most = this.#fewest;
  }

  mayStart(starting: number): boolean {
    return starting < this.#most && this.#availableBytes >= START_BYTES * (starting + 1);
  }

  /** What fails at once says nothing about how fast servers start. */
  ended(tookMs: number, isUp: boolean): void {
    if (isUp && tookMs <= FAST_MS) this.#most = Math.min(this.#most + 1, Math.max(MOST, this.#fewest));
    else if (tookMs > SLOW_MS) this.#most = Math.max(Math.floor(this.#most / 2), this.#fewest);
  }

  get #availableBytes(): number {
    const { available, clock } = this.#options;
    const now = clock.now();
    if (!this.#memory || now - this.#memory.at >= MEMORY_KNOWN_FOR_MS)
      this.#memory = { bytes: available() ?? Number.POSITIVE_INFINITY, at: now };
    return this.#memory.bytes;
  }
}
