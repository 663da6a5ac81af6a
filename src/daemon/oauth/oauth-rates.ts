import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from '../../protocol/network.js';
import { LOGINS_PER_ADDRESS, REGISTRATIONS, REGISTRATIONS_PER_ADDRESS } from './oauth-bounds.js';

/** In which registrations are counted, in seconds: who connects a client by hand tries a few times. */
const HOUR_S = 3_600;
const ALL = 'all';

/** How often clients may register, and open the page that asks for a key. */
export class OAuthRates {
  readonly #all = new RateLimiterMemory({ points: REGISTRATIONS, duration: HOUR_S });
  readonly #registrations = new RateLimiterMemory({ points: REGISTRATIONS_PER_ADDRESS, duration: HOUR_S });
  readonly #logins = new RateLimiterMemory({ points: LOGINS_PER_ADDRESS, duration: 60 });

  /** Seconds to wait; 0: it may register now, and this is counted. */
  async register(address: string): Promise<number> {
    // First that of the address: one that floods uses up nothing that others need.
    return (await taken(this.#registrations, networkOf(address))) || (await taken(this.#all, ALL));
  }

  /** The same for a page. */
  login(address: string): Promise<number> {
    return taken(this.#logins, networkOf(address));
  }
}

async function taken(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (over) {
    return Math.max(1, Math.ceil((over as { msBeforeNext: number }).msBeforeNext / 1_000));
  }
}
