import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CONTROL,
  checkBytes,
  ESCAPED,
  FINDS_ESCAPES_FROM_BYTES,
  NOT_ASCII,
} from '../../../src/protocol/byte-check.js';
import { runs } from '../../helpers/runs.js';

const odd = fc.record({
  at: fc.nat(),
  byte: fc.constantFrom(0x00, 0x0a, 0x1f, 0x20, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0x9f, 0xff),
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
        const bit = (isFound: boolean, value: number) => (isFound ? value : 0);
        const ends =
          bit(
            piece.some((byte) => byte < 0x20),
            CONTROL,
          ) | bit(size >= FINDS_ESCAPES_FROM_BYTES && piece.includes(0x5c), ESCAPED);
        const found = checkBytes(bytes, start, start + size);
        expect((found & ends) !== 0).toBe(ends !== 0);
        expect(found & ~ends & ~NOT_ASCII).toBe(0);
        const isPlain = piece.every((byte) => byte < 0x80);
        if (isPlain || ends === 0) expect(found & NOT_ASCII).toBe(bit(!isPlain, NOT_ASCII));
      },
    ),
    { seed: 20_261_125, numRuns: runs(4_000) },
  );
});
