import { Method } from '../protocol/mcp.js';
import type { HubState, WhyReplaced } from './hub-state.js';
import type { ServerLife } from './server-life.js';

interface Situation {
  life: ServerLife;
  isShared: boolean;
  /** The "server" is a multiplexer's router: a fresh one costs no process, each of which has a bridge that asks here. */
  isRouter: boolean;
}

/**
 * All that may end a server that runs because of what an endpoint says: the whole list, and when each entry counts.
 * (docs/restarts.md says the same for users.)
 *
 * A process is started anew only where it cannot serve the endpoint otherwise, because that takes as long as the start
 * does, and what the process has in its memory is gone. So nothing here ends one that somebody else uses: it then
 * serves the newcomer as it is.
 */
// D14, D18, D19
const RESTARTS: Record<WhyReplaced, (situation: Situation) => boolean> = {
  /**
   * The endpoint asks for another protocol version, and the process has shown that it goes by the version it is asked
   * for; or one of the two has a capability (roots, sampling, elicitation, tasks) that this server has been seen to
   * use. Both may change which tools it offers. Other differences restart nothing: see `difference.ts`.
   */
  'handshake-differs': ({ life }) => !isInUse(life),
  /** The endpoint speaks MCP 2026-07-28, which has no `initialize`, and the process was initialised. */
  'modern-downstream': ({ life, isRouter }) => isRouter || !isInUse(life),
  /** The endpoint initialises, and the process serves endpoints that do not. */
  'legacy-downstream': ({ life, isRouter }) => isRouter || !isInUse(life),
  /**
   * `handshake: "passthrough"` promises each connection that initialises a process of its own; whoever sets it knows
   * that the one before ends.
   */
  passthrough: ({ isShared }) => !isShared,
};

/**
 * Whether the running server may be ended for that reason.
 *
 * @param isShared On this connection somebody has initialised, or asked something, before: a relaying endpoint has several
 *   callers, and need not repeat the handshake of the first ones when it comes back.
 */
export function mayRestart(why: WhyReplaced, { life, options }: HubState, isShared: boolean): boolean {
  return life !== undefined && RESTARTS[why]({ life, isShared, isRouter: options.isRouter ?? false });
}

/** Requests after which a fresh process is as good as the one that was asked. */
const TRACELESS = new Set<string>([Method.initialize, Method.ping, Method.discover]);

/** Whether that request may leave something in the memory of the process. */
export function leavesTrace(method: string): boolean {
  return !TRACELESS.has(method);
}

/** Somebody has asked it something, or waits for an answer. */
function isInUse({ wasUsed, hadOwnRequests, ownRequests, inflight }: ServerLife): boolean {
  return (
    wasUsed || hadOwnRequests || ownRequests.size > 0 || inflight.has(({ method }) => leavesTrace(method))
  );
}
