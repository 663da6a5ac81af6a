import { describe, expect, it } from 'vitest';
import { BoundedLink } from '../../../src/redis/bounded-link.js';
import type { Script } from '../../../src/redis/redis.js';
import { ManualClock, settled } from '../../helpers/manual-clock.js';

const SCRIPT: Script = { name: 'asked', lua: '' };

/** A Redis whose questions the test answers. */
function world() {
  const clock = new ManualClock();
  const asked: { name: string; answer: (value: unknown) => void; fail: (error: Error) => void }[] = [];
  const link = {
    shown: 'redis://test',
    run: ({ name }: Script) =>
      new Promise<unknown>((answer, fail) => void asked.push({ name, answer, fail })),
  };
  const bounded = new BoundedLink({ link, clock, withinMs: 250, tryAgainMs: 1_000 });
  const heard: (string | undefined)[] = [];
  bounded.onChange((away) => heard.push(away?.reason));
  const connected = async () => {
    bounded.connect();
    asked.shift()!.answer(1);
    await settled();
  };
  return { clock, asked, bounded, heard, connected, run: () => bounded.run(SCRIPT, [], []) };
}

describe('Redis for what must not wait for it', () => {
  it('nothing is asked before the first question', async () => {
    const { asked, clock } = world();
    await clock.advance(60_000);
    expect([asked.length, clock.pending]).toEqual([0, 0]);
  });

  it('an answer in time is the answer', async () => {
    const { asked, run, connected, heard } = world();
    await connected();
    const answer = run();
    asked[0]!.answer(7);
    expect(await answer).toEqual({ answer: 7 });
    expect(heard).toEqual([]);
  });

  it('the first late answer ends all waits, later questions wait for nothing, and it is told once', async () => {
    const { asked, run, connected, heard, clock, bounded } = world();
    await connected();
    const first = run();
    await clock.advance(200);
    const second = run();
    await clock.advance(50);
    expect(await Promise.all([first, second, run(), run()])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(asked.length).toBe(2);
    expect(heard).toEqual(['no answer within 250 ms']);
    expect(bounded.away).toEqual({ reason: 'no answer within 250 ms' });
  });

  it('an error is no answer, and says why', async () => {
    const { asked, run, connected, heard } = world();
    await connected();
    const answer = run();
    asked[0]!.fail(new Error('connect ECONNREFUSED'));
    expect(await answer).toBeUndefined();
    expect(heard).toEqual(['connect ECONNREFUSED']);
  });

  it('it is asked again once it has answered in time, and not while its answers are late', async () => {
    const { asked, run, connected, heard, clock, bounded } = world();
    await connected();
    void run();
    await clock.advance(250);
    asked.length = 0;
    await clock.advance(1_000);
    expect(asked.length).toBe(1);
    await clock.advance(500);
    asked[0]!.answer(1);
    await settled();
    expect(bounded.isAway).toBe(true);
    await clock.advance(1_000);
    asked[1]!.answer(1);
    await settled();
    expect([bounded.isAway, bounded.away]).toEqual([false, undefined]);
    expect(heard).toEqual(['no answer within 250 ms', undefined]);
  });

  it('one that is away again as soon as it is back is tried less and less often, and as before once it has stayed', async () => {
    const { asked, run, connected, heard, clock } = world();
    await connected();
    const refuse = async () => {
      const answer = run();
      asked.pop()!.fail(new Error('OOM command not allowed'));
      expect(await answer).toBeUndefined();
    };
    const backAfter = async () => {
      for (let ms = 0; ; ms += 500) {
        if (asked.length > 0) {
          asked.pop()!.answer('OK');
          await settled();
          return ms;
        }
        await clock.advance(500);
      }
    };
    const waits = [];
    for (let i = 0; i < 7; i++) {
      await refuse();
      waits.push(await backAfter());
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    await clock.advance(10_000);
    await refuse();
    expect(await backAfter()).toBe(1_000);
    expect(heard).toHaveLength(16);
  });

  it('a connection that takes long is not told as a loss, and no question waits for it', async () => {
    const { asked, run, heard, clock } = world();
    const answer = run();
    await clock.advance(250);
    expect(await answer).toBeUndefined();
    expect(heard).toEqual([]);
    asked[0]!.fail(new Error('connect ETIMEDOUT'));
    await settled();
    expect(heard).toEqual(['connect ETIMEDOUT']);
  });

  it('closing ends what waits, and asks nothing more', async () => {
    const { asked, run, connected, clock, bounded } = world();
    await connected();
    const answer = run();
    bounded.close();
    expect([await answer, await run()]).toEqual([undefined, undefined]);
    await clock.advance(60_000);
    expect(asked.length).toBe(1);
  });
});
