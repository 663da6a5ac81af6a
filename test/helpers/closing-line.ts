import { appendFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/**
 * Ends a run with one line for scripts: `N passed, N failed, N skipped`. It counts tests. A file or suite that failed
 * outside its tests, and an uncaught error, count as failed; otherwise a run could fail without a failed test. The line is
 * also appended to the file named by VITEST_CLOSING_LINES, from which .ci/run sums up several runs.
 */
export default class ClosingLine implements Reporter {
  #line = '0 passed, 1 failed, 0 skipped';

  onInit(): void {
    // Other reporters print until the end of the run; only the exit comes later.
    process.once('exit', () => {
      const file = process.env.VITEST_CLOSING_LINES;
      if (file) appendFileSync(file, `${this.#line}\n`);
      process.stdout.write(`${this.#line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      count.failed += broken(module);
      for (const suite of module.children.allSuites()) count.failed += broken(suite);
      for (const test of module.children.allTests()) count[stateOf(test)] += 1;
    }
    this.#line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
  }
}

function broken(place: TestModule | TestSuite): number {
  return place.errors().length > 0 ? 1 : 0;
}

function stateOf(test: TestCase): 'passed' | 'failed' | 'skipped' {
  const { state } = test.result();
  // A test that did not finish has not passed.
  return state === 'pending' ? 'failed' : state;
}
