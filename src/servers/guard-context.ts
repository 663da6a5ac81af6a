import type { GuardContext } from '../transports/guard.js';
import type { ClientState } from './client-state.js';
import type { HubState } from './hub-state.js';

/** What the guard of a client gets. */
export function guardContext(hub: HubState, client: ClientState, ask: GuardContext['ask']): GuardContext {
  const { options } = hub;
  return {
    ask,
    // Calls that come while one is replaced are held for the next one.
    life: () => (hub.isHolding ? undefined : hub.life),
    onDropped: () => hub.look(),
    onUnseen: ({ frame, envelope }, at, reply) =>
      client.traffic?.unseen(frame, envelope, at, reply, options.clock.now(), options.name),
    onInstead: (id, reply) => client.traffic?.instead(id, reply, options.clock.now()),
  };
}
