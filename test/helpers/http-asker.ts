import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually.js';

/** Calls the tool `note` all the while, each call with an id of its own; one that was refused is sent once more. */
export class HttpAsker {
  readonly answered: string[] = [];
  /** Why calls were refused. */
  readonly refused: string[] = [];
  readonly #loops: Promise<void>[];
  #isOver = false;

  /** @param call sends one call, of a server that needs `ms` for it */
  constructor(call: (id: string, ms: number) => Promise<unknown>, callers = 4) {
    let count = 0;
    const loop = async () => {
      while (!this.#isOver) {
        const id = `http-${++count}`;
        for (let isAnswered = false; !isAnswered; ) {
          try {
            await call(id, Math.random() * 100);
            isAnswered = true;
          } catch (error) {
            this.refused.push(String(error));
            await sleep(50);
          }
        }
        this.answered.push(id);
      }
    };
    this.#loops = Array.from({ length: callers }, loop);
  }

  /** Resolves when that many further calls were answered. */
  async flows(count = 20): Promise<void> {
    const before = this.answered.length;
    await eventually(() => this.answered.length >= before + count, { what: 'answers over HTTP' });
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }
}
