import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { MessageReader } from '../../../src/transports/message-reader.js';
import { runs } from '../../helpers/runs.js';

/** The reader inside ws, which exports it without declaring it. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

const MAX = 300;

interface FrameSpec {
  opcode: number;
  payload: Buffer;
  final: boolean;
  /** RSV1 to RSV3, where they should be zero. */
  wrongBits?: number;
  /** The mask bit is not as the side should set it, and nothing is masked. */
  wrongMask?: boolean;
}

/** Builds frames (RFC 6455 §5.2) of a side. */
type FrameOf = (spec: FrameSpec) => Buffer;

function framesOf(side: 'server' | 'client'): FrameOf {
  return ({ opcode, payload, final, wrongBits = 0, wrongMask = false }) => {
    const first = (final ? 0x80 : 0) | opcode | wrongBits;
    const isMasked = side === 'client';
    const bit = isMasked === wrongMask ? 0 : 0x80;
    const { length } = payload;
    const header = length < 126 ? [first, bit | length] : [first, bit | 126, length >> 8, length & 0xff];
    if (!isMasked || wrongMask) return Buffer.concat([Buffer.from(header), payload]);
    const key = [0x51 ^ opcode, 0xa2, length & 0xff, 0xff];
    return Buffer.concat([
      Buffer.from(header),
      Buffer.from(key),
      payload.map((byte, i) => byte ^ key[i & 3]!),
    ]);
  };
}

/** Gives `bytes` to `push` in pieces of the `sizes`, in turn. */
function inPieces(bytes: Buffer, sizes: readonly number[], push: (piece: Buffer) => void): void {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + sizes[i % sizes.length]!;
    push(bytes.subarray(at, end));
    at = end;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 });

describe.each(['server', 'client'] as const)('MessageReader, for frames of a %s,', (side) => {
  const frame = framesOf(side);
  const ping = frame({ opcode: 9, payload: Buffer.from('ping'), final: true });

  it('delivers what fits, drops what does not, and lets control frames through, however it is cut', () => {
    const message = fc.record({
      fragments: fc.array(fc.record({ length: fc.integer({ min: 0, max: 400 }), ping: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
      opcode: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), sizes, (messages, cuts) => {
        const seen: string[] = [];
        let rest = Buffer.alloc(0);
        const frames = new MessageReader(MAX, side === 'client', {
          onMessage: (payload, isBinary) => seen.push(`${isBinary ? 'binary' : 'text'} ${payload}`),
          onOversize: ({ bytes }) => seen.push(`over ${bytes}`),
          onRest: (bytes) => {
            rest = Buffer.concat([rest, bytes]);
          },
        });
        const expected: string[] = [];
        const pings: Buffer[] = [];
        const stream: Buffer[] = [];
        for (const { fragments, opcode } of messages) {
          const text = fragments.map(({ length }, i) => String(i).repeat(length)).join('');
          for (const [i, { length, ping: pinged }] of fragments.entries()) {
            const payload = Buffer.from(String(i).repeat(length));
            stream.push(
              frame({ opcode: i === 0 ? opcode : 0, payload, final: i === fragments.length - 1 }),
              ...(pinged ? [ping] : []),
            );
            if (pinged) pings.push(ping);
          }
          const fits = text.length + 128 * (fragments.length - 1) <= MAX;
          expected.push(fits ? `${opcode === 2 ? 'binary' : 'text'} ${text}` : `over ${text.length}`);
        }
        inPieces(Buffer.concat(stream), cuts, (piece) => frames.push(Buffer.from(piece)));
        expect(seen).toEqual(expected);
        expect(rest.toString('latin1')).toBe(Buffer.concat(pings).toString('latin1'));
      }),
      { seed: 6455, numRuns: runs(1_000) },
    );
  });

  it('comes with the library behind it to what the library alone would do, breaches of the protocol included', async () => {
    const anyFrame: fc.Arbitrary<Buffer> = fc
      .record({
        opcode: fc.oneof(
          { weight: 12, arbitrary: fc.constantFrom(1, 1, 0, 2, 9, 10) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }) },
        ),
        payload: fc.oneof(
          {
            weight: 10,
            arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => Buffer.from(text)),
          },
          { weight: 1, arbitrary: fc.uint8Array({ maxLength: 130 }).map((bytes) => Buffer.from(bytes)) },
        ),
        final: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
        wrongBits: fc.oneof(
          { weight: 40, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.constantFrom(0x10, 0x20, 0x40) },
        ),
        wrongMask: fc.oneof(
          { weight: 40, arbitrary: fc.constant(false) },
          { weight: 1, arbitrary: fc.constant(true) },
        ),
      })
      .map(frame);
    const close = fc.constantFrom('', '03e8', '0fa4e1babd').map((hex) => {
      return frame({ opcode: 8, payload: Buffer.from(hex, 'hex'), final: true });
    });
    const bit = side === 'client' ? 0x80 : 0;
    const huge = fc.constant(Buffer.from([0x81, bit | 127, 0xff, 0, 0, 0, 0, 0, 0, 1, 65, 66, 67, 68]));
    const stream = fc.array(
      fc.oneof(
        { weight: 60, arbitrary: anyFrame },
        { weight: 1, arbitrary: huge },
        { weight: 2, arbitrary: close },
      ),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    const ends: Record<string, number> = { message: 0, ping: 0, pong: 0, error: 0, conclude: 0 };
    await fc.assert(
      fc.asyncProperty(stream, sizes, async (pieces, cuts) => {
        const bytes = Buffer.concat(pieces);
        const alone = await heard(
          side,
          (receiver) => (piece) => void receiver.write(Buffer.from(piece)),
          bytes,
          cuts,
        );
        const together = await heard(
          side,
          (receiver, note) => {
            const frames = new MessageReader(2 ** 20, side === 'client', {
              onMessage: (payload, isBinary) => note(`message ${isBinary} ${payload.toString('hex')}`),
              onOversize: () => note('oversize'),
              onRest: (rest) => void receiver.write(rest),
            });
            return (piece) => frames.push(Buffer.from(piece));
          },
          bytes,
          cuts,
        );
        expect(together).toEqual(alone);
        for (const what of alone) ends[what.split(' ')[0]!]! += 1;
      }),
      { seed: 6455, numRuns: runs(1_500) },
    );
    for (const times of Object.values(ends)) expect(times).toBeGreaterThan(runs(1_500) / 60);
  });
});

