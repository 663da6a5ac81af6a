import type { Clock } from '../../time/clock.js';

/** Runs tasks in their order, so many at once at most. Tasks never reject. */
export class Lane {
  readonly #most: number;
  #waiting: (() => Promise<void>)[] = [];
  /** Offset of the next task in `#waiting`: taking the first element of a long array is slow. */
  #next = 0;
  #running = 0;
  #holds = 0;
  #idle: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(task: () => Promise<void>): void {
    if (this.#holds === 0 && this.#running < this.#most && this.#next === this.#waiting.length) {
      this.#run(task);
    } else this.#waiting.push(task);
  }

  /** No task begins until `release` was called as often. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    this.#go();
  }

  /** Tasks that have not begun never will. */
  clear(): void {
    this.#waiting = [];
    this.#next = 0;
    if (this.#running === 0) this.#tellIdle();
  }

  /** Resolves when all tasks have ended; at once when none may begin. */
  whenIdle(): Promise<void> {
    if (this.#holds > 0) return Promise.resolve();
    if (this.#running === 0 && this.#next === this.#waiting.length) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #run(task: () => Promise<void>): void {
    this.#running += 1;
    void task().then(() => {
      this.#running -= 1;
      this.#go();
    });
  }

  #go(): void {
    while (this.#holds === 0 && this.#running < this.#most && this.#next < this.#waiting.length) {
      this.#run(this.#waiting[this.#next++]!);
    }
    if (this.#next < this.#waiting.length) return;
    this.#waiting = [];
    this.#next = 0;
    if (this.#running === 0) this.#tellIdle();
  }

  #tellIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

/** How long later messages wait for a notification to be taken, in milliseconds: servers take one within a moment, or never. */
const NOTIFICATION_MS = 5_000;

/** Resolves when a notification was taken, or after a while: some servers never answer one, and nothing may wait for that. */
export async function takenSoon(taken: Promise<unknown>, clock: Pick<Clock, 'after'>): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(NOTIFICATION_MS, resolve);
  });
  await Promise.race([taken, late]);
  cancel();
}
