/** One word of state, moved in one place; refuses moves that its table does not have (D117). */
export class StateMachine<State extends string> {
  readonly #what: string;
  readonly #moves: Readonly<Record<State, readonly State[]>>;
  readonly #onMove: (from: State, to: State) => void;
  #state: State;

  constructor(
    what: string,
    moves: Readonly<Record<State, readonly State[]>>,
    state: State,
    onMove: (from: State, to: State) => void,
  ) {
    this.#what = what;
    this.#moves = moves;
    this.#state = state;
    this.#onMove = onMove;
  }

  get state(): State {
    return this.#state;
  }

  /** @throws Error when the table has no such move. */
  moveTo(to: State): void {
    const from = this.#state;
    if (from === to) return;
    if (!this.#moves[from].includes(to)) throw new Error(`a ${this.#what} cannot move from ${from} to ${to}`);
    this.#state = to;
    this.#onMove(from, to);
  }
}
