import type { Logger } from 'pino';
import { type Lang, messagesFor } from '../messages/index.js';
import { BoundedLink } from '../redis/bounded-link.js';
import type { RedisLink } from '../redis/redis.js';
import { idleClock, systemClock } from '../time/clock.js';
import { GrantLocks } from '../transports/remote/auth/grant-locks.js';

/** What machines with one Redis share, beside leases: rates, what is known of tools, and who renews a login. */
export interface OverRedis {
  redis: BoundedLink;
  grants: GrantLocks;
}

/** Over the connection of the process. That this machine counts alone, and when it does no more, is said in the log once each time. */
// D316
export function overRedis(
  link: Pick<RedisLink, 'run' | 'shown'>,
  logger: Pick<Logger, 'info' | 'warn'>,
  lang: Lang,
): OverRedis {
  const redis = new BoundedLink({ link, clock: idleClock });
  const { redis: words } = messagesFor(lang);
  const url = redis.shown;
  redis.onChange((away) => {
    if (away) logger.warn({ code: 'RATES_ALONE', url }, words.alone({ url, reason: away.reason }));
    else logger.info({ event: 'rates-shared', url }, words.shared({ url }));
  });
  return { redis, grants: new GrantLocks(redis, systemClock) };
}

/** What `health` says while this machine counts alone. */
export function aloneHealth(redis: Pick<BoundedLink, 'shown' | 'away'> | undefined): {
  ratesAlone?: { url: string; reason: string };
} {
  return redis?.away ? { ratesAlone: { url: redis.shown, reason: redis.away.reason } } : {};
}
