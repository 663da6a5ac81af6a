import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { PATIENCE_MS } from '../helpers/eventually.js';
import { controls, tabThrough } from '../helpers/page-audit.js';
import { goTo, openSample, ROUTES, samplePage } from '../helpers/sample-page.js';

const browser = browserOfFile();

const focusedText = (page: Page) =>
  page.evaluate('document.activeElement.textContent.trim() || document.activeElement.id') as Promise<string>;
const focusedId = (page: Page) => page.evaluate('document.activeElement.id') as Promise<string>;

it('Tab meets every control in the order of reading, and the focus is seen', async () => {
  const { page } = await openSample(browser, 'faults');
  const wrong: Record<string, unknown> = {};
  for (const [name, route] of Object.entries(ROUTES)) {
    await goTo(page, route);
    const walked = await tabThrough(page);
    const names = walked.map(({ what }) => what);
    const missed = (await controls(page)).filter((one) => !names.includes(one));
    const unseen = walked.filter(({ isSeen }) => !isSeen).map(({ what }) => what);
    if (missed.length + unseen.length > 0) wrong[name] = { missed, unseen };
    expect(names.length, name).toBeGreaterThan(5);
  }
  expect(wrong).toEqual({});
});

it('the first stop leads past the head, and a new route has its headline focused', async () => {
  const { page } = await openSample(browser, 'faults');
  await page.keyboard.press('Tab');
  expect(await focusedText(page)).toBe('Skip to content');
  await page.keyboard.press('Enter');
  await expect.poll(() => focusedId(page), { timeout: PATIENCE_MS }).toBe('h');
  expect(page.url()).toMatch(/#\/$/);
  await goTo(page, '/settings');
  await expect.poll(() => focusedId(page), { timeout: PATIENCE_MS }).toBe('h');
  expect(await page.locator('#h').textContent()).toBe('Settings');
});

it('a link is followed with Enter, and back is where one was', async () => {
  const { page } = await openSample(browser, 'faults');
  await page.getByRole('link', { name: 'gia-vang' }).first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'gia-vang' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: '2 servers need you' }).waitFor();
});

it('single keys find, go to the next fault and name all keys; in a field they are letters', async () => {
  const { page } = await openSample(browser, 'many');
  await page.keyboard.press('n');
  await expect.poll(() => focusedText(page), { timeout: PATIENCE_MS }).toBe('gia-vang');
  await page.keyboard.press('n');
  await expect.poll(() => focusedText(page), { timeout: PATIENCE_MS }).toBe('tin-tuc');
  await page.keyboard.press('/');
  await page.keyboard.type('n?/');
  const find = page
    .getByRole('searchbox')
    .or(page.getByRole('textbox', { name: 'Find a server' }))
    .first();
  expect(await find.inputValue()).toBe('n?/');
  await page.keyboard.press('Escape');
  await page.locator('#h').focus();
  await page.keyboard.press('?');
  await page.getByText('next fault').first().waitFor();
});

it('an address that is changed before the words are there is shown once they are', async () => {
  const sample = await samplePage();
  const page = await browser.open('about:blank');
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/ui/words-*.js', async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest('**/ui/words-*.js');
  await page.goto(sample.url('faults'));
  await asked;
  await goTo(page, '/server/nhac-viet');
  letGo();
  await page.getByRole('heading', { level: 1, name: 'nhac-viet' }).waitFor();
});

it('single keys can be turned off', async () => {
  const { page } = await openSample(browser, 'faults', { route: '/settings' });
  await page.getByRole('button', { name: 'Turn off' }).click();
  await goTo(page, '/');
  await page.keyboard.press('n');
  expect(await focusedText(page)).not.toBe('gia-vang');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: '2 servers need you' }).waitFor();
  await page.keyboard.press('n');
  expect(await focusedText(page)).not.toBe('gia-vang');
});

it('a dialog takes the focus to Cancel, keeps it, and gives it back', async () => {
  const { page } = await openSample(browser, 'faults', { route: '/server/nhac-viet' });
  const restart = page.getByRole('button', { name: 'Restart' }).first();
  await restart.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await expect.poll(() => focusedText(page), { timeout: PATIENCE_MS }).toBe('Cancel');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => focusedText(page), { timeout: PATIENCE_MS }).toMatch(/^Restart/);
});

it('the focus stays where it is through updates, also of its own row', async () => {
  const { page, sample } = await openSample(browser, 'faults');
  const link = page.getByRole('row', { name: /home-assistant/ }).getByRole('link');
  await link.focus();
  for (let i = 1; i <= 12; i++) {
    const busy = { class: i % 2 === 0 ? 'ok' : 'busy', word: `word ${i}` } as const;
    sample.tell({
      ...{ type: 'change', at: Date.now() },
      servers: { 'home-assistant': { ...busy, perMinute: i + 0.5 }, memory: { restarts: i } },
    });
    await page.getByText(`word ${i}`, { exact: true }).first().waitFor();
    expect(await focusedText(page), `after change ${i}`).toBe('home-assistant');
  }
});
