import {
  type ClientPlan,
  clientPlan,
  type NotPlanned,
  type WantedServers,
} from '../../config/client-plan.js';
import type { Plan } from '../../config/plan.js';
import type { AcceptClient } from '../../faces/accept.js';
import { messagesFor } from '../../messages/index.js';
import type { Daemon } from '../daemon.js';
import type { Whose } from './routes.js';

/** Hands clients of an address over to the daemon, which makes a link for each. */
export function acceptClient(daemon: Pick<Daemon, 'accept'>, whose: Whose): AcceptClient {
  return ({ transport, kind, caller, hasSession, onRefused }) => {
    const accept = daemon.accept(kind, (plan) => planned(plan, whose), { caller, hasSession });
    const link = typeof accept === 'function' ? accept(transport) : accept;
    if (link && 'most' in link) onRefused?.(messagesFor('en').clients.noRoom(link));
    if (!link || 'most' in link) return false;
    const forced = new AbortController();
    // Nothing can be sent to a client that has left.
    void link.gone.then(() => forced.abort()).then(() => link.stop(forced.signal, 'removed'));
    return true;
  };
}

/** The names that an address could have; undefined when it has something to give. */
export function notFound(daemon: Pick<Daemon, 'accept'>, whose: Whose): NotPlanned | undefined {
  let found: ClientPlan | NotPlanned = { unknown: [], known: [] };
  daemon.accept('http', (plan) => {
    found = clientPlan(plan, wantedAt(whose));
    return undefined;
  });
  return 'unknown' in found ? found : undefined;
}

function planned(plan: Plan, whose: Whose): ClientPlan | undefined {
  const found = clientPlan(plan, wantedAt(whose));
  return 'unknown' in found ? undefined : found;
}

function wantedAt(whose: Whose): WantedServers {
  if ('server' in whose) return { servers: [whose.server] };
  return 'agent' in whose ? { agent: whose.agent } : {};
}
