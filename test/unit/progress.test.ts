import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TestCase, TestModule } from 'vitest/node';
import Progress from '../helpers/progress.js';

const printed: string[] = [];
beforeEach(() => {
  printed.length = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const module = (file: string, duration: number) =>
  ({
    id: file,
    relativeModuleId: `test/cli/${file}`,
    project: { name: 'cli' },
    diagnostic: () => ({ duration }),
  }) as unknown as TestModule;
const ended = (state: string) => ({ result: () => ({ state }) }) as TestCase;

test('a line every 10 s says how many files of all have ended, and the last one which took longest', () => {
  const [run, edit] = [module('run.test.ts', 12_300), module('edit.test.ts', 900)];
  const progress = new Progress();
  progress.onTestRunStart([run, edit]);
  progress.onTestModuleStart(run);
  progress.onTestModuleStart(edit);
  for (const state of ['passed', 'passed', 'failed', 'skipped']) progress.onTestCaseResult(ended(state));
  progress.onTestModuleEnd(edit);
  vi.advanceTimersByTime(9_999);
  expect(printed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(printed).toEqual(['10 s: 1 of 2 files, 2 tests passed, 1 failed; now cli run.test.ts\n']);
  progress.onTestModuleEnd(run);
  progress.onTestRunEnd([edit, run]);
  vi.advanceTimersByTime(60_000);
  expect(printed.slice(1)).toEqual(['longest files: cli run.test.ts 12 s, cli edit.test.ts 1 s\n']);
});
