import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { FeedMessage, FeedSnapshot } from '../src/protocol/feed.js';
import { freePort } from '../test/helpers/free-port.js';
import { sampleSnapshot } from '../test/helpers/page-sample.js';
import { pageServer } from '../test/helpers/page-server.js';
import { type RunningChromium, startChromium } from '../test/helpers/start-chromium.js';
import { latency, load } from './load.js';
import { median } from './median.js';
import { type Bench, down, up, type Values } from './rows.js';
import { mcpPipe, type Subject } from './subjects.js';

const root = join(import.meta.dirname, '..');

/** The last commit without the page. */
const BEFORE = '8d66d4c6';

/** mcp-pipe with or without `--ui`, and with a page that shows it. */
export interface PageSubject extends Subject {
  origin?: string;
  isOpen?: boolean;
}

/** mcp-pipe before it had a page, and as it is, without asking for one. */
export function withoutPage(): Subject[] {
  const before = join(builtCommit(BEFORE), 'bin/mcp-pipe.js');
  return [
    {
      name: `${BEFORE}, before the page`,
      command: (config) => [process.execPath, before, '--config', config],
    },
    { ...mcpPipe, name: 'without --ui' },
  ];
}

export async function pageSubjects(): Promise<PageSubject[]> {
  const address = `127.0.0.1:${await freePort()}`;
  const origin = `http://${address}`;
  const command = (config: string) => [...mcpPipe.command(config), '--ui', address];
  return [
    { ...mcpPipe, name: 'without --ui' },
    { name: 'with --ui', command, origin },
    { name: 'with a page open', command, origin, isOpen: true },
  ];
}

