import { WindowCounts } from '../../policy/rate-limiter.js';
import type { Rate } from '../../protocol/grant.js';
import { networkOf } from '../../protocol/network.js';
import { type Clock, systemClock } from '../../time/clock.js';
import { LOGINS_PER_ADDRESS, REGISTRATIONS, REGISTRATIONS_PER_ADDRESS } from './oauth-bounds.js';

/** In which registrations are counted, in milliseconds: who connects a client by hand tries a few times. */
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const ALL: Rate = { calls: REGISTRATIONS, perMs: HOUR_MS };
const REGISTERED: Rate = { calls: REGISTRATIONS_PER_ADDRESS, perMs: HOUR_MS };
const OPENED: Rate = { calls: LOGINS_PER_ADDRESS, perMs: MINUTE_MS };

/** How often clients may register, and open the page that asks for a key. */
// D253
export class OAuthRates {
  readonly #counts: WindowCounts;

  constructor(clock: Pick<Clock, 'now'> = systemClock) {
    this.#counts = new WindowCounts(() => clock.now());
  }

  /** Seconds to wait; 0: it may register now, and this is counted. */
  register(address: string | undefined): number {
    // First that of the address: one that floods uses up nothing that others need.
    return this.#take(`register ${networkOf(address)}`, REGISTERED) || this.#take('register', ALL);
  }

  /** The same for a page. */
  login(address: string | undefined): number {
    return this.#take(`login ${networkOf(address)}`, OPENED);
  }

  #take(name: string, rate: Rate): number {
    const { isWithin, resetMs } = this.#counts.take(name, rate);
    return isWithin ? 0 : Math.max(1, Math.ceil(resetMs / 1_000));
  }
}
