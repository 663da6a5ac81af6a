import { expect, it } from 'vitest';
import { nameOf } from '../../../src/leases/claims.js';
import type { Claim, LeaseRequest, SharedSlots } from '../../../src/leases/lease.js';
import { LeaseQueue } from '../../../src/leases/queue.js';
import { Asker, account, token } from './leases.contract.js';

const X = token(1, '1'.repeat(64));

it('nobody is asked to leave when that would not be enough', async () => {
  const leases = new LeaseQueue();
  await new Asker(leases, 'top', { claims: [token(1, '2'.repeat(64)), account(1)], priority: 9 }).has();
  const low = new Asker(leases, 'low', { claims: [X] });
  await low.has();
  const middle = new Asker(leases, 'middle', { claims: [X, account(1)], priority: 5 });
  expect(low.wanted).toBe(0);
  expect(middle.waiting).toMatchObject([{ holder: { link: 'low' } }]);
});

it('what is given back as soon as it is asked for goes to whoever asked, not to the next one who waits', async () => {
  const leases = new LeaseQueue();
  const low: Asker = new Asker(leases, 'low', {
    claims: [X],
    order: 9,
    onWanted: () => low.lease!.release(),
  });
  await low.has();
  const top = new Asker(leases, 'top', { claims: [X], priority: 9, order: 1 });
  const later = new Asker(leases, 'later', { claims: [X], order: 10 });
  await top.has();
  expect(later.isSettled).toBe(false);
  // It was served before it could have been told to wait.
  expect(top.waiting).toEqual([]);
});

it('two of one rank that wait each ask for a place of their own', async () => {
  const leases = new LeaseQueue();
  const claims = [token(2)];
  const low = ['a', 'b'].map((link, order) => new Asker(leases, link, { claims, order }));
  for (const one of low) await one.has();
  for (const link of ['c', 'd']) new Asker(leases, link, { claims, priority: 1 });
  expect(low.map(({ wanted }) => wanted)).toEqual([1, 1]);
});

it('ranks count as they are now: who waits is served in their order, and who holds is asked to leave', async () => {
  const leases = new LeaseQueue();
  const held: string[] = [];
  const wanted: string[] = [];
  const releases = new Map<string, () => void>();
  const ask = (link: string, order: number) => {
    const request = {
      ...{ link, claims: [X], priority: 0, order, signal: new AbortController().signal },
      onWaiting: () => {},
      onWanted: () => wanted.push(link),
    };
    void leases.acquire(request).then((lease) => {
      held.push(link);
      releases.set(link, () => lease!.release());
    });
    return request;
  };
  ask('a', 0);
  const [b, c] = [ask('b', 1), ask('c', 2)];
  await new Promise(setImmediate);
  expect(held).toEqual(['a']);
  Object.assign(b, { order: 2 });
  Object.assign(c, { order: 1 });
  leases.ranksChanged();
  expect(wanted).toEqual([]);
  releases.get('a')!();
  await new Promise(setImmediate);
  expect(held).toEqual(['a', 'c']);
  Object.assign(b, { priority: 1 });
  leases.ranksChanged();
  expect(wanted).toEqual(['c']);
});

/** Slots that another process has. */
function occupied(tries: (readonly Claim[])[]): SharedSlots {
  return {
    takeAll: async (claims) => {
      tries.push(claims);
      return { refused: claims[0]!, holder: undefined };
    },
    heldElsewhere: () => [],
    watch: () => () => {},
  };
}

it('a newcomer has nobody look who waits for something else, and one look serves all who wait for the same', async () => {
  const tries: (readonly Claim[])[] = [];
  const leases = new LeaseQueue({ shared: occupied(tries) });
  for (let i = 0; i < 20; i++)
    new Asker(leases, `link-${i}`, { order: i, claims: [token(1, `${i % 10}`.repeat(64))] });
  await new Promise(setImmediate);
  expect(tries).toHaveLength(20);
});

it('500 links that wait for one connection are asked about in one walk each', () => {
  const leases = new LeaseQueue();
  let looks = 0;
  const links = Array.from({ length: 500 }, (_, order): LeaseRequest => {
    const claim = X;
    return {
      ...{ link: `link-${order}`, priority: 0, order, signal: new AbortController().signal },
      onWaiting: () => {},
      onWanted: () => {},
      get claims() {
        looks += 1;
        return [claim];
      },
    };
  });
  for (const request of links) void leases.acquire(request);
  // Each newcomer's own claims, and those of the first who wait: not those of everybody for everybody.
  expect(looks).toBeLessThan(10 * links.length);
});

it('many links wait without being looked at one for the other', async () => {
  let looked = 0;
  const claimOf = (i: number): Claim => token(1, `${i}`.padStart(64, '0'));
  let wake = (_?: ReadonlySet<string>) => {};
  const shared: SharedSlots = {
    takeAll: async ([claim]) => ({ refused: claim!, holder: undefined }),
    heldElsewhere: () => [],
    watch: (woken) => {
      wake = woken;
      return () => {};
    },
  };
  const leases = new LeaseQueue({ shared });
  const many = 3_000;
  for (let i = 0; i < many; i++) {
    const request = {
      ...{ link: `${i}`, signal: new AbortController().signal, order: i },
      ...{ onWaiting: () => {}, onWanted: () => {} },
      get claims() {
        looked += 1;
        return [claimOf(i)];
      },
      priority: 0,
    } satisfies LeaseRequest;
    void leases.acquire(request);
  }
  await new Promise(setImmediate);
  expect(looked).toBeLessThan(20 * many);
  looked = 0;
  wake(new Set([nameOf(claimOf(7))]));
  await new Promise(setImmediate);
  expect(looked).toBeLessThan(20);
});
