import { Method } from '../protocol/mcp.js';
import type { Connection } from './client-state.js';
import type { HubState } from './hub-state.js';
import type { ServerLife, WhyReplaced } from './server-life.js';

interface Situation {
  life: ServerLife;
  isShared: boolean;
  /**
   * True when the "server" is the router of a mux. Replacing the router ends no process; each process behind it has its own
   * hub, which decides here as well.
   */
  isRouter: boolean;
}

/**
 * Every reason for which a message of an endpoint may end a running server, with its condition. docs/restarts.md tells
 * users the same.
 *
 * A server is restarted only if it cannot serve the endpoint otherwise: a restart takes as long as a start, and the memory
 * of the process is lost. A process that another caller uses is not ended; it serves the new caller as it is. Neither is a
 * process that has other clients: see `shared-initialize.ts`.
 */
// D14, D18, D19
const RESTARTS: Record<Exclude<WhyReplaced, 'asked'>, (situation: Situation) => boolean> = {
  /**
   * The endpoint asks for another protocol version, and the process has answered with the version that it was asked for. Or
   * only one of the two `initialize` declares a capability (roots, sampling, elicitation, tasks) that this server has used.
   * Both may change which tools the server offers. Other differences restart nothing: see `handshake-difference.ts`.
   */
  'handshake-differs': ({ life }) => !isInUse(life),
  /** The endpoint speaks MCP 2026-07-28, which has no `initialize`, and the process was initialised. */
  'modern-downstream': ({ life, isRouter }) => isRouter || !isInUse(life),
  /** The endpoint sends `initialize`, and the process was started for MCP 2026-07-28, without one. */
  'legacy-downstream': ({ life, isRouter }) => isRouter || !isInUse(life),
  /**
   * `handshake: "passthrough"` gives each connection that sends `initialize` a new process; the process of the connection
   * before is ended.
   */
  passthrough: ({ isShared }) => !isShared,
};

/**
 * Whether the running server may be ended for this reason.
 *
 * @param isShared On this connection an `initialize` or another request came before: a relaying endpoint has several
 *   callers, and does not repeat their `initialize` when it reconnects (D15).
 */
export function mayRestart(
  why: keyof typeof RESTARTS,
  hub: HubState,
  { client }: Pick<Connection, 'client'>,
  isShared: boolean,
): boolean {
  const { life, options } = hub;
  return (
    life !== undefined &&
    !hub.hasOthers(client) &&
    RESTARTS[why]({ life, isShared, isRouter: options.isRouter ?? false })
  );
}

/** Requests that leave nothing in the memory of a process. */
const STATELESS = new Set<string>([Method.initialize, Method.ping, Method.discover]);

/** Whether a request may leave something in the memory of the process. */
export function mayChangeState(method: string): boolean {
  return !STATELESS.has(method);
}

/** Whether the process has handled a request that may have left something in its memory, or has requests pending. */
function isInUse({ wasUsed, hadOwnRequests, ownRequests, inflight }: ServerLife): boolean {
  return (
    wasUsed || hadOwnRequests || ownRequests.size > 0 || inflight.has(({ method }) => mayChangeState(method))
  );
}
