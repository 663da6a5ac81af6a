import { expect, it } from 'vitest';
import { StartLimit } from '../../../src/process/start-limit.js';
import { StartPace } from '../../../src/process/start-pace.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const GiB = 1024 ** 3;

/** Starts as many servers as there are; each is ready after `tookMs`. Returns the most that were starting at once, and the time. */
async function startAll(servers: number, tookMs: number, machine: { cores: number; bytes?: number }) {
  const clock = new ManualClock();
  const pace = new StartPace({ cores: machine.cores, available: () => machine.bytes, clock });
  const limit = new StartLimit(pace, 5_000, clock);
  let starting = 0;
  let most = 0;
  let ready = 0;
  for (let i = 0; i < servers; i++)
    void limit.acquire(new AbortController().signal).then((leave) => {
      starting += 1;
      most = Math.max(most, starting);
      clock.after(tookMs, () => {
        starting -= 1;
        ready += 1;
        leave(true);
      });
    });
  const from = clock.now();
  while (ready < servers) await clock.advance(1);
  return { most, ms: clock.now() - from };
}

it('lets more and more servers start that are ready at once', async () => {
  expect(await startAll(200, 10, { cores: 1 })).toEqual({ most: 32, ms: 100 });
});

it('keeps to the cores where starts take the processor', async () => {
  expect((await startAll(20, 800, { cores: 1 })).most).toBe(2);
  expect((await startAll(20, 2_000, { cores: 2 })).most).toBe(4);
});

it('lets no more start than there is memory for, and one in any case', async () => {
  expect((await startAll(40, 10, { cores: 4, bytes: 0.5 * GiB })).most).toBe(4);
  expect((await startAll(5, 10, { cores: 4, bytes: 0 })).most).toBe(1);
});

it('gives way when starts become slow, not below where it began', () => {
  const clock = new ManualClock();
  const pace = new StartPace({ cores: 2, available: () => undefined, clock });
  for (let i = 0; i < 20; i++) pace.ended(100, true);
  expect([pace.mayStart(23), pace.mayStart(24)]).toEqual([true, false]);
  pace.ended(500, true);
  expect(pace.mayStart(23)).toBe(true);
  pace.ended(1_500, false);
  expect([pace.mayStart(11), pace.mayStart(12)]).toEqual([true, false]);
  for (let i = 0; i < 5; i++) pace.ended(1_500, false);
  expect([pace.mayStart(3), pace.mayStart(4)]).toEqual([true, false]);
});

it('does not take what fails at once for fast', () => {
  const clock = new ManualClock();
  const pace = new StartPace({ cores: 2, available: () => undefined, clock });
  for (let i = 0; i < 40; i++) pace.ended(1, false);
  expect([pace.mayStart(3), pace.mayStart(4)]).toEqual([true, false]);
});

it('looks at the memory four times a second at most', () => {
  const clock = new ManualClock();
  let looked = 0;
  const available = () => {
    looked += 1;
    return undefined;
  };
  const pace = new StartPace({ cores: 2, available, clock });
  for (let i = 0; i < 3; i++) pace.mayStart(1);
  expect(looked).toBe(1);
});
