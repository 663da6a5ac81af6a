import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** How often a line is printed where there is no live display. */
const EVERY_MS = 10_000;

/** Number of the slowest files that are named at the end. */
const SLOWEST = 8;

/** Prints the progress of a run every 10 s: `40 s: 62 of 178 files, 1203 tests passed, 0 failed; now cli run.test.ts`. */
export default class Progress implements Reporter {
  #files = 0;
  #ended = 0;
  #passed = 0;
  #failed = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #running = new Map<string, string>();

  onTestRunStart(specifications: readonly unknown[]): void {
    this.#files = specifications.length;
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#say(), EVERY_MS);
  }

  onTestModuleStart(module: TestModule): void {
    this.#running.set(module.id, nameOf(module));
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(module.id);
    this.#ended += 1;
  }

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state === 'passed') this.#passed += 1;
    if (state === 'failed') this.#failed += 1;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    clearInterval(this.#timer);
    const slow = [...modules].sort((a, b) => b.diagnostic().duration - a.diagnostic().duration);
    const named = slow
      .slice(0, SLOWEST)
      .map((module) => `${nameOf(module)} ${seconds(module.diagnostic().duration)}`);
    process.stdout.write(`longest files: ${named.join(', ')}\n`);
  }

  #say(): void {
    const since = seconds(performance.now() - this.#startedAt);
    const running = [...this.#running.values()].join(', ');
    const tests = `${this.#passed} tests passed, ${this.#failed} failed`;
    process.stdout.write(
      `${since}: ${this.#ended} of ${this.#files} files, ${tests}; now ${running || 'none'}\n`,
    );
  }
}

/** `long:mux-alone ends.test.ts` */
function nameOf(module: TestModule): string {
  return `${module.project.name} ${module.relativeModuleId.slice(module.relativeModuleId.lastIndexOf('/') + 1)}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
