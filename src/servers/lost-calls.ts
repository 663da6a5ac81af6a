import type { RawId } from '../protocol/envelope.js';
import { fromEndpointLater } from './from-endpoint.js';
import { type HubState, openConnection } from './hub-state.js';
import { failOwnRequests, OwnRequest } from './own-request.js';
import type { ServerLife } from './server-life.js';

/**
 * Answers the calls with these ids, which one of several processes of the life has taken with it, with -31001 (serverExited).
 * A call that is safe to repeat is sent to another process instead. Returns how many were answered so.
 */
export function loseCalls(hub: HubState, life: ServerLife, raws: readonly RawId[], why: string): number {
  let failed = 0;
  for (const raw of raws) {
    const call = life.inflight.takeId(raw);
    if (call === undefined || call === 'stale') continue;
    if (call.asker instanceof OwnRequest) failOwnRequests([call.asker], hub.options, why);
    const connection = openConnection(call.asker);
    if (!connection || call.cancelled) continue;
    const { client } = connection;
    const again = client.refusing ? undefined : hub.options.safeCalls?.again(call);
    if (again) {
      fromEndpointLater(hub, connection, again, client.readEnvelope(again));
      continue;
    }
    client.failCall(call.rawId, call.method, why);
    failed += 1;
  }
  hub.tally.failed += failed;
  hub.flush();
  return failed;
}
