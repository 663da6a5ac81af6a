import type { LinkState } from '../protocol/status.js';

/**
 * Every allowed move of a link; anything else is an error in the program.
 *
 *     idle -> starting -> dialing -> open -> waiting -> starting -> ...
 *                  starting -> waiting-for-lease -> starting: others hold the token's connections, and one is given back
 *                  dialing | open | waiting -> waiting-for-lease: the connection was given up for a link that ranks higher
 *                  any of them -> draining -> closed
 */
// D117
const moves: Record<LinkState, readonly LinkState[]> = {
  idle: ['starting', 'draining'],
  starting: ['dialing', 'waiting-for-lease', 'draining'],
  dialing: ['open', 'waiting', 'waiting-for-lease', 'draining'],
  open: ['waiting', 'waiting-for-lease', 'draining'],
  waiting: ['starting', 'waiting-for-lease', 'draining'],
  'waiting-for-lease': ['starting', 'draining'],
  draining: ['closed'],
  closed: [],
};

/** Holds the state of a link, and refuses moves that are not in the table. */
export class LinkStateMachine {
  readonly #onMove: (from: LinkState, to: LinkState) => void;
  #state: LinkState = 'idle';

  constructor(onMove: (from: LinkState, to: LinkState) => void) {
    this.#onMove = onMove;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** @throws Error when the table has no such move. */
  moveTo(to: LinkState): void {
    const from = this.#state;
    if (from === to) return;
    if (!moves[from].includes(to)) throw new Error(`a link cannot move from ${from} to ${to}`);
    this.#state = to;
    this.#onMove(from, to);
  }
}
