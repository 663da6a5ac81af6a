import { appendFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/**
 * Ends a run with one line that scripts can read: `N passed, N failed, N skipped`. It counts tests; a file or suite
 * that broke outside its tests and an uncaught error count as failed, or a run could fail without one.
 * The line is also added to the file that VITEST_CLOSING_LINES names: .ci/run sums up several runs.
 */
export default class ClosingLine implements Reporter {
  #line = '0 passed, 1 failed, 0 skipped';

  onInit(): void {
    // Other reporters print until the very end; only the exit comes after them.
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
  // A test that never came to its end did not pass.
  return state === 'pending' ? 'failed' : state;
}
