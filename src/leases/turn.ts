/** What is asked for in one turn of the event loop is answered together, at its end. */
export class Turn<Asked, Answer> {
  readonly #answer: (asked: readonly Asked[]) => readonly Answer[];
  #waiting: { asked: Asked; resolve: (answer: Answer) => void }[] = [];

  /** @param answer Returns one answer for each that asks, in their order; must not throw. */
  constructor(answer: (asked: readonly Asked[]) => readonly Answer[]) {
    this.#answer = answer;
  }

  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve) => {
      if (this.#waiting.push({ asked, resolve }) === 1) setImmediate(() => this.#end());
    });
  }

  #end(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const answers = this.#answer(waiting.map(({ asked }) => asked));
    for (const [i, { resolve }] of waiting.entries()) resolve(answers[i]!);
  }
}
