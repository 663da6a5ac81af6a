import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Transport } from '../../src/transports/transport.js';
import { eventually } from '../helpers/eventually.js';

/**
 * A transport whose far side sends every frame back, except that `!bye` makes it say "last words" and hang up,
 * `!burst N` makes it send N numbered frames at once, `!deaf` makes it stop reading, and `!flood N` makes it send N numbered frames of 9,999 bytes (999, where each is a request of its own), as fast as it may.
 */
export interface Pair {
  transport: Transport;
  /** How many frames of a flood the far side has got rid of. */
  flooded(): number;
  /** Each frame of the far side is a request of its own: none arrive together, and many of them take long. */
  sendsOneByOne?: boolean;
}

/** Unread bytes a pair's transport may hold; small, so that the bound is reached quickly. */
export const MAX_QUEUED_BYTES = 256 * 1024;

const frames = (...texts: string[]) => texts.map((text) => Buffer.from(text));

/** Reads until `countCall` frames have come, or the end. */
async function read(transport: Transport, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const texts: string[] = [];
  const iterator = transport.batches[Symbol.asyncIterator]();
  while (texts.length < count) {
    const { done, value } = await iterator.next();
    if (done) break;
    for (const frame of value) texts.push(frame.toString());
  }
  return texts;
}

function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), delay(ms).then(() => false)]);
}

/** What every transport must do. `makePair` closes what it opened when the test ends. */
export function transportContract(name: string, makePair: () => Promise<Pair>): void {
  describe(`the ${name} transport`, () => {
    it('keeps the order of frames within and across batches', async () => {
      const { transport, sendsOneByOne = false } = await makePair();
      const texts = Array.from({ length: sendsOneByOne ? 300 : 1_000 }, (_, i) => `frame ${i}`);
      for (let i = 0; i < texts.length; i += 10) transport.send(frames(...texts.slice(i, i + 10)));
      expect(await read(transport, texts.length)).toEqual(texts);
    });

    it('delivers frames that arrive together as one batch', async () => {
      const { transport, sendsOneByOne = false } = await makePair();
      if (sendsOneByOne) return;
      transport.send(frames('!burst 200'));
      const sizes: number[] = [];
      let count = 0;
      for await (const batch of transport.batches) {
        sizes.push(batch.length);
        count += batch.length;
        if (count === 200) break;
      }
      // The system may cut what was written at once; it does not cut it small.
      expect(sizes.length).toBeLessThanOrEqual(4);
    });

    it('keeps multi-byte characters and large frames whole, whatever the chunks', async () => {
      const { transport } = await makePair();
      const texts = [
        'ü',
        '漢字'.repeat(50_000),
        `x${'€'.repeat(100_000)}`,
        '𝄞'.repeat(70_001),
        '"\\u00e9"',
        'end',
      ];
      transport.send(frames(...texts));
      expect(await read(transport, texts.length)).toEqual(texts);
    });

    it('delivers what came before the end, also to a reader who comes later', async () => {
      const { transport } = await makePair();
      transport.send(frames('one', 'two', '!bye'));
      await transport.closed;
      expect(await read(transport)).toEqual(['one', 'two', 'last words']);
      expect(await read(transport)).toEqual([]);
    });

    it('says that the far side ended it', async () => {
      const { transport } = await makePair();
      transport.send(frames('!bye'));
      expect(await transport.closed).toMatchObject({ by: 'remote' });
      expect(await transport.close()).toMatchObject({ by: 'remote' });
    });

    it('closes once, however often it is asked, and says that we did it', async () => {
      const { transport } = await makePair();
      const [first, second] = await Promise.all([transport.close(), transport.close({ code: 1001 })]);
      const third = await transport.close();
      expect(first).toMatchObject({ by: 'local' });
      expect(second).toBe(first);
      expect(third).toBe(first);
      expect(await transport.closed).toBe(first);
    });

    it('ends the loop of a waiting reader when it closes', async () => {
      const { transport } = await makePair();
      const reading = read(transport);
      await transport.close();
      expect(await reading).toEqual([]);
    });

    it('drops frames that are sent after the end', async () => {
      const { transport } = await makePair();
      await transport.close();
      expect(transport.send(frames('too late'))).toBeUndefined();
      expect(await read(transport)).toEqual([]);
    });

    it('makes the sender wait while the far side does not read, and lets it go at the end', async () => {
      const { transport } = await makePair();
      transport.send(frames('heard', '!deaf'));
      await read(transport, 1);
      const batch = frames('x'.repeat(10_000));
      let stuck: Promise<void> | undefined;
      for (let i = 0; i < 5_000 && !stuck; i += 1) {
        const room = transport.send(batch);
        if (room && !(await settlesWithin(room, 200))) stuck = room;
      }
      expect(stuck).toBeDefined();
      await transport.close({ forceSignal: AbortSignal.abort() });
      await stuck;
    });

    it('lets the sender go on once the far side has read', async () => {
      const { transport } = await makePair();
      const text = 'y'.repeat(60_000);
      const sending = (async () => {
        for (let i = 0; i < 200; i += 1) await transport.send(frames(text));
      })();
      expect(await read(transport, 200)).toHaveLength(200);
      await sending;
    });

    it('makes the far side wait while nobody reads, and loses nothing', async () => {
      const { transport, flooded, sendsOneByOne = false } = await makePair();
      // More than what the system holds for a connection that is not read: `tcp_rmem` and `tcp_wmem`, up to 37 MB on some.
      const total = sendsOneByOne ? 800 : 4_000;
      transport.send(frames(`!flood ${total}`));
      let before = -1;
      const stuckAt = await eventually(
        () => {
          const now = flooded();
          const stuck = now > 0 && now === before;
          before = now;
          return stuck && now;
        },
        { everyMs: 150 },
      );
      expect(stuckAt).toBeLessThan(sendsOneByOne ? total / 2 : total);
      const texts = await read(transport, total);
      expect(texts.map((text) => Number.parseInt(text, 10))).toEqual(texts.map((_, i) => i));
      expect(texts).toHaveLength(total);
    });

    it('still notices its end after its reader has left', async () => {
      const { transport, sendsOneByOne = false } = await makePair();
      transport.send(frames('one'));
      for await (const batch of transport.batches) if (batch.length > 0) break;
      transport.send(frames(sendsOneByOne ? '!flood 400' : '!flood 200', '!bye'));
      expect(await transport.closed).toMatchObject({ by: 'remote' });
    });

    it('closes at once in a hurry, even when the far side does not listen', async () => {
      const { transport } = await makePair();
      transport.send(frames('heard', '!deaf'));
      await read(transport, 1);
      const forceSignal = new AbortController();
      const startedAt = performance.now();
      const closing = transport.close({ forceSignal: forceSignal.signal });
      forceSignal.abort();
      expect(await closing).toMatchObject({ by: 'local' });
      // Every wait of a polite close lasts longer, see `transports.test.ts`.
      expect(performance.now() - startedAt).toBeLessThan(8_000);
    });
  });
}
