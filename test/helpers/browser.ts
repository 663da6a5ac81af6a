import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type BrowserServer,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { PATIENCE_MS } from './eventually.js';

const root = join(import.meta.dirname, '../..');

/** Screenshots of every test and traces of those that failed, in a folder for each file: git ignores it. */
const RESULTS = join(root, 'test-results/browser');

/** `CHROMIUM=/path` takes another one. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** It speaks to this machine only, and draws without a graphics card. */
const QUIET = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const QUIETER = ['--disable-component-update', '--disable-sync', '--no-proxy-server'];

/** @throws Error that names the script which installs it: a missing browser is a failure, never a skip. */
export function chromiumPath(): string {
  const { CHROMIUM } = process.env;
  const found = (CHROMIUM ? [CHROMIUM] : PLACES).find((path) => existsSync(path));
  if (found) return found;
  const looked = CHROMIUM ? `CHROMIUM=${CHROMIUM}` : PLACES.join(', ');
  throw new Error(
    `There is no Chromium here (looked for ${looked}). Run scripts/install-parts.sh, or set CHROMIUM.`,
  );
}

/** A Chromium that runs. `pid` is that of its first process. */
export interface RunningChromium {
  browser: Browser;
  pid: number;
  /** Ends it by its pid when it does not end by itself. */
  end(): Promise<void>;
}

export async function startChromium(args: readonly string[] = []): Promise<RunningChromium> {
  const server: BrowserServer = await chromium.launchServer({
    executablePath: chromiumPath(),
    // Its sandbox needs a user who is not root.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...QUIET, ...QUIETER, ...args],
    host: '127.0.0.1',
  });
  const browser = await chromium.connect(server.wsEndpoint());
  return {
    browser,
    pid: server.process().pid!,
    async end() {
      await browser.close();
      const timer = setTimeout(() => server.kill(), 10_000);
      await server.close();
      clearTimeout(timer);
    },
  };
}

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
