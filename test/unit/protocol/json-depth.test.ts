import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nestsDeeper } from '../../../src/protocol/json-depth.js';
import { runs } from '../../helpers/runs.js';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('says how deep a value nests, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(7), (value, most) => {
      const text = Buffer.from(JSON.stringify(value));
      expect(nestsDeeper(text, most)).toBe(depthOf(value) > most);
    }),
    { numRuns: runs(500) },
  );
  for (const tricky of ['"[[[["', '"\\"[[[["', '"\\\\"', '"\\\\\\"[[[["', '"[[[[', '{"[[[[":"]]"}'])
    expect(nestsDeeper(Buffer.from(tricky), 1)).toBe(false);
});

test('a text of brackets alone is known after its first ones', () => {
  const bytes = 16 * 1024 * 1024;
  const brackets = fastest(Buffer.alloc(bytes, '['), true);
  const read = fastest(Buffer.alloc(bytes, '1'), false);
  expect(brackets).toBeLessThan(read / 10);
});

/** The shortest of a few times in milliseconds: what else runs only makes one longer. */
function fastest(text: Buffer, nests: boolean): number {
  const times = Array.from({ length: 3 }, () => {
    const began = performance.now();
    expect(nestsDeeper(text, 250)).toBe(nests);
    return performance.now() - began;
  });
  return Math.min(...times);
}
