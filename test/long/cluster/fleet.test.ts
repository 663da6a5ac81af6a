import { expect, it } from 'vitest';
import { STORE } from '../../../src/leases/store-defaults.js';
import { LeaseFleet } from '../../helpers/lease-fleet.js';

const SECOND = 1_000;
const MACHINES = 80;
const TOKENS = 200;
/** So that a link would look once in twenty minutes without offers: as rarely as with 1,000 machines and 20,000 tokens. */
const LOOKS_PER_SECOND = (MACHINES * TOKENS) / 1_200;

it('many machines have an owner for each token soon, whatever dies, at a bounded rate of questions', async () => {
  const fleet = new LeaseFleet({ machines: MACHINES, tokens: TOKENS, looksPerSecond: LOOKS_PER_SECOND });
  const owned = () => fleet.held().reduce((sum, one) => sum + one, 0);
  fleet.start(MACHINES);
  const untilAllOwned = async (withinS: number) => {
    for (let s = 0; s < withinS && owned() < TOKENS; s++) await fleet.pass(SECOND);
    expect(owned()).toBe(TOKENS);
  };
  await untilAllOwned(300);
  // Not one machine has them all.
  expect(Math.max(...fleet.held())).toBeLessThan(TOKENS / 8);
  fleet.asked = { take: 0, renew: 0, release: 0, offers: 0 };
  await fleet.pass(60 * SECOND);
  expect(fleet.asked.take).toBeLessThan(1.5 * 60 * LOOKS_PER_SECOND);
  expect(fleet.asked.offers).toBeLessThan((1.5 * 60 * SECOND * MACHINES * STORE.looks) / STORE.ttlMs);
  fleet.without.length = 0;
  const moved = fleet.killOne();
  await untilAllOwned(90);
  expect(fleet.without.length).toBe(moved);
  expect(Math.max(...fleet.without)).toBeLessThan(STORE.ttlMs + 10 * SECOND);
  fleet.without.length = 0;
  for (let i = 0; i < 10; i++) {
    fleet.restartOne();
    await fleet.pass(2 * SECOND);
  }
  await untilAllOwned(30);
  expect(Math.max(...fleet.without)).toBeLessThan(20 * SECOND);
});
