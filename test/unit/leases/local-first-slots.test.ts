import { expect, test } from 'vitest';
import type { Claim, Lease, RefusedSlots, SharedSlots } from '../../../src/leases/lease.js';
import { LocalFirstSlots } from '../../../src/leases/local-first-slots.js';
import type { LeaseHolder, LeaseLoss } from '../../../src/protocol/lease-words.js';
import { token } from './leases.contract.js';

const HOLDER: LeaseHolder = { pid: 7, link: 'other', since: 1 };

/** Slots that the test gives and takes. */
class Slots implements SharedSlots {
  readonly log: string[];
  readonly name: string;
  refusal: Omit<RefusedSlots, 'refused'> | undefined;
  others: LeaseHolder[] = [];
  lost = new AbortController();
  isHeld = true;
  wake: (names?: ReadonlySet<string>) => void = () => {};

  constructor(name: string, log: string[]) {
    this.name = name;
    this.log = log;
  }

  async takeAll([claim]: readonly Claim[]): Promise<Lease | RefusedSlots> {
    this.log.push(`${this.name} asked`);
    if (this.refusal) return { refused: claim!, ...this.refusal };
    return {
      lost: this.lost.signal,
      isHeld: () => this.isHeld,
      release: async () => void this.log.push(`${this.name} released`),
    };
  }

  heldElsewhere = () => this.others;

  watch(wake: (names?: ReadonlySet<string>) => void) {
    this.wake = wake;
    return () => void this.log.push(`${this.name} unwatched`);
  }
}

function world() {
  const log: string[] = [];
  const [here, store] = [new Slots('here', log), new Slots('store', log)];
  const both = new LocalFirstSlots({ here, store });
  const take = () => both.takeAll([token()], 'a');
  return { log, here, store, both, take };
}

test('takes both, the store first, and gives that back first', async () => {
  const { log, take } = world();
  const lease = (await take()) as Lease;
  expect(lease.isHeld()).toBe(true);
  await Promise.all([lease.release(), lease.release()]);
  expect(lease.isHeld()).toBe(false);
  expect(log).toEqual(['store asked', 'here asked', 'store released', 'here released']);
});

test('does not ask the store for what another copy of this machine has', async () => {
  const { log, here, take } = world();
  here.others = [HOLDER];
  expect(await take()).toEqual({ refused: token(), holder: HOLDER });
  expect(log).toEqual([]);
});

test('gives the store its slot back when this machine has none after all', async () => {
  const { log, here, take } = world();
  here.refusal = { holder: HOLDER };
  expect(await take()).toMatchObject({ holder: HOLDER });
  expect(log).toEqual(['store asked', 'here asked', 'store released']);
});

test('does not ask the store again because a file has changed, but when it is time, and when the watch is new', async () => {
  const { log, here, store, both, take } = world();
  let woken = 0;
  const stop = both.watch(() => {
    woken += 1;
  });
  store.refusal = { holder: HOLDER };
  await take();
  here.wake();
  expect(await take()).toMatchObject({ holder: HOLDER });
  expect(log).toEqual(['store asked']);
  store.wake(new Set(['token another']));
  await take();
  expect(log).toEqual(['store asked']);
  store.wake();
  await take();
  expect(log).toEqual(['store asked', 'store asked']);
  expect(woken).toBe(3);
  stop();
  await take();
  expect(log.filter((line) => line === 'store asked')).toHaveLength(3);
});

test.each(['here', 'store'] as const)('is lost when that of %s is, with its reason', async (of) => {
  const world_ = world();
  const lease = (await world_.take()) as Lease;
  const loss: LeaseLoss = { why: 'taken', newHolder: undefined };
  world_[of].lost.abort(loss);
  expect(lease.lost.reason).toBe(loss);
  world_[of].isHeld = false;
  expect(lease.isHeld()).toBe(false);
});
