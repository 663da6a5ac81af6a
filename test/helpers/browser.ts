import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { PATIENCE_MS } from './eventually.js';
import { type RunningChromium, startChromium } from './start-chromium.js';

const root = join(import.meta.dirname, '../..');

/** Screenshots of every test and traces of those that failed, in a folder for each file: git ignores it. */
const RESULTS = join(root, 'test-results/browser');

export interface PageOptions extends BrowserContextOptions {
  /** Console errors that the test brings about, for instance of requests that are refused. */
  expects?: readonly RegExp[];
  /** The clock of this device is so many milliseconds ahead of the real one; negative: behind. */
  clockAheadMs?: number;
}

export interface BrowserOfFile {
  /** A page at that address in a context of its own. It ends with the test, which fails when the page reported an error. */
  open(url: string, options?: PageOptions): Promise<Page>;
  readonly pid: number;
}

/** One Chromium for the tests of a file; call it outside of them. */
export function browserOfFile(): BrowserOfFile {
  let running: RunningChromium | undefined;
  let folder = '';
  beforeAll(async () => {
    folder = join(RESULTS, basename(expect.getState().testPath!, '.test.ts'));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    running = await startChromium();
  });
  afterAll(() => running?.end());
  return {
    get pid() {
      return running!.pid;
    },
    async open(url, { expects = [], clockAheadMs = 0, ...options } = {}) {
      const context = await running!.browser.newContext({
        ...{ viewport: { width: 1280, height: 800 }, locale: 'en-GB', timezoneId: 'Asia/Ho_Chi_Minh' },
        ...options,
      });
      context.setDefaultTimeout(PATIENCE_MS);
      const problems: string[] = [];
      watch(context, problems);
      await context.tracing.start({ snapshots: true });
      if (clockAheadMs !== 0) await context.addInitScript(clockAhead(clockAheadMs));
      onTestFinished(async ({ task }) => {
        const unexpected = problems.filter((text) => !expects.some((pattern) => pattern.test(text)));
        const failed = task.result?.state === 'fail' || unexpected.length > 0;
        await keepResults(context, join(folder, fileName(task.name)), failed);
        await context.close();
        // A violated Content-Security-Policy is reported to the console as well.
        expect(unexpected, 'errors that the page reported').toEqual([]);
      });
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
  };
}

function watch(context: BrowserContext, problems: string[]): void {
  context.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => problems.push(error.error().stack ?? String(error.error())));
}

/** A screenshot of each page, and of a failed test also its trace: `npx playwright-core show-trace FILE` opens it. */
async function keepResults(context: BrowserContext, path: string, failed: boolean): Promise<void> {
  for (const [i, page] of context.pages().entries()) {
    // A page that hangs has no picture; the test says why it failed.
    await page
      .screenshot({ path: `${path}${i > 0 ? `-${i + 1}` : ''}.png`, timeout: 10_000 })
      .catch(() => {});
  }
  await context.tracing.stop(failed ? { path: `${path}.zip` } : {});
}

const taken = new Map<string, number>();

/** Of a test; of its further pages with a number. */
function fileName(test: string): string {
  const name = test.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 100);
  const count = (taken.get(name) ?? 0) + 1;
  taken.set(name, count);
  return count === 1 ? name : `${name}-${count}`;
}

/** `Date` of the page only: its timers go on as they are. */
function clockAhead(ms: number): string {
  return `(() => {
    const Real = Date;
    const now = () => Real.now() + ${ms};
    globalThis.Date = class extends Real {
      constructor(...given) { given.length === 0 ? super(now()) : super(...given); }
      static now() { return now(); }
    };
  })();`;
}
