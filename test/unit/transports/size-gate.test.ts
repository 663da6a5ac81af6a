import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SizeGate } from '../../../src/transports/size-gate.js';

const MAX = 300;

/** A server's frame (RFC 6455 §5.2). */
function frame(opcode: number, payload: Buffer, final: boolean): Buffer {
  const first = (final ? 0x80 : 0) | opcode;
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  return Buffer.concat([Buffer.from([first, 126, length >> 8, length & 0xff]), payload]);
}

interface Message {
  frames: Buffer[];
  bytes: number;
  control: boolean;
}

/** A message in one or more fragments, with control frames between them. */
const message = fc
  .record({
    fragments: fc.array(fc.record({ length: fc.integer({ min: 0, max: 400 }), ping: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    }),
    opcode: fc.constantFrom(1, 2),
  })
  .map(({ fragments, opcode }): Message => {
    const frames = fragments.flatMap(({ length, ping }, i) => [
      frame(i === 0 ? opcode : 0, Buffer.alloc(length, 'x'), i === fragments.length - 1),
      ...(ping ? [frame(9, Buffer.from('ping'), true)] : []),
    ]);
    return { frames, bytes: fragments.reduce((sum, { length }) => sum + length, 0), control: false };
  });

describe('SizeGate', () => {
  it('passes what fits byte for byte, drops what does not, and lets control frames through, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }),
        (messages, sizes) => {
          const dropped: number[] = [];
          const gate = new SizeGate(MAX, ({ bytes }) => dropped.push(bytes));
          const stream = Buffer.concat(messages.flatMap(({ frames }) => frames));
          const passed: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const end = at + sizes[i % sizes.length]!;
            passed.push(...gate.push(stream.subarray(at, end)));
            at = end;
          }
          const isPing = (bytes: Buffer) => bytes[0] === 0x89;
          const fits = ({ frames, bytes }: Message) => {
            const overhead = 128 * (frames.filter((one) => !isPing(one)).length - 1);
            return bytes + overhead <= MAX;
          };
          // A ping between fragments overtakes what is held back; one behind the last comes after it.
          const expected = messages.flatMap((one) => {
            const last = one.frames.findLastIndex((bytes) => !isPing(bytes));
            const pings = one.frames.slice(0, last).filter(isPing);
            const data = fits(one) ? one.frames.filter((bytes) => !isPing(bytes)) : [];
            return [...pings, ...data, ...one.frames.slice(last + 1)];
          });
          expect(Buffer.concat(passed).toString('latin1')).toBe(Buffer.concat(expected).toString('latin1'));
          expect(dropped).toEqual(messages.filter((one) => !fits(one)).map(({ bytes }) => bytes));
        },
      ),
      { seed: 6455, numRuns: 2_000 },
    );
  });

  it('leaves breaches of the protocol to the library behind it', () => {
    const gate = new SizeGate(MAX, () => {});
    const stray = frame(0, Buffer.from('continues nothing'), true);
    expect(gate.push(stray)).toEqual([stray]);
    const masked = Buffer.concat([Buffer.from([0x81, 0x83, 1, 2, 3, 4]), Buffer.from('abc')]);
    const next = frame(1, Buffer.from('{}'), true);
    expect(Buffer.concat(gate.push(Buffer.concat([masked, next])))).toEqual(Buffer.concat([masked, next]));
    const twoStarts = [frame(1, Buffer.from('a'), false), frame(1, Buffer.from('b'), true)];
    expect(Buffer.concat(twoStarts.flatMap((one) => gate.push(one)))).toEqual(Buffer.concat(twoStarts));
  });
});
