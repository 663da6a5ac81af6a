import { expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { PATIENCE_MS } from '../helpers/eventually.js';
import { isDrawn, openSample, samplePage } from '../helpers/sample-page.js';

const browser = browserOfFile();

const TEN_MINUTES = 600_000;

/** Seconds of a text `m:ss`. */
function secondsOf(text: string): number {
  const [, minutes, seconds] = /^(\d+):(\d\d)$/.exec(text) ?? [];
  if (seconds === undefined) throw new Error(`no countdown: ${text}`);
  return Number(minutes) * 60 + Number(seconds);
}

it.each([TEN_MINUTES, -TEN_MINUTES])(
  'countdowns and times are those of the daemon on a device whose clock is %i ms ahead',
  async (clockAheadMs) => {
    const sample = await samplePage();
    const openedAt = Date.now();
    const page = await browser.open(sample.url('faults'), { clockAheadMs });
    await isDrawn(page);
    const countdown = page.locator('.fault .next b').first();
    const left = secondsOf((await countdown.textContent()) ?? '');
    // It began at 1:52 when the feed was asked.
    expect(left).toBeLessThanOrEqual(112);
    expect(left).toBeGreaterThanOrEqual(112 - 2 - Math.ceil((Date.now() - openedAt) / 1000));
    await page
      .getByText(/Crash loop for 31\u00a0min/)
      .first()
      .waitFor();
    // It counts.
    await expect
      .poll(async () => secondsOf((await countdown.textContent()) ?? ''), { timeout: PATIENCE_MS })
      .toBeLessThan(left);
  },
);

it('a countdown that has run out says so, and is never negative', async () => {
  const { page, sample } = await openSample(browser, 'faults');
  sample.tell({
    ...{ type: 'change', at: Date.now() },
    servers: { 'gia-vang': { nextAt: Date.now() + 1_500 } },
    links: { 'Cửa hàng': { nextAt: Date.now() - 5_000 } },
  });
  await expect
    .poll(() => page.locator('.next').allTextContents(), { timeout: PATIENCE_MS })
    .toSatisfy(
      (all: string[]) =>
        all.length > 0 && all.every((one) => !/\d:\d\d(?!:)/.test(one.replace(/\d\d:\d\d:\d\d/g, ''))),
    );
  expect((await page.locator('.next').allTextContents()).join(' ')).not.toContain('-');
});

it('a stream that is cut is opened again by itself', async () => {
  const { page, sample } = await openSample(browser, 'faults', { expects: [/ERR_|Failed to load/] });
  sample.cut();
  const change = { type: 'change', servers: { memory: { perMinute: 88.8 } } } as const;
  await expect
    .poll(
      () => {
        sample.tell({ ...change, at: Date.now() });
        return page.getByText('88.8').count();
      },
      { timeout: PATIENCE_MS },
    )
    .toBeGreaterThan(0);
  expect(await page.getByRole('alert').count()).toBe(0);
});

it('a daemon that stops speaking: banner, unknown verdict and title, buttons off, countdowns still', async () => {
  const { page } = await openSample(browser, 'silent');
  await page.getByRole('alert').waitFor();
  await page.getByRole('heading', { level: 1, name: /^Unknown/ }).waitFor();
  expect(await page.title()).not.toMatch(/^\(/);
  const buttons = page.locator('#main button.button');
  expect(await buttons.count()).toBeGreaterThan(0);
  expect(await page.locator('#main button.button:not(:disabled)').count()).toBe(0);
  // Only what is of this page alone works, for instance its language.
  expect(await page.getByRole('button', { name: /VI/ }).isEnabled()).toBe(true);
  const due = await page.locator('.next').allTextContents();
  expect(due.length).toBeGreaterThan(0);
  expect(due.every((one) => /was due at \d\d:\d\d/.test(one))).toBe(true);
  expect(await page.locator('#favicon').getAttribute('href')).toContain('stroke-dasharray');
});
