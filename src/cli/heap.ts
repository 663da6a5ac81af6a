import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Observer } from '../observe/observer.js';
import { makeFolder } from '../process/make-folder.js';
import type { Status } from '../protocol/status.js';
import { idleClock } from '../time/clock.js';
import { keepCompiled } from './compiled-code.js';

/**
 * How much old memory may grow before V8 collects it, in percent of the size after the last collection.
 *
 * V8 counts buffers of messages as growth. It frees young ones cheaply, but only when there are 32 MiB of them. It collects
 * old memory when that has grown to 4 times its size, at least by 8 MiB. Old memory of mcp-pipe is 10 MiB, so it was
 * collected first: once for ten messages of 1 MiB, which took half of all processor time. At 5 times 8 MiB it is collected
 * last.
 */
// D127
const GROWTH_PERCENT = 500;

/**
 * Up to this size young memory may double, in bytes, both halves together. V8 would go on to 32 MiB, and keep them. Measured with
 * 200 links and 8 calls in flight on each: with 2 MiB V8 needs five times the processor time, with 8 MiB as much as with 32.
 */
const YOUNG_BYTES = 8 * 1024 ** 2;
/** The same during the start, of which less is in use. */
const YOUNG_AT_START_BYTES = 4 * 1024 ** 2;

/** The start is over when nothing has started or connected for so long, in milliseconds. */
const STARTED_AFTER_MS = 1_000;
/** It is over after so long in any case, in milliseconds: where servers come and go all the time, there is no such second. */
const LONGEST_START_MS = 30_000;

/** Two collections of old memory within this time, in milliseconds: young memory is too small for what is in flight. */
const TOO_OFTEN_MS = 5_000;

const STARTING: ReadonlySet<Status['type']> = new Set(['open', 'server-ready', 'client-initialized']);

/** Of a collection; the types of Node.js do not know it. */
type CollectionEntry = PerformanceEntry & { detail?: { kind?: number; flags?: number } };

/**
 * Keeps V8 from taking memory that mcp-pipe does not need. What a start allocates is garbage soon after: meanwhile young memory
 * stays as small as it is, and all is collected once when the start is over. Afterwards young memory may grow as far as the messages
 * in flight need it.
 *
 * Flags of V8 are set for the whole process, so only the program does this; and not before its code is loaded: with changed flags V8
 * rejects compiled code from Node.js, and what is loaded then costs time and 2 MiB more.
 */
// D368
export class RunHeap implements Observer {
  readonly name = 'heap';
  /** When something has started first and last; undefined before that. */
  #firstAt: number | undefined;
  #lastAt = 0;
  #isOver = false;
  #mostYoungBytes = YOUNG_AT_START_BYTES;
  #collectedAt = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#boundYoung();
    new PerformanceObserver((list) => this.#collected(list.getEntries())).observe({ entryTypes: ['gc'] });
  }

  onStatus({ type }: Status): void {
    if (this.#isOver || !STARTING.has(type)) return;
    this.#lastAt = performance.now();
    if (this.#firstAt !== undefined) return;
    this.#firstAt = this.#lastAt;
    setGrowthPercent(GROWTH_PERCENT);
    this.#look(STARTED_AFTER_MS);
  }

  onClientStatus(status: Status): void {
    this.onStatus(status);
  }

  #look(afterMs: number): void {
    idleClock.after(afterMs, () => {
      const overAt = Math.min(this.#lastAt + STARTED_AFTER_MS, this.#firstAt! + LONGEST_START_MS);
      const restMs = overAt - performance.now();
      if (restMs > 0) return this.#look(restMs);
      this.#isOver = true;
      setYoungGrowth(2);
      setGrowthPercent(0);
      // With the flags that were in force when it was compiled (D365).
      keepCompiled(makeFolder);
      setGrowthPercent(GROWTH_PERCENT);
      collect();
      this.#mostYoungBytes = YOUNG_BYTES;
      this.#boundYoung();
    });
  }

  /** V8 has collected memory, young or old. */
  #collected(entries: readonly CollectionEntry[]): void {
    for (const { startTime, detail } of entries) {
      // Those of the start, and the one at its end, say nothing of messages.
      const { kind, flags = 0 } = detail ?? {};
      if (!this.#isOver || kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
      if (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) continue;
      if (startTime - this.#collectedAt < TOO_OFTEN_MS) this.#mostYoungBytes *= 2;
      this.#collectedAt = startTime;
    }
    this.#boundYoung();
  }

  #boundYoung(): void {
    setYoungGrowth(youngBytes() < this.#mostYoungBytes ? 2 : 1);
  }
}

/** 0 is V8's default: it decides. */
function setGrowthPercent(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

let growth = 2;

/** Young memory grows to so many times its size when much of it is in use for longer; V8's default is 2. */
function setYoungGrowth(times: 1 | 2): void {
  if (times !== growth) setFlagsFromString(`--semi-space-growth-factor=${times}`);
  growth = times;
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}

/** Collects all memory, and moves what is left together, so that whole pages are given back. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  setFlagsFromString('--compact-on-every-full-gc');
  gc();
  setFlagsFromString('--no-compact-on-every-full-gc');
}
