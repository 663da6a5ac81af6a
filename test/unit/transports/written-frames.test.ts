import { once } from 'node:events';
import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { blockWritten, clientFrames } from '../../../src/transports/client-frames.js';
import { serverFrames } from '../../../src/transports/server-frames.js';
import { runs } from '../../helpers/runs.js';

/** Exported, but not declared. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

/** What `ws` makes of them on the other side: it checks masking, lengths and UTF-8. */
async function received(blocks: readonly Buffer[], isServer: boolean): Promise<string[]> {
  const receiver = new Receiver({ isServer });
  const texts: string[] = [];
  receiver.on('message', (data: Buffer) => texts.push(data.toString()));
  for (const block of blocks) if (!receiver.write(block)) await once(receiver, 'drain');
  await new Promise((resolve) => receiver.end(resolve));
  return texts;
}

describe.each([
  { who: 'clientFrames', framesOf: clientFrames, isClient: true },
  { who: 'serverFrames', framesOf: serverFrames, isClient: false },
])('$who', ({ framesOf, isClient }) => {
  it('are what the other side reads, whatever their lengths', async () => {
    const length = fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.constantFrom(47, 48, 49, 125, 126, 127, 65_535, 65_536, 65_537),
      fc.integer({ min: 60_000, max: 140_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(length, { maxLength: 12 }), async (lengths) => {
        const texts = lengths.map((n, i) => `${i}`.repeat(n).slice(0, n));
        expect(await received(framesOf(texts.map((text) => Buffer.from(text))), isClient)).toEqual(texts);
      }),
      { seed: 6455, numRuns: runs(200) },
    );
  });

  it('share a block as long as they are small, and do not change what was handed in', () => {
    const frame = Buffer.from(
      '{"jsonrpc":"2.0","id":1,"result":{"text":"long enough to be masked by word"}}',
    );
    const before = Buffer.from(frame);
    expect(framesOf(Array.from({ length: 64 }, () => frame))).toHaveLength(1);
    expect(frame).toEqual(before);
    expect(framesOf([])).toEqual([]);
  });
});

describe('memory for large frames', () => {
  const large = (letter: string) => Buffer.from(letter.repeat(300_000));

  it('is used again only once its bytes were written', async () => {
    const [first] = clientFrames([large('a')]);
    const [second] = clientFrames([large('b')]);
    expect(await received([first!, second!], true)).toEqual([`${large('a')}`, `${large('b')}`]);
    blockWritten(second!);
    const [third] = clientFrames([large('c')]);
    const [fourth] = clientFrames([large('d')]);
    expect(third!.buffer).toBe(second!.buffer);
    expect(fourth!.buffer).not.toBe(second!.buffer);
    expect(await received([third!, fourth!], true)).toEqual([`${large('c')}`, `${large('d')}`]);
  });
});