/** What a library's reader says of the bytes, in order: messages and the end; those behind a breach do not count. */
async function heard(
  side: 'server' | 'client',
  reader: (receiver: Writable, note: (what: string) => void) => (piece: Buffer) => void,
  bytes: Buffer,
  cuts: readonly number[],
): Promise<string[]> {
  const said: string[] = [];
  const receiver = new Receiver({ isServer: side === 'client', allowSynchronousEvents: true });
  let over = false;
  const note = (what: string) => {
    if (!over) said.push(what);
  };
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    note(`message ${isBinary} ${data.toString('hex')}`),
  );
  receiver.on('ping', (data: Buffer) => note(`ping ${data.toString('hex')}`));
  receiver.on('pong', (data: Buffer) => note(`pong ${data.toString('hex')}`));
  receiver.on('conclude', (code: number) => {
    note(`conclude ${code}`);
    over = true;
  });
  receiver.on('error', (error: NodeJS.ErrnoException) => {
    note(`error ${error.code}`);
    over = true;
  });
  const push = reader(receiver, note);
  for (let at = 0, i = 0; at < bytes.length && !over; i++) {
    const end = at + cuts[i % cuts.length]!;
    push(bytes.subarray(at, end));
    at = end;
    // Errors of a stream come a moment later; a socket's reader is taken off then.
    await new Promise((resolve) => process.nextTick(resolve));
  }
  await new Promise((resolve) => setImmediate(resolve));
  return said;
}

describe.each([false, true])('MessageReader, with masked frames: %s,', (isMasked) => {
  const LONG = 64 * 1024 * 1024;
  const headerOf = (length: number) => {
    const header = Buffer.alloc(isMasked ? 14 : 10);
    header[0] = 0x81;
    header[1] = (isMasked ? 0x80 : 0) | 127;
    header.writeUInt32BE(length, 6);
    return header;
  };

  it.each([262_143, 262_144, 262_145, 1_000_000])(
    'takes a message of %i bytes that comes in pieces',
    (length) => {
      const messages: Buffer[] = [];
      const nothing = () => {};
      const sink = { onMessage: (one: Buffer) => messages.push(one), onOversize: nothing, onRest: nothing };
      const reader = new MessageReader(LONG, isMasked, sink);
      const payload = Buffer.from(Array.from({ length }, (_, i) => 97 + (i % 23)));
      const bytes = Buffer.concat([headerOf(length), payload]);
      inPieces(bytes, [1, 65_536, 7], (piece) => reader.push(Buffer.from(piece)));
      expect(messages.map((one) => one.equals(payload))).toEqual([true]);
      expect(reader.unfinishedBytes).toBe(0);
    },
  );

  it.each(['{"a":"', `[${'1,'.repeat(1_000)}"`])(
    'finds what is no UTF-8 behind %.6s in a message of several pieces',
    (start) => {
      const payload = Buffer.concat([Buffer.from(start), Buffer.alloc(70_000, 'a'), Buffer.from([0xff])]);
      const heard: string[] = [];
      const reader = new MessageReader(LONG, isMasked, {
        onMessage: () => heard.push('message'),
        onOversize: () => heard.push('oversize'),
        onRest: () => heard.push('rest'),
      });
      const bytes = Buffer.concat([headerOf(payload.length), payload]);
      inPieces(bytes, [65_536], (piece) => reader.push(Buffer.from(piece)));
      expect(heard).toEqual(['rest']);
    },
  );

  it('has no memory for a message of which only the length has come', () => {
    const nothing = () => {};
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 40 }, () => {
      const reader = new MessageReader(LONG, isMasked, {
        onMessage: nothing,
        onOversize: nothing,
        onRest: nothing,
      });
      reader.push(Buffer.concat([headerOf(LONG), Buffer.from('a')]));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * LONG);
    expect(readers[0]!.unfinishedBytes).toBe(1);
  });
});
