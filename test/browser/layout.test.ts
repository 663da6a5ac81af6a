import { expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { sideways, smallTargets } from '../helpers/page-audit.js';
import { goTo, openSample, ROUTES, type SampleScene } from '../helpers/sample-page.js';

const browser = browserOfFile();

/** The narrowest that WCAG 2.2 asks for (1.4.10), a phone, where tabs change their place, a laptop, a large screen. */
const WIDTHS = [320, 360, 720, 1100, 1600];

it.each(WIDTHS)('nothing scrolls sideways, and every target is 40 px, at a width of %i', async (width) => {
  // Vietnamese has the longer words.
  const options = { viewport: { width, height: 800 }, locale: 'vi-VN' };
  const { page } = await openSample(browser, 'faults', options);
  const wrong: Record<string, string[]> = {};
  for (const [name, route] of Object.entries(ROUTES)) {
    await goTo(page, route);
    const found = [...(await sideways(page)), ...(await smallTargets(page, 40))];
    if (found.length > 0) wrong[name] = found;
  }
  expect(wrong).toEqual({});
});

const SCENES: readonly SampleScene[] = ['states', 'first', 'empty', 'many', 'key', 'hostile'];

it.each(SCENES)(
  'nothing scrolls sideways on a phone, and every target is 40 px, in the scene %s',
  async (scene) => {
    const { page } = await openSample(browser, scene, {
      ...{ viewport: { width: 360, height: 740 }, hasTouch: true },
      expects: scene === 'key' ? [/401/] : [],
    });
    expect([...(await sideways(page)), ...(await smallTargets(page, 40))]).toEqual([]);
  },
);

it('nothing scrolls sideways at a zoom of 200 %', async () => {
  // A window of 1280 px at that zoom has 640 px of its own, each drawn as four.
  const { page } = await openSample(browser, 'faults', {
    ...{ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
  });
  const wrong: Record<string, string[]> = {};
  for (const [name, route] of Object.entries(ROUTES)) {
    await goTo(page, route);
    const found = await sideways(page);
    if (found.length > 0) wrong[name] = found;
  }
  expect(wrong).toEqual({});
});

it('on a phone the first fault, its cure and its button need no scrolling', async () => {
  const { page } = await openSample(browser, 'faults', { viewport: { width: 360, height: 740 } });
  for (const locator of [
    page.getByRole('heading', { level: 1, name: '2 servers need you' }),
    page.getByRole('link', { name: 'gia-vang' }).first(),
    page.getByText('.venv/bin/python -m pip install beautifulsoup4').first(),
    page.getByRole('button', { name: /Start now/ }).first(),
  ]) {
    const box = await locator.boundingBox();
    expect(box, String(locator)).not.toBeNull();
    expect(box!.y + box!.height, String(locator)).toBeLessThanOrEqual(740);
  }
});
