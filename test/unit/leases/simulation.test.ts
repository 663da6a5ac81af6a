import { expect, it } from 'vitest';
import { foundIn } from '../../helpers/lease-world.js';

/** test/long/cluster/simulation.test.ts tries 10,000. */
const SCHEDULES = 100;

it('no two machines have one slot, though machines are stopped, killed and cut off, and the store is slow, away, empty or restarted with old data, and its clock jumps', async () => {
  const { overlaps, opened, lost } = await foundIn(SCHEDULES);
  expect(overlaps).toEqual([]);
  // They do get their leases, and lose them.
  expect(opened).toBeGreaterThan(SCHEDULES);
  expect(lost).toBeGreaterThan(SCHEDULES / 2);
});

it('two machines soon have one slot when none ends its own lease', async () => {
  const { overlaps } = await foundIn(SCHEDULES, { fencedAt: Number.POSITIVE_INFINITY });
  expect(overlaps).not.toEqual([]);
});

it.each([
  ['a store that does not notice that it was restarted with old data', { knowsRun: false }],
  ['a store that does not notice that its clock has jumped', { knowsJumps: false }],
])('%s gives one slot to two machines', async (_, rules) => {
  const { overlaps } = await foundIn(3 * SCHEDULES, rules);
  expect(overlaps).not.toEqual([]);
});
