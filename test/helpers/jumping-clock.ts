import type { Clock } from '../../src/time/clock.js';
import { sleepOn } from './sleep-on.js';

/**
 * A clock that stands still while this process is busy, and then jumps to the next timer: waits cost no time, and the order
 * of events is the same in every run. Use only one per process: each of two would take the other for work.
 */
export class JumpingClock implements Clock {
  #now = 0;
  #timers: { at: number; fn: () => void }[] = [];
  #isWatching = false;
  readonly #onJump: (now: number) => void;

  /** @param onJump Called with each new time, in milliseconds since the clock was created. */
  constructor(onJump: (now: number) => void = () => {}) {
    this.#onJump = onJump;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), fn };
    const next = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(next < 0 ? this.#timers.length : next, 0, timer);
    if (!this.#isWatching) {
      this.#isWatching = true;
      setImmediate(this.#look);
    }
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  readonly #look = (): void => {
    if (this.#timers.length === 0) {
      this.#isWatching = false;
      return;
    }
    if (isBusy()) return void setImmediate(this.#look);
    const next = this.#timers.shift()!;
    if (next.at > this.#now) {
      this.#now = next.at;
      this.#onJump(next.at);
    }
    setImmediate(this.#look);
    next.fn();
  };
}

/** Names that Node.js gives to callbacks that wait for their turn of the event loop, and to work with files. */
const GOING_ON = new Set(['Immediate', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);

/** Promises and ticks have run when this is called; other work has to be looked for. */
function isBusy(): boolean {
  return process.getActiveResourcesInfo().some((what) => GOING_ON.has(what));
}
