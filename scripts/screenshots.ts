import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { FeedSnapshot } from '../src/protocol/feed.js';
import { startChromium } from '../test/helpers/start-chromium.js';
import { type Home, startHome, TZ } from './page-demo/home.js';
import { pixelsOf } from './page-demo/pixels.js';
import { smallPng } from './small-png.js';

const HELP = `npm run screenshots -- [options]

Takes the pictures of the status page for README and docs, from mcp-pipe as it runs with the servers of scripts/page-demo.

  --minutes N   how long calls go on before, so that the charts have something to show (4)
  --out FOLDER  where the pictures go (docs/images)
`;

/** What is waited for before a picture is taken. */
const SERVERS: Readonly<Record<string, string>> = {
  'gia-vang': 'crash-loop',
  'tin-tuc': 'refuses-initialize',
  'thoi-tiet': 'starting',
  'nhac-viet': 'ready',
  'tri-nho': 'ready',
  'may-tinh': 'ready',
  'tai-lieu': 'asleep',
};
const LINKS: Readonly<Record<string, string>> = {
  'Phòng khách': 'connected',
  Bếp: 'connected',
  'ghi-chu': 'parked',
};
const STATES_MS = 120_000;
/** The pages of a README are read on slow connections, too. */
const MOST_BYTES = 150_000;

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

interface Picture {
  name: string;
  options: BrowserContextOptions;
  /** Part of the address behind `#`. */
  route?: string;
  /** Everything, not only what fits into the window. */
  fullPage?: boolean;
  before?: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'status-page-light', options: { viewport: WIDE, colorScheme: 'light' }, fullPage: true },
  { name: 'status-page-dark', options: { viewport: WIDE, colorScheme: 'dark' }, fullPage: true },
  { name: 'status-page-phone', options: { viewport: PHONE, deviceScaleFactor: 2 } },
  { name: 'status-page-vi', options: { viewport: WIDE, locale: 'vi-VN' }, fullPage: true },
  { name: 'status-page-phone-vi', options: { viewport: PHONE, deviceScaleFactor: 2, locale: 'vi-VN' } },
  {
    name: 'status-page-server',
    options: { viewport: { width: 1280, height: 1120 } },
    route: '/server/nhac-viet',
    before: async (page) => {
      await page.getByLabel(/^query/).fill('Khánh Ly');
      await page.getByRole('button', { name: 'Call search_songs' }).click();
      await page
        .getByText(/Answered in/)
        .first()
        .waitFor();
      await page.locator('h1').focus();
    },
  },
];

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '4' },
    out: { type: 'string', default: join(import.meta.dirname, '../docs/images') },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const home = await startHome();
try {
  await until(home, 'every state', isComplete);
  await delay(Number(options.minutes) * 60_000);
  home.failShop();
  await until(home, 'the waiting link', ({ links }) =>
    links.some(({ name, state }) => name === 'Cửa hàng' && state === 'waits-to-reconnect'),
  );
  await mkdir(options.out, { recursive: true });
  const chromium = await startChromium();
  try {
    for (const picture of PICTURES) await take(chromium.browser, home.origin, picture);
  } finally {
    await chromium.end();
  }
} finally {
  await home.end();
}

async function take(browser: Browser, origin: string, picture: Picture): Promise<void> {
  const { name, options: context, route = '/', fullPage = false, before } = picture;
  const page = await browser.newPage({ locale: 'en-GB', timezoneId: TZ, ...context });
  await page.goto(`${origin}/#${route}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await before?.(page);
  const shot = await page.screenshot({ fullPage });
  await page.close();
  const small = smallPng(await pixelsOf(browser, shot));
  const path = join(options.out, `${name}.png`);
  await writeFile(path, small);
  process.stdout.write(`${path}: ${Math.round(small.length / 1000)} kB\n`);
  if (small.length > MOST_BYTES)
    throw new Error(`${path} has ${small.length} bytes, at most ${MOST_BYTES} are wanted`);
}

function isComplete({ servers, links }: FeedSnapshot): boolean {
  const has = (
    items: FeedSnapshot['servers'] | FeedSnapshot['links'],
    wanted: Readonly<Record<string, string>>,
  ) =>
    Object.entries(wanted).every(([name, state]) =>
      items.some((one) => one.name === name && one.state === state),
    );
  return has(servers, SERVERS) && has(links, LINKS);
}

async function until(home: Home, what: string, is: (snapshot: FeedSnapshot) => boolean): Promise<void> {
  const deadline = Date.now() + STATES_MS;
  for (;;) {
    const snapshot = await snapshotOf(home.origin);
    if (is(snapshot)) return;
    if (Date.now() > deadline) {
      const seen = [...snapshot.servers, ...snapshot.links].map(({ name, state }) => `${name} ${state}`);
      throw new Error(`${what} was not reached: ${seen.join(', ')}`);
    }
    await delay(500);
  }
}

/** The first message of the feed. */
async function snapshotOf(origin: string): Promise<FeedSnapshot> {
  const response = await fetch(`${origin}/ui/feed?lang=en&view=overview`);
  if (!response.ok || !response.body) throw new Error(`the feed answers ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, data] = /^data: ?(.*)$/m.exec(text.slice(0, text.lastIndexOf('\n') + 1)) ?? [];
    if (data !== undefined) return JSON.parse(data) as FeedSnapshot;
  }
  throw new Error('the feed ended before its first message');
}
