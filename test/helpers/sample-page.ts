import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { BrowserOfFile, PageOptions } from './browser.js';
import { PATIENCE_MS } from './eventually.js';
import { listen } from './listen.js';
import { type PageServer, pageServer } from './page-server.js';

/** `silent`: the daemon stops speaking; `key`: it wants one; `refusing`: it refuses every action. */
export type SampleScene =
  | 'faults'
  | 'well'
  | 'states'
  | 'first'
  | 'empty'
  | 'many'
  | 'reader'
  | 'hostile'
  | 'silent'
  | 'key'
  | 'refusing';

/** Where it is, and what is behind it. */
export interface Sample extends PageServer {
  url(scene: SampleScene, route?: string): string;
}

/** The built page with sample data, until the test ends. */
export async function samplePage(): Promise<Sample> {
  const made = pageServer();
  const origin = `http://127.0.0.1:${await listen(made.server)}`;
  return { ...made, url: (scene, route = '/') => `${origin}/?scene=${scene}#${route}` };
}

/** A page of a sample of its own, when it shows its headline. */
export async function openSample(
  browser: BrowserOfFile,
  scene: SampleScene,
  { route, ...options }: PageOptions & { route?: string } = {},
): Promise<{ page: Page; sample: Sample }> {
  const sample = await samplePage();
  const page = await browser.open(sample.url(scene, route), options);
  await isDrawn(page);
  return { page, sample };
}

/** Resolves when the page has been told its first snapshot, or asks for a key. */
export async function isDrawn(page: Page): Promise<void> {
  await page.locator('#main h1').waitFor();
  const isTold = async () =>
    (await page.title()) !== 'mcp-pipe' || (await page.locator('#main input').count()) > 0;
  await expect.poll(isTold, { timeout: PATIENCE_MS }).toBe(true);
}

/** Goes to another route of the page that is open. */
export async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(route)}`);
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
}

/** The five routes of the sample with faults that have an address; the sixth is the dialog of a call. */
export const ROUTES: Readonly<Record<string, string>> = {
  overview: '/',
  server: '/server/nhac-viet',
  'broken server': '/server/gia-vang',
  link: `/agent/${encodeURIComponent('Phòng khách')}`,
  log: '/log',
  settings: '/settings',
};
