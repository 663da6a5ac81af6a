import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isMux, isRotate, strategy } from '../helpers/strategy.js';

const isPipe = !isMux && !isRotate;

type Holds = Record<'rss' | 'heapUsed' | 'external' | 'timers' | 'listeners' | 'files', number>;

/** Runs alone in a process, so that nothing else is measured. Too short a warm-up would show V8 growing, not leaks. */
async function run(what: 'reconnects' | 'restarts' | 'switches', warmUp: number, times: number) {
  const script = join(import.meta.dirname, '../fixtures/leak-run.ts');
  // Little room for garbage: with more, V8 takes memory for itself at its leisure, and that would be what is measured.
  const limits = ['--max-semi-space-size=1', '--max-old-space-size=64'];
  const numbers = [String(warmUp), String(times)];
  const args = ['--expose-gc', ...limits, '--import', 'tsx', script, what, ...numbers, strategy];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  // A warning about too many listeners, for instance.
  expect(stderr).toBe('');
  return JSON.parse(stdout) as { before: Holds; after: Holds };
}

describe.runIf(process.platform === 'linux')('what a process holds is the same', () => {
  type Case = readonly ['reconnects' | 'restarts' | 'switches', number, number];
  // What all kinds of links have in common is measured once at length; a rotation adds its switches.
  const cases: readonly Case[] = isRotate
    ? [['switches', 2_000, 4_000]]
    : [
        ['reconnects', isPipe ? 3_000 : 1_000, isPipe ? 10_000 : 2_000],
        ['restarts', isPipe ? 1_000 : 500, isPipe ? 1_000 : 500],
      ];
  it.each(cases)(
    'after %s',
    async (what, warmUp, times) => {
      const { before, after } = await run(what, warmUp, times);
      for (const member of ['rss', 'heapUsed', 'external'] as const)
        expect(after[member] / before[member], member).toBeLessThan(1.1);
      for (const member of ['timers', 'listeners', 'files'] as const)
        expect(Math.abs(after[member] - before[member]), member).toBeLessThanOrEqual(
          // One may be running when it is looked at, and switches do not stop for that; thousands were made.
          member === 'timers' ? (what === 'switches' ? 4 : 1) : what === 'switches' ? 1 : 0,
        );
    },
    300_000,
  );
});
