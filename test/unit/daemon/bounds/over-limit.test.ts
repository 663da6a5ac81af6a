import { expect, test } from 'vitest';
import { LimitWatch } from '../../../../src/daemon/bounds/over-limit.js';

const MB = 1024 ** 2;
const usage = (more: object) => ({ memoryBytes: 0, cpuPercent: 0, processes: 1, threads: 11, ...more });
const NONE = () => new Set<never>();

test('memory above the limit for five seconds is over it; a peak between two looks is not', () => {
  const watch = new LimitWatch({ memory: 300 * MB }, NONE);
  expect(watch.look(usage({ memoryBytes: 310 * MB }), 0)).toBeUndefined();
  expect(watch.isNear).toBe(true);
  expect(watch.look(usage({ memoryBytes: 200 * MB }), 4_000)).toBeUndefined();
  expect(watch.isNear).toBe(false);
  expect(watch.look(usage({ memoryBytes: 310 * MB }), 8_000)).toBeUndefined();
  expect(watch.look(usage({ memoryBytes: 310 * MB }), 12_999)).toBeUndefined();
  expect(watch.look(usage({ memoryBytes: 311 * MB }), 13_000)).toEqual({
    reached: { of: 'memory', limit: 300 * MB, used: 311 * MB },
    isAtOnce: false,
  });
});

test('memory far above the limit is over it at once', () => {
  const watch = new LimitWatch({ memory: 300 * MB }, NONE);
  expect(watch.look(usage({ memoryBytes: 376 * MB }), 0)).toMatchObject({ isAtOnce: true });
});

test('processor time is over its limit after two minutes, and never where the kernel holds it', () => {
  const watch = new LimitWatch({ cpu: 50 }, NONE);
  expect(watch.look(usage({ cpuPercent: 90 }), 0)).toBeUndefined();
  expect(watch.look(usage({ cpuPercent: 90 }), 119_999)).toBeUndefined();
  expect(watch.look(usage({ cpuPercent: 90 }), 120_000)).toMatchObject({
    reached: { of: 'cpu' },
    isAtOnce: false,
  });
  const held = new LimitWatch({ cpu: 50 }, () => new Set(['cpu'] as const));
  held.look(usage({ cpuPercent: 90 }), 0);
  expect(held.look(usage({ cpuPercent: 90 }), 600_000)).toBeUndefined();
});

test('threads count; above their limit a server is ended at the first look, where the kernel holds it after five seconds at it', () => {
  const watch = new LimitWatch({ pids: 64 }, NONE);
  expect(watch.look(usage({ processes: 5, threads: 64 }), 0)).toBeUndefined();
  expect(watch.look(usage({ processes: 5, threads: 65 }), 0)).toMatchObject({
    reached: { of: 'pids', limit: 64, used: 65 },
    isAtOnce: true,
  });
  const held = new LimitWatch({ pids: 64 }, () => new Set(['pids'] as const));
  expect(held.look(usage({ threads: 64 }), 0)).toBeUndefined();
  expect(held.look(usage({ threads: 64 }), 5_000)).toMatchObject({ reached: { of: 'pids' } });
});

test('without limits nothing is over them', () => {
  const watch = new LimitWatch({}, NONE);
  expect(watch.look(usage({ memoryBytes: 9e12, cpuPercent: 900, threads: 9e5 }), 0)).toBeUndefined();
});
