import { expect, test } from 'vitest';
import { KEYS } from '../../../../src/config/key-defaults.js';
import { HashQueue, NO_ROOM } from '../../../../src/daemon/keys/hash-queue.js';

/** A computation that ends when it is told to. */
function held() {
  let end = () => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end: () => end() };
}

const options = (address: string, most: number = KEYS.waitingOfAddress) => ({ address, most });
/** A few turns of the event loop: a computation that has ended makes room in one of them. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a few are computed at a time, and addresses take turns', async () => {
  const queue = new HashQueue();
  const order: string[] = [];
  const gates: (() => void)[] = [];
  const ask = (address: string) =>
    queue.run(options(address), () => {
      order.push(address);
      const { promise, end } = held();
      gates.push(end);
      return promise;
    });
  const all = [...Array.from({ length: 8 }, () => ask('flood')), ask('right'), ask('other')];
  expect(order).toEqual(['flood', 'flood']);
  expect(order.length).toBe(KEYS.atATime);
  for (let i = 0; i < all.length; i++) {
    gates[i]!();
    await settled();
  }
  await Promise.all(all);
  // Those that came last wait for one of each address, not for eight.
  expect(order.indexOf('right')).toBeLessThanOrEqual(3);
  expect(order.indexOf('other')).toBeLessThanOrEqual(4);
});

test('what finds no room is not computed', async () => {
  const queue = new HashQueue();
  const gate = held();
  const asked = Array.from({ length: 30 }, () => queue.run(options('flood', 4), () => gate.promise));
  gate.end();
  const results = await Promise.all(asked);
  expect(results.filter((one) => one === NO_ROOM)).toHaveLength(30 - KEYS.atATime - 4);
});

test('one that fails makes room', async () => {
  const queue = new HashQueue();
  const fails = Array.from({ length: 5 }, () =>
    queue.run(options('a'), () => Promise.reject(new Error('no memory'))),
  );
  expect((await Promise.allSettled(fails)).every(({ status }) => status === 'rejected')).toBe(true);
  expect(await queue.run(options('a'), () => Promise.resolve(1))).toBe(1);
});
