import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONTROL, checkBytes, NOT_ASCII } from '../../../src/protocol/byte-check.js';
import { runs } from '../../helpers/runs.js';

const odd = fc.record({
  at: fc.nat(),
  byte: fc.constantFrom(0x00, 0x0a, 0x1f, 0x20, 0x7f, 0x80, 0x9f, 0xff),
});

test('says of any stretch of any buffer what a look at each byte says', () => {
  const length = fc.oneof(fc.nat(600), fc.nat(100_000));
  fc.assert(
    fc.property(
      length,
      fc.nat(9),
      fc.nat(9),
      fc.array(odd, { maxLength: 2 }),
      (size, offset, start, odds) => {
        const bytes = Buffer.alloc(offset + start + size + 7, 'a').subarray(offset);
        for (const { at, byte } of odds) bytes[at % bytes.length] = byte;
        const piece = bytes.subarray(start, start + size);
        const expected = piece.some((byte) => byte < 0x20)
          ? CONTROL
          : piece.some((byte) => byte >= 0x80)
            ? NOT_ASCII
            : 0;
        expect(checkBytes(bytes, start, start + size)).toBe(expected);
      },
    ),
    { seed: 20_261_125, numRuns: runs(4_000) },
  );
});
