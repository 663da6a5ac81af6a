import { StateMachine } from '../protocol/state-machine.js';
import type { LinkState } from '../protocol/status.js';

/**
 * Every allowed move of a link; anything else is an error in the program.
 *
 *     idle -> starting -> dialing -> open -> waiting -> starting -> ...
 *     idle -> open: the client has connected to mcp-pipe, and is not dialled
 *                  starting -> waiting-for-lease -> starting: others hold the token's connections, and one is given back
 *                  dialing | open | waiting -> waiting-for-lease: the connection was given up for a link that ranks higher
 *                  any of them -> draining -> closed
 */
// D117
const moves: Record<LinkState, readonly LinkState[]> = {
  idle: ['starting', 'open', 'draining'],
  starting: ['dialing', 'waiting-for-lease', 'draining'],
  dialing: ['open', 'waiting', 'waiting-for-lease', 'draining'],
  open: ['waiting', 'waiting-for-lease', 'draining'],
  waiting: ['starting', 'waiting-for-lease', 'draining'],
  'waiting-for-lease': ['starting', 'draining'],
  draining: ['closed'],
  closed: [],
};

/** The state of a link. */
export class LinkStateMachine extends StateMachine<LinkState> {
  constructor(onMove: (from: LinkState, to: LinkState) => void) {
    super('link', moves, 'idle', onMove);
  }
}
