/** Runs asynchronous work one after the other; the first begins at once. */
export class InTurn {
  #last: Promise<unknown> | undefined;

  run<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#last ? this.#last.then(act) : act();
    const isOver = result.then(
      () => {},
      () => {},
    );
    this.#last = isOver;
    void isOver.then(() => {
      if (this.#last === isOver) this.#last = undefined;
    });
    return result;
  }

  /** Resolves when nothing runs any more; never rejects. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
