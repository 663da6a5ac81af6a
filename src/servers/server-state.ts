import { StateMachine } from '../protocol/state-machine.js';
import type { ServerState } from '../protocol/status.js';

/**
 * Every allowed move of a server; anything else is an error in the program.
 *
 *     stopped -> waiting -> starting -> initializing -> ready -> ending -> waiting -> ...
 *                           starting -> ready: only the endpoint sends `initialize`
 *                           starting -> waiting: the process could not be started
 *                           initializing -> refused -> ready: the server accepted the endpoint's own `initialize`
 *     initializing | ready | refused -> starting: a new process replaces this one
 *                                    -> idle-stopped | between-turns -> starting
 *     stopped | waiting | between-turns -> idle-stopped: no call needs it, and its lists are known (D334)
 *     any of them -> stopped, a running one by way of ending
 */
// D117
const moves: Record<ServerState, readonly ServerState[]> = {
  stopped: ['waiting', 'starting', 'idle-stopped', 'between-turns'],
  waiting: ['starting', 'idle-stopped', 'between-turns', 'stopped'],
  starting: ['initializing', 'ready', 'waiting', 'idle-stopped', 'between-turns', 'stopped'],
  initializing: ['ready', 'refused', 'starting', 'ending', 'idle-stopped', 'between-turns'],
  ready: ['refused', 'starting', 'ending', 'idle-stopped', 'between-turns'],
  refused: ['ready', 'starting', 'ending', 'idle-stopped', 'between-turns'],
  ending: ['waiting', 'between-turns', 'stopped'],
  // `waiting`: the process exited on its own at that moment, which is a failure. `between-turns`: it is on a rotation now.
  'idle-stopped': ['starting', 'waiting', 'between-turns', 'stopped'],
  'between-turns': ['starting', 'waiting', 'idle-stopped', 'stopped'],
};

/** Whether the server takes requests; it may have rejected `initialize`. */
export function isUp(state: ServerState): boolean {
  return state === 'ready' || state === 'refused';
}

/** Whether a process runs and is not being ended. */
export function isRunning(state: ServerState): boolean {
  return state === 'initializing' || isUp(state);
}

/** The state of a server while it rests. */
export type RestingState = Extract<ServerState, 'idle-stopped' | 'between-turns'>;

/** Whether the server is stopped until a link wants it. */
export function isResting(state: ServerState): state is RestingState {
  return state === 'idle-stopped' || state === 'between-turns';
}

/** The state of a server. Only the server's supervisor moves it. */
export class ServerStateMachine extends StateMachine<ServerState> {
  #isFailing = false;

  constructor(onMove: (from: ServerState, to: ServerState) => void) {
    super('server', moves, 'stopped', (from, to) => {
      if (to === 'waiting') this.#isFailing = from !== 'stopped';
      // While it is started again it still counts as failing, unless a running process was replaced.
      else if (isUp(to) || isResting(to) || (to === 'starting' && isRunning(from))) this.#isFailing = false;
      onMove(from, to);
    });
  }

  /** Whether the server exited on its own, or could not be started, and is not up again. */
  get isFailing(): boolean {
    return this.#isFailing;
  }
}
