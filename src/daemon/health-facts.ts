import type { Daemon } from './daemon.js';
import type { RunGateway } from './gateway/run-gateway.js';
import type { PageState } from './http/http-plans.js';
import { aloneHealth } from './over-redis.js';
import type { RedisReport } from './redis.js';
import type { RunFootprints } from './run-footprints.js';

interface Facts {
  daemon: Partial<Pick<Daemon, 'clients' | 'instances' | 'policy'>>;
  gateway?: Pick<RunGateway, 'state'>;
  http?: { readonly page: PageState | undefined };
  redis?: { readonly facts: RedisReport } | undefined;
  footprints?: Pick<RunFootprints, 'savings'> | undefined;
}

/** What `health` says of clients, the gateway, what waits for a person, Redis, the page, and what the lock saves. */
export function healthFacts({ daemon, gateway, http, redis, footprints }: Facts): object {
  const { clients = [], instances = [], policy } = daemon;
  const [state, waits, lockSaves] = [gateway?.state, policy?.held.waits, footprints?.savings ?? {}];
  return {
    ...(clients.length > 0 ? { clients } : {}),
    ...(instances.length > 0 ? { instances } : {}),
    ...(state ? { gateway: state } : {}),
    ...(waits ? { waits } : {}),
    ...aloneHealth(policy?.redis),
    ...(redis ? { redis: redis.facts } : {}),
    ...(Object.keys(lockSaves).length > 0 ? { lockSaves } : {}),
    ...(http?.page ? { page: http.page } : {}),
  };
}
