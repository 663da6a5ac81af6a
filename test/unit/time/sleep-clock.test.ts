import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { countingSleep, sleepCountingClock } from '../../../src/time/sleep-clock.js';

function world() {
  let [mono, wall, up, read] = [100, 1_700_000_000_000, 5_000, 0];
  const now = countingSleep({
    ...{ now: () => mono, wallNow: () => wall },
    uptimeMs: () => {
      read += 1;
      return up;
    },
  });
  return {
    now,
    read: () => read,
    pass: (ms: number) => {
      mono += ms;
      wall += ms;
      up += ms;
    },
    sleep: (ms: number) => {
      wall += ms;
      up += ms;
    },
    jump: (ms: number) => {
      wall += ms;
    },
  };
}

it('time in which the machine slept counts, though its clock stood still', () => {
  const { now, pass, sleep } = world();
  const began = now();
  pass(1_000);
  sleep(60_000);
  expect(now() - began).toBe(61_000);
  pass(500);
  sleep(7_000);
  pass(500);
  expect(now() - began).toBe(69_000);
});

it('the wall clock may jump either way without any effect', () => {
  const { now, pass, jump, sleep } = world();
  const began = now();
  jump(3_600_000);
  pass(100);
  expect(now() - began).toBe(100);
  jump(-7_200_000);
  pass(100);
  expect(now() - began).toBe(200);
  sleep(10_000);
  jump(-3_000);
  expect(now() - began).toBe(10_200);
});

it('how long the machine has been up is read only when something is suspicious', () => {
  const { now, read, pass } = world();
  for (let i = 0; i < 100; i++) {
    pass(50_000);
    now();
  }
  expect(read()).toBe(1);
});

it('on this system, uptime goes on with the clock', () => {
  const clock = sleepCountingClock();
  expect(Math.abs(clock.now() - performance.now())).toBeLessThan(1_000);
  expect(uptime()).toBeGreaterThan(0);
});
