import { expect, it } from 'vitest';
import type { LeaseStore, Taking } from '../../../src/leases/lease-store.js';
import { TimedSlots } from '../../../src/leases/timed-slots.js';

const claim = { kind: 'token', key: 'abc', label: '#abc', slots: 1 } as const;

/** Slots whose store always gives this answer. */
function slotsOf(taking: Taking): TimedSlots {
  const store: LeaseStore = {
    shown: 'redis://r:6379/0',
    take: async () => taking,
    renew: async () => true,
    release: async () => {},
    offers: async () => ({ claims: [], machines: 1 }),
  };
  const clock = { now: () => 0, after: () => () => {} };
  return new TimedSlots({ store, clock, process: 'p', machine: 'm', pid: 1, random: () => 0.5 });
}

it('a slot that another machine comes first for is not taken for one that a process of this machine has', async () => {
  const later = { is: 'later', claim: 0, isEmpty: false, forMs: 100 } as const;
  expect(await slotsOf(later).takeAll([claim], 'a')).toEqual({ refused: claim, store: 'redis://r:6379/0' });
  const full = { is: 'full', claim: 0, holder: undefined } as const;
  expect(await slotsOf(full).takeAll([claim], 'a')).toEqual({ refused: claim, store: 'redis://r:6379/0' });
});

it('a new store says until when it gives nothing, which holds whenever it is read', async () => {
  const before = Date.now();
  const empty = { is: 'later', claim: 0, isEmpty: true, forMs: 45_000 } as const;
  const refused = await slotsOf(empty).takeAll([claim], 'a');
  const { until } = (refused as { obstacle: { until: number } }).obstacle;
  expect(until).toBeGreaterThanOrEqual(before + 45_000);
  expect(until).toBeLessThanOrEqual(Date.now() + 45_000);
});
