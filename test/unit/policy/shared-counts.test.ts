import { expect, it } from 'vitest';
import { SharedCounts } from '../../../src/policy/shared-counts.js';

const rate = { calls: 2, perMs: 1_000 };

/** A Redis that counts, and knows which keys it was given. */
function world(mostNames: number) {
  let now = 0;
  const calls = new Map<string, number>();
  const link = {
    isAway: false,
    run: async (_: unknown, keys: readonly string[]) => {
      const answer = [0];
      for (const [i, key] of keys.entries()) {
        const before = calls.get(key) ?? 0;
        calls.set(key, Math.min(rate.calls, before + 1));
        answer.push(calls.get(key)!, now + 1_000, 1_000);
        if (before < rate.calls) continue;
        answer[0] = i + 1;
        break;
      }
      return { answer };
    },
  };
  const counts = new SharedCounts(link, () => now, mostNames);
  return {
    ...{ calls, take: async (...names: string[]) => counts.takeAll(names.map((name) => ({ name, rate }))) },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it('names that a client makes up do not fill Redis, have their rate all the same, and hide no call from the others', async () => {
  const { calls, take, pass } = world(10);
  expect(await take('key')).toBeUndefined();
  for (let i = 0; i < 50; i++) await take(`tool ${i}`);
  expect(calls.size).toBe(10);
  for (let i = 0; i < 2; i++) expect(await take('tool x')).toBeUndefined();
  expect(await take('tool x')).toMatchObject({ at: 0, quota: { isWithin: false } });
  // The key is counted in Redis, with whatever tool.
  expect(await take('tool y', 'key')).toBeUndefined();
  expect(await take('tool z', 'key')).toMatchObject({ at: 1 });
  expect(calls.size).toBe(10);
  pass(1_000);
  await take('tool x');
  expect(calls.size).toBe(11);
});
