import { agentsOf } from '../../config/client-plan.js';
import type { Plan } from '../../config/plan.js';
import { type Rejection, refusal } from '../../faces/http/rejection.js';
import type { Grant } from '../../protocol/grant.js';
import { namesOf } from './accept-client.js';
import { pathOf } from './routes.js';

/** Most names in the answer to a request for one that there is not. */
const MAX_KNOWN = 100;

/** Nothing is at this path. */
export function nowhere(running: Plan, grant: Grant | undefined): Rejection {
  return { ...refusal(404, 'nothing is served at this path'), data: knownOf(running, grant) };
}

// D237
/** There is no such server; one that the caller may not have is not told from it. */
export function noSuch(unknown: readonly string[], running: Plan, grant: Grant | undefined): Rejection {
  const [name] = unknown;
  const message =
    name === undefined
      ? 'no server runs for this address'
      : `${JSON.stringify(name)} is not among the servers of this address: it is not configured, disabled or paused`;
  return { ...refusal(404, message), data: knownOf(running, grant) };
}

/** The addresses that there are for the caller, who has shown a key, where one is asked for. */
function knownOf(running: Plan, grant: Grant | undefined): { addresses: string[] } {
  const all = [
    pathOf({ all: true }, 'http'),
    ...namesOf(running, grant).map((server) => pathOf({ server }, 'http')),
    ...agentsOf(running, grant).map((agent) => pathOf({ agent }, 'http')),
  ];
  return { addresses: all.slice(0, MAX_KNOWN) };
}
