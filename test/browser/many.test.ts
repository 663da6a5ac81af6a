import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { FeedSnapshot } from '../../src/protocol/feed.js';
import { browserOfFile } from '../helpers/browser.js';
import { PATIENCE_MS } from '../helpers/eventually.js';
import { sampleSnapshot } from '../helpers/page-sample.js';
import { openSample } from '../helpers/sample-page.js';

const browser = browserOfFile();

const MANY = 500;
/** Two windows of the tallest rows; more are there only when they were asked for. */
const MOST_ROWS = 120;

/** Every server on a link of its own. */
function manyLinks(): FeedSnapshot {
  const sample = sampleSnapshot('many', 'en', Date.now());
  const [link] = sample.links;
  const links = sample.servers.map(({ name }) => ({
    ...link!,
    name: `link ${name}`,
    agent: undefined,
    servers: [name],
  }));
  const servers = sample.servers.map((one) => ({ ...one, links: [`link ${one.name}`] }));
  const verdict = { ...sample.verdict, links: links.length, linksOpen: links.length };
  return { ...sample, servers, links, verdict };
}

const rows = (page: Page) => page.getByRole('row');

it(`of ${MANY} servers only those that are seen are in the document, and all are counted`, async () => {
  const { page } = await openSample(browser, 'many');
  await rows(page).nth(5).waitFor();
  expect(await rows(page).count()).toBeLessThan(MOST_ROWS);
  const counted = (await page.evaluate(
    `[...document.querySelectorAll('[aria-rowcount]')].reduce((sum, one) => sum + Number(one.getAttribute('aria-rowcount')), 0)`,
  )) as number;
  expect(counted).toBeGreaterThanOrEqual(MANY);
});

it('scrolling to the end shows the last row, and back the first one', async () => {
  const { page } = await openSample(browser, 'many');
  await rows(page).nth(5).waitFor();
  const names = () => page.locator('[role=row] a').allTextContents();
  const seen = new Set(await names());
  // Step by step: what is between is drawn as well.
  for (let i = 0; i < 200 && seen.size < MANY; i++) {
    await page.mouse.wheel(0, 500);
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    for (const name of await names()) seen.add(name);
  }
  expect(seen.size).toBe(MANY);
  await page.evaluate('scrollTo(0, 0)');
  await page
    .getByRole('row', { name: /gia-vang/ })
    .first()
    .waitFor();
});

it('the find field narrows them, and says when nothing is found', async () => {
  const { page } = await openSample(browser, 'many');
  const find = page.getByLabel('Find a server');
  await find.fill('shop-49');
  await expect
    .poll(() => page.locator('[role=row] a').allTextContents(), { timeout: PATIENCE_MS })
    .toHaveLength(3);
  await find.fill('no such server');
  await page.getByText('No server is called').waitFor();
});

it('all rows can be shown, so that the browser searches them', async () => {
  const { page } = await openSample(browser, 'many');
  await page
    .getByRole('button', { name: /Show all 5/ })
    .first()
    .click();
  await expect.poll(() => page.locator('[role=row] a').count(), { timeout: PATIENCE_MS }).toBe(MANY);
});

it(`with ${MANY} links that change 4 times a second it stays usable, and the focus stays`, async () => {
  const { page, sample } = await openSample(browser, 'many');
  sample.tell(manyLinks());
  await page.getByText(`of ${MANY}`).first().waitFor();
  const find = page.getByLabel('Find a server');
  await find.focus();
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    const servers = Object.fromEntries(
      Array.from({ length: MANY - 8 }, (_, i) => [
        `shop-${String(i + 1).padStart(3, '0')}`,
        { perMinute: turn + i / 10 },
      ]),
    );
    sample.tell({ type: 'change', at: Date.now(), servers });
  }, 250);
  try {
    await expect.poll(() => turn, { timeout: PATIENCE_MS }).toBeGreaterThan(4);
    await page.keyboard.type('shop-1', { delay: 60 });
    expect(await find.inputValue()).toBe('shop-1');
    expect(await page.evaluate('document.activeElement.value')).toBe('shop-1');
    await page.getByRole('row', { name: /shop-100/ }).waitFor();
    // A link that has the focus keeps it while the figures of its row change.
    const link = page
      .getByRole('row', { name: /shop-101/ })
      .getByRole('link')
      .first();
    await link.focus();
    const from = turn;
    await expect.poll(() => turn, { timeout: PATIENCE_MS }).toBeGreaterThan(from + 6);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('shop-101');
  } finally {
    clearInterval(timer);
  }
});
