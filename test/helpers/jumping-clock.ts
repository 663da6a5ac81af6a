import type { Clock } from '../../src/time/clock.js';

/**
 * A clock that stands still while anything is going on in this process, and then jumps to the next timer: waits cost no
 * time, and what happens first is the same in every run. One for a process: two would each take the other for something
 * that is going on.
 */
export class JumpingClock implements Clock {
  #now = 0;
  #timers: { at: number; fn: () => void }[] = [];
  #isWatching = false;
  readonly #onJump: (now: number) => void;

  /** @param onJump Hears of each new time, in milliseconds since the clock was made. */
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
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.after(ms, done);
      signal?.addEventListener('abort', done, { once: true });
    });
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

/** What waits for its turn of the event loop, and work with files, as Node.js names them. */
const GOING_ON = new Set(['Immediate', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);

/** Promises and ticks have run when this is asked; the rest has to be looked for. */
function isBusy(): boolean {
  return process.getActiveResourcesInfo().some((what) => GOING_ON.has(what));
}
