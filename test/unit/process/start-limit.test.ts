import { describe, expect, it } from 'vitest';
import { StartLimit } from '../../../src/process/start-limit.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const forever = new AbortController().signal;

function gate(maxParallelStarts: number) {
  const clock = new ManualClock();
  const entered: string[] = [];
  const made = new StartLimit(maxParallelStarts, 5_000, clock);
  const enter = (name: string, signal = forever) =>
    made.acquire(signal).then((leave) => {
      if (!signal.aborted) entered.push(name);
      return leave;
    });
  return { clock, entered, enter };
}

describe('StartGate', () => {
  it('lets so many in, and the others in their order as places become free', async () => {
    const { clock, entered, enter } = gate(2);
    const [a, b] = [enter('a'), enter('b')];
    void enter('c');
    void enter('d');
    await clock.advance(0);
    expect(entered).toEqual(['a', 'b']);
    (await b)();
    // Somebody who comes at this very moment does not overtake those who wait.
    void enter('e');
    await clock.advance(0);
    expect(entered).toEqual(['a', 'b', 'c']);
    (await b)();
    (await a)();
    await clock.advance(0);
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not let a slow one hold up the others', async () => {
    const { clock, entered, enter } = gate(1);
    const slow = enter('slow');
    void enter('next');
    await clock.advance(4_999);
    expect(entered).toEqual(['slow']);
    await clock.advance(1);
    expect(entered).toEqual(['slow', 'next']);
    (await slow)();
    void enter('third');
    await clock.advance(0);
    expect(entered).toEqual(['slow', 'next']);
  });

  it('forgets whoever gives up', async () => {
    const { clock, entered, enter } = gate(1);
    const first = enter('first');
    const leaving = new AbortController();
    const gone = enter('gone', leaving.signal);
    void enter('last');
    leaving.abort();
    (await gone)();
    await clock.advance(0);
    expect(entered).toEqual(['first']);
    (await first)();
    await clock.advance(0);
    expect(entered).toEqual(['first', 'last']);
    expect(clock.pending).toBe(1);
  });
});
