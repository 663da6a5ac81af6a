import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/**
 * Ends a run with one line for scripts: `N passed, N failed, N skipped`. It counts tests. A file or suite that failed
 * outside its tests, and an uncaught error, count as failed; otherwise a run could fail without a failed test. The line is
 * also appended to the file named by VITEST_CLOSING_LINES, from which .ci/run sums up several runs, and before it a line
 * for each failure: `failed`, project, file, what failed and its message, with tabs between them.
 */
export default class ClosingLine implements Reporter {
  #line = '0 passed, 1 failed, 0 skipped';
  readonly #failures: string[] = [];

  onInit(): void {
    // Other reporters print until the end of the run; only the exit comes later.
    process.once('exit', () => {
      const file = process.env.VITEST_CLOSING_LINES;
      if (file) appendFileSync(file, [...this.#failures, this.#line, ''].join('\n'));
      process.stdout.write(`${this.#line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    // While which test an uncaught error came says vitest in the error's properties.
    for (const error of unhandledErrors) {
      const { VITEST_TEST_PATH: file = '', VITEST_TEST_NAME: name = '' } = error as Record<string, string>;
      const module = modules.find(({ moduleId }) => moduleId === file);
      this.#failed(module, name || 'uncaught error', [error]);
    }
    for (const module of modules) {
      count.failed += this.#broken(module, module, 'the file');
      for (const suite of module.children.allSuites())
        count.failed += this.#broken(module, suite, suite.fullName);
      for (const test of module.children.allTests()) {
        const state = stateOf(test);
        count[state] += 1;
        if (state === 'failed') this.#failed(module, test.fullName, test.result().errors ?? []);
      }
    }
    this.#line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
  }

  #broken(module: TestModule, place: TestModule | TestSuite, name: string): number {
    const errors = place.errors();
    if (errors.length > 0) this.#failed(module, name, errors);
    return errors.length > 0 ? 1 : 0;
  }

  #failed(module: TestModule | undefined, name: string, [error]: readonly unknown[]): void {
    const { message = '' } = (error ?? {}) as { message?: string };
    const file = module ? relative(process.cwd(), module.moduleId) : '';
    const fields = ['failed', module?.project.name ?? '', file, name, message.split('\n', 1)[0]!];
    this.#failures.push(fields.map((field) => field.replace(/\s+/g, ' ').slice(0, 200)).join('\t'));
  }
}

function stateOf(test: TestCase): 'passed' | 'failed' | 'skipped' {
  const { state } = test.result();
  // A test that did not finish has not passed.
  return state === 'pending' ? 'failed' : state;
}