/** That commit, built once in the cache folder of the user, with the packages of this one. */
export function builtCommit(commit: string): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'mcp-pipe-bench', `commit-${commit}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  const tar = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync('tar', ['x', '-C', making], { input: tar });
  symlinkSync(join(root, 'node_modules'), join(making, 'node_modules'));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: making, stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(making, folder);
  return folder;
}

/** Rows of what a link costs while nothing happens. */
export async function idle(bench: Bench, subject: Subject): Promise<Values> {
  const links = await up(bench, subject, 1);
  await delay(bench.quick ? 300 : 1_500);
  const values = { 'idle RSS, MiB': links.running.rssMiB(), 'idle PSS, MiB': links.running.pssMiB() };
  await down(links);
  return values;
}

/** Rows of a pipe that carries as fast as it can. */
export async function messages(bench: Bench, subject: PageSubject): Promise<Values> {
  const links = await up(bench, subject, 1);
  const chromium = subject.isOpen ? await startChromium() : undefined;
  try {
    const page = chromium && (await opened(chromium.browser, subject.origin!));
    const connection = links.connections[0]!;
    const times = await latency(bench, links.running, connection);
    const one = await load(bench, links.running, [connection], 1, '', 1);
    const many = await load(bench, links.running, [connection], 64, '', 2);
    await page?.close();
    return {
      'one in flight, p50 µs': times['one in flight, p50 µs']!,
      'one in flight, CPU µs per message': one.cpuUs,
      '64 in flight, CPU µs per message': many.cpuUs,
      '64 in flight, msg/s': many.perSecond,
      'RSS after load, MiB': links.running.rssMiB(),
    };
  } finally {
    await chromium?.end();
    await down(links);
  }
}

const LINKS = 8;
const LOADS = 8;
const MANY = 500;
const CHANGES_PER_SECOND = 4;
/** How many rows of the 500 one message changes. */
const CHANGED_ROWS = 20;

/** Rows of the page itself: its weight, its start, its work. */
export async function pageItself(bench: Bench, subject: PageSubject): Promise<Values> {
  const chromium = await startChromium();
  try {
    return {
      ...weight(),
      ...(await withDaemon(bench, subject, chromium)),
      ...(await withSample(bench, chromium)),
    };
  } finally {
    await chromium.end();
  }
}

function weight(): Values {
  const folder = join(root, 'dist/page');
  const sizeOf = (ending: RegExp) =>
    readdirSync(folder)
      // A visit loads one language; Vietnamese is the longer one.
      .filter((name) => ending.test(name) && !name.startsWith('words-en'))
      .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1000;
  return { 'weight, kB': sizeOf(/\.(html|js|css)$/), 'weight with gzip, kB': sizeOf(/\.gz$/) };
}

/** A real daemon with a few links that are called now and then. */
async function withDaemon(bench: Bench, subject: PageSubject, chromium: RunningChromium): Promise<Values> {
  const links = await up(bench, subject, LINKS);
  try {
    const ready: number[] = [];
    for (let i = 0; i < LOADS; i++) {
      const page = await opened(chromium.browser, subject.origin!);
      ready.push(
        (await page.evaluate(
          'performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd',
        )) as number,
      );
      await page.close();
    }
    const page = await opened(chromium.browser, subject.origin!);
    const still = await workOf(bench, page, async (ms) => void (await delay(ms)));
    const called = await workOf(bench, page, async (ms) => {
      const until = performance.now() + ms;
      for (let i = 0; performance.now() < until; i++) {
        await links.connections[i % LINKS]!.ask();
        await delay(100);
      }
    });
    await page.close();
    return {
      'DOM ready on loopback, ms': median(ready),
      [`page CPU, ${LINKS} links at rest, %`]: still.percent,
      [`page CPU, ${LINKS} links with 10 calls/s, %`]: called.percent,
    };
  } finally {
    await down(links);
  }
}

/** Sample data in place of a daemon: links by the hundred, and changes at a given pace. */
async function withSample(bench: Bench, chromium: RunningChromium): Promise<Values> {
  const sample = pageServer();
  await new Promise<void>((resolve) => sample.server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(sample.server.address() as AddressInfo).port}`;
  const page = await opened(chromium.browser, `${origin}/?scene=many`);
  try {
    sample.tell(manyLinks());
    await delay(1_000);
    const change = (rows: number, turn: number): FeedMessage => ({
      ...{ type: 'change', at: Date.now() },
      servers: Object.fromEntries(
        Array.from({ length: rows }, (_, i) => [
          nameOf((turn * rows + i) % (MANY - 20)),
          { perMinute: turn + 0.5 },
        ]),
      ),
    });
    let told = 0;
    const paced = (rows: number) => async (ms: number) => {
      const until = performance.now() + ms;
      while (performance.now() < until) {
        sample.tell(change(rows, ++told));
        await delay(1_000 / CHANGES_PER_SECOND);
      }
    };
    const one = await workOf(bench, page, paced(1));
    const some = await workOf(bench, page, paced(CHANGED_ROWS));
    const all = await workOf(bench, page, paced(MANY - 20));
    return {
      [`page CPU, ${MANY} links, 1 row 4 times a second, %`]: one.percent,
      [`page CPU, ${MANY} links, ${CHANGED_ROWS} rows 4 times a second, %`]: some.percent,
      [`page CPU, ${MANY} links, all rows 4 times a second, %`]: all.percent,
      [`a changed row of ${MANY} links, ms`]: one.busyMs / ((one.ms / 1_000) * CHANGES_PER_SECOND),
    };
  } finally {
    await page.close();
    sample.cut();
    sample.server.close();
  }
}

/** Name of a server of the sample. */
const nameOf = (i: number) => `shop-${String(i + 1).padStart(3, '0')}`;

/** Every server of the sample on a link of its own. */
function manyLinks(): FeedSnapshot {
  const snapshot = sampleSnapshot('many', 'en', Date.now());
  const links = snapshot.servers.map(({ name }) => ({
    ...snapshot.links[0]!,
    name,
    agent: undefined,
    servers: [name],
  }));
  return { ...snapshot, links, servers: snapshot.servers.map((one) => ({ ...one, links: [one.name] })) };
}

async function opened(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  await page.goto(url);
  await page.locator('#main h1').waitFor();
  await page.locator('[role=row]').nth(1).waitFor();
  return page;
}

/** How long the main thread of the page works while `act` goes on. */
async function workOf(bench: Bench, page: Page, act: (ms: number) => Promise<void>) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1_000;
  };
  const from = { busy: await busy(), at: performance.now() };
  await act(bench.quick ? 2_000 : 10_000);
  const [busyMs, ms] = [(await busy()) - from.busy, performance.now() - from.at];
  await session.detach();
  return { busyMs, ms, percent: (busyMs / ms) * 100 };
}
