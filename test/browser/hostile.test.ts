import { expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { sideways } from '../helpers/page-audit.js';
import { sampleSnapshot } from '../helpers/page-sample.js';
import { goTo, openSample } from '../helpers/sample-page.js';

const browser = browserOfFile();

it('names and words that are markup are text on every route', async () => {
  const { page } = await openSample(browser, 'hostile');
  const { servers, links } = sampleSnapshot('hostile', 'en', Date.now());
  const routes = [
    '/',
    '/log',
    ...servers.map(({ name }) => `/server/${encodeURIComponent(name)}`),
    ...links.map(({ name }) => `/agent/${encodeURIComponent(name)}`),
  ];
  for (const route of routes) {
    await goTo(page, route);
    expect(await page.locator('h1').count(), route).toBe(1);
    // No element came out of a name, and no handler ran.
    expect(await page.locator('[onerror], img[src="x"]').count(), route).toBe(0);
    expect(await page.title(), route).not.toBe('1');
    expect(await sideways(page), route).toEqual([]);
  }
  await goTo(page, '/');
  expect(await page.getByText('<img src=x onerror="document.title=1">').count()).toBeGreaterThan(2);
});

it('a name that looks like a route or a path leads to its own server', async () => {
  const { page } = await openSample(browser, 'hostile');
  await page.getByRole('link', { name: '../..%2f#/log', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: '../..%2f#/log' }).waitFor();
});

it('a name of 200 characters is cut to two lines, and whole in its title and on its page', async () => {
  const { page } = await openSample(browser, 'hostile', { viewport: { width: 360, height: 740 } });
  const long = 'x'.repeat(200);
  const shown = (await page.evaluate(`[...document.querySelectorAll('#main a')]
    .filter((one) => one.textContent === '${long}')
    .map((one) => {
      const cut = one.closest('h3') ?? one;
      return [Math.round(cut.getBoundingClientRect().height / parseFloat(getComputedStyle(cut).lineHeight)), one.title];
    })`)) as [number, string][];
  expect(shown.length).toBeGreaterThan(1);
  for (const [lines, title] of shown) {
    expect(lines).toBeLessThanOrEqual(2);
    expect(title).toBe(long);
  }
  await goTo(page, `/server/${long}`);
  expect(await page.locator('h1').textContent()).toBe(long);
});
