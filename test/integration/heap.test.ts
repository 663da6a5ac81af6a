import { performance } from 'node:perf_hooks';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepCompiled } from '../../src/cli/compiled-code.js';
import { RunHeap } from '../../src/cli/heap.js';
import type { Status } from '../../src/protocol/status.js';

// Flags of V8 are those of the whole process, so this is no unit test: those share one. One that hears of collections would change
// flags while the tests of another file run.
vi.mock('node:perf_hooks', async (actual) => ({
  ...(await actual<typeof import('node:perf_hooks')>()),
  PerformanceObserver: class {
    observe() {}
  },
}));
vi.mock('../../src/cli/compiled-code.js', () => ({ keepCompiled: vi.fn() }));

const READY = { type: 'server-ready' } as Status;
/** It names the flags of V8: compiled code is taken only under those with which it was kept. */
const flags = cachedDataVersionTag;
const atFirst = flags();
let whenKept: number[];

beforeEach(() => {
  whenKept = [];
  vi.mocked(keepCompiled).mockImplementation(() => void whenKept.push(flags()));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.spyOn(performance, 'now').mockImplementation(Date.now);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

afterAll(() => {
  setFlagsFromString('--heap-growing-percent=0');
  setFlagsFromString('--semi-space-growth-factor=2');
  expect(flags()).toBe(atFirst);
});

test('code is kept once, under the flags that were in force before, a second after the last start', () => {
  const heap = new RunHeap();
  heap.onStatus(READY);
  expect(flags()).not.toBe(atFirst);
  vi.advanceTimersByTime(900);
  heap.onStatus(READY);
  vi.advanceTimersByTime(900);
  expect(whenKept).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(whenKept).toEqual([atFirst]);
  expect(flags()).not.toBe(atFirst);
  heap.onStatus(READY);
  vi.advanceTimersByTime(60_000);
  expect(whenKept).toHaveLength(1);
});

test('where servers start all the time, the start ends after half a minute', () => {
  const heap = new RunHeap();
  for (let ms = 0; ms < 29_500; ms += 500) {
    heap.onStatus(READY);
    vi.advanceTimersByTime(500);
  }
  expect(whenKept).toEqual([]);
  heap.onStatus(READY);
  vi.advanceTimersByTime(500);
  expect(whenKept).toEqual([atFirst]);
});
