import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { daemonPage, server, TOKEN } from '../helpers/daemon-page.js';
import { PATIENCE_MS } from '../helpers/eventually.js';
import { violations } from '../helpers/page-audit.js';

const browser = browserOfFile();
const within = { timeout: PATIENCE_MS };

/** The page of a server whose tools have every shape of arguments, with one of them chosen. */
async function chosen(tool: string, options: Parameters<typeof browser.open>[1] = {}): Promise<Page> {
  const { origin } = await daemonPage((endpoint) => ({
    mcpServers: { lamp: server('inputs.mjs') },
    agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } },
  }));
  const page = await browser.open(`${origin}/#/server/lamp`, options);
  await choose(page, tool);
  return page;
}

async function choose(page: Page, tool: string): Promise<void> {
  const name = page.getByText(tool, { exact: true });
  await page.locator('button', { has: name }).first().click();
  await page.getByRole('heading', { name: tool, exact: true }).waitFor();
}

const result = (page: Page) => page.getByRole('region', { name: 'Result' });
const call = (page: Page, tool: string) =>
  page
    .getByRole('button', { name: `Call ${tool}` })
    .first()
    .click();

it('every type of a schema has its field, and what is written arrives as it was written', async () => {
  const page = await chosen('everything');
  const text = 'Bật đèn ở “phòng khách” lúc Ngọ, Ệ Ữ Ợ Ằ nguyễn 😀';
  await page.getByLabel(/^text/).fill(text);
  await page.getByLabel(/^colour/).selectOption('đỏ');
  // The default is there.
  expect(await page.getByLabel(/^count/).inputValue()).toBe('5');
  await page.getByLabel(/^price/).fill('2.5');
  await page.getByLabel(/^loud/).check();
  await page.getByLabel(/^songs/).fill('Diễm xưa\nHạ trắng');
  await page.getByLabel(/^from/).fill('1960');
  await page.getByLabel(/^to/).fill('1999');
  await page.getByLabel(/^other/).fill('{"phòng": ["bếp"]}');
  // What a field wants is in words.
  expect(await page.locator('label', { hasText: 'text' }).first().textContent()).toContain('required');
  expect(await page.locator('label', { hasText: 'count' }).first().textContent()).toContain('1 to 20');
  await page.getByText('Một câu tiếng Việt').first().waitFor();
  expect(await violations(page)).toEqual([]);
  await call(page, 'everything');
  await result(page)
    .getByText(/Answered in/)
    .waitFor();
  const answer = JSON.parse((await result(page).locator('pre').first().textContent())!);
  expect(answer).toEqual({
    ...{ text, colour: 'đỏ', count: 5, price: 2.5, loud: true, songs: ['Diễm xưa', 'Hạ trắng'] },
    ...{ when: { from: 1960, to: 1999 }, other: { phòng: ['bếp'] } },
  });
});

it('what is missing, out of range or no JSON is said under its field, and the first one has the focus', async () => {
  const page = await chosen('everything');
  const focused = () => page.evaluate('document.activeElement.id') as Promise<string>;
  const errorOf = async (label: RegExp) => {
    const id = await page.getByLabel(label).getAttribute('id');
    return (await page.locator(`[id="${id}-e"]`).textContent()) ?? '';
  };
  await page.getByLabel(/^count/).fill('21');
  await page.getByLabel(/^other/).fill('{"a": ');
  await call(page, 'everything');
  await expect.poll(() => errorOf(/^text/), within).not.toBe('');
  expect(await errorOf(/^count/)).toMatch(/20/);
  expect(await errorOf(/^other/)).toMatch(/JSON/);
  expect(await focused()).toBe(await page.getByLabel(/^text/).getAttribute('id'));
  expect(await page.getByLabel(/^text/).getAttribute('aria-invalid')).toBe('true');
  // Nothing was sent.
  expect(await result(page).count()).toBe(0);
  await page.getByLabel(/^text/).fill('xin chào');
  await page.getByLabel(/^count/).fill('20');
  await page.getByLabel(/^other/).fill('');
  await call(page, 'everything');
  await result(page)
    .getByText(/Answered in/)
    .waitFor();
});

it('all arguments can be written as JSON, and a form shows them again', async () => {
  const page = await chosen('everything');
  await page.getByLabel(/^text/).fill('đèn');
  await page.getByRole('button', { name: 'As JSON' }).click();
  const box = page.getByLabel('JSON', { exact: true });
  expect(JSON.parse(await box.inputValue())).toMatchObject({ text: 'đèn', count: 5 });
  await box.fill('{"text": "quạt", "count": 7}');
  await page.getByRole('button', { name: 'As a form' }).click();
  expect(await page.getByLabel(/^text/).inputValue()).toBe('quạt');
  await call(page, 'everything');
  await result(page).getByText('quạt').waitFor();
});

it('a tool that destroys is called only when it was asked for twice', async () => {
  const page = await chosen('destroy');
  await page.getByLabel(/^name/).fill('danh sách');
  await call(page, 'destroy');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  expect(await result(page).count()).toBe(0);
  await call(page, 'destroy');
  await dialog.getByRole('button', { name: /Call destroy/ }).click();
  await result(page).getByText('danh sách').waitFor();
});

it('results: markup is text, an image is shown, a long text is cut, errors have their words and codes', async () => {
  const page = await chosen('markup');
  await call(page, 'markup');
  await result(page).getByText('<img src=x onerror="document.title=1"><b>bold</b>').waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  await choose(page, 'picture');
  await call(page, 'picture');
  const image = result(page).locator('img');
  await image.waitFor();
  expect(await image.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
  await choose(page, 'long');
  await page.getByLabel(/^kilobytes/).fill('200');
  await call(page, 'long');
  await result(page)
    .getByRole('button', { name: /Show more/ })
    .waitFor();
  expect((await result(page).locator('pre').first().textContent())!.length).toBeLessThan(70_000);
  await choose(page, 'fails');
  await call(page, 'fails');
  await result(page).getByText('không mở được').waitFor();
  await result(page)
    .getByText(/reports an error/)
    .waitFor();
  await choose(page, 'refuses');
  await call(page, 'refuses');
  await result(page).getByText('the lamp is unplugged').waitFor();
  await result(page).getByText('[-32050]').waitFor();
});
