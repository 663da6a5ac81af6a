import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FeedState } from '../../../../src/observe/feed/build.js';
import { differenceOf } from '../../../../src/observe/feed/diff.js';
import { applyFeed } from '../../../../src/protocol/apply-feed.js';
import type { FeedChange, FeedSnapshot } from '../../../../src/protocol/feed.js';
import { runs } from '../../../helpers/runs.js';

const name = fc.constantFrom('a', 'b', 'c', 'memory@alice', '__proto__', 'constructor', 'tủ lạnh');
const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: undefined });
const item = fc.record(
  {
    name,
    class: fc.constantFrom('ok', 'bad'),
    word: fc.string({ maxLength: 3 }),
    since: maybe(fc.nat(9)),
    why: maybe(fc.string({ maxLength: 3 })),
    actions: fc.array(fc.constantFrom('restart', 'pause'), { maxLength: 2 }),
    holder: maybe(fc.record({ pid: fc.nat(3), since: fc.nat(3) })),
    spark: fc.array(fc.nat(3), { maxLength: 3 }),
  },
  { requiredKeys: ['name', 'class', 'actions'] },
);
const items = fc.uniqueArray(item, { selector: (one) => one.name, maxLength: 6 });
const state = fc.record({
  machine: fc.record({
    version: fc.constant('1'),
    refused: maybe(fc.string({ maxLength: 2 })),
    warnings: fc.constant([]),
  }),
  verdict: fc.record({ text: fc.string({ maxLength: 2 }), servers: fc.nat(3) }),
  servers: items,
  links: items,
}) as unknown as fc.Arbitrary<FeedState>;

const snapshotOf = (at: number, of: FeedState) =>
  JSON.parse(JSON.stringify({ type: 'snapshot', at, lang: 'en', canWrite: true, ...of })) as FeedSnapshot;
const overTheWire = (change: object) => JSON.parse(JSON.stringify(change)) as FeedChange;

test('a snapshot and its changes come to the next snapshot, whatever happened in between', () => {
  fc.assert(
    fc.property(fc.array(state, { minLength: 2, maxLength: 5 }), (states) => {
      let known = snapshotOf(0, states[0]!);
      for (const [i, next] of states.entries()) {
        const difference = differenceOf(states[Math.max(0, i - 1)]!, next);
        if (difference) known = applyFeed(known, overTheWire({ type: 'change', at: i, ...difference }));
        expect({ ...known, at: 0 }).toEqual(snapshotOf(0, next));
      }
    }),
    { numRuns: runs(100) },
  );
});

test('nothing is said of what has not changed, and such an item stays the same object', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      expect(differenceOf(before, structuredClone(before))).toBeUndefined();
      const difference = differenceOf(before, after);
      const changed = Object.keys(difference?.servers ?? {});
      const known = snapshotOf(0, before);
      const next = applyFeed(known, overTheWire({ type: 'change', at: 1, ...difference }));
      for (const server of next.servers)
        if (!changed.includes(server.name)) expect(known.servers).toContain(server);
      for (const [name, patch] of Object.entries(difference?.servers ?? {})) {
        const old = before.servers.find((one) => one.name === name) as object | undefined;
        const members = Object.entries(patch ?? {}) as [keyof typeof old, unknown][];
        for (const [key, value] of old ? members : [])
          expect(JSON.stringify(old?.[key] ?? null)).not.toBe(JSON.stringify(value));
      }
    }),
    { numRuns: runs(100) },
  );
});
