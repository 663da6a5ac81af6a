import { describe, expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { PATIENCE_MS } from '../helpers/eventually.js';
import { violations } from '../helpers/page-audit.js';
import { sampleSnapshot } from '../helpers/page-sample.js';
import { goTo, openSample, ROUTES, type SampleScene } from '../helpers/sample-page.js';

const browser = browserOfFile();

const LOOKS = [
  { lang: 'English', locale: 'en-GB', colorScheme: 'light' },
  { lang: 'English', locale: 'en-GB', colorScheme: 'dark' },
  { lang: 'Vietnamese', locale: 'vi-VN', colorScheme: 'light' },
  { lang: 'Vietnamese', locale: 'vi-VN', colorScheme: 'dark' },
] as const;

describe.each(LOOKS)('$lang, $colorScheme: axe finds nothing', ({ locale, colorScheme }) => {
  it('on any route', async () => {
    const { page } = await openSample(browser, 'faults', { locale, colorScheme });
    const found: Record<string, string[]> = {};
    for (const [name, route] of Object.entries(ROUTES)) {
      await goTo(page, route);
      found[name] = await violations(page);
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(ROUTES).map((name) => [name, []])));
  });
});

/** One look each: their parts are those of the routes above. */
const SCENES: readonly SampleScene[] = [
  'well',
  'states',
  'first',
  'empty',
  'many',
  'reader',
  'key',
  'hostile',
];

it.each(SCENES)('axe finds nothing in the scene %s', async (scene) => {
  const expects = scene === 'key' ? [/401/] : [];
  const { page } = await openSample(browser, scene, { locale: 'vi-VN', colorScheme: 'light', expects });
  expect(await violations(page)).toEqual([]);
});

it('the language of the page is declared, and words of the other language are marked', async () => {
  const { page } = await openSample(browser, 'faults', { locale: 'vi-VN' });
  expect(await page.locator('html').getAttribute('lang')).toBe('vi');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { level: 1, name: '2 servers need you' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  expect(await page.getByRole('button', { name: 'Tiếng Việt' }).getAttribute('lang')).toBe('vi');
});

it('a visit loads the words of one language, and those of the other when it is chosen', async () => {
  const { page } = await openSample(browser, 'faults', {
    ...{ locale: 'vi-VN', expects: [/ERR_|Failed to load/] },
  });
  const loaded = async () =>
    (await page.evaluate<string[]>('performance.getEntriesByType("resource").map(({ name }) => name)'))
      .map((name) => new URL(name).pathname)
      .filter((path) => path.endsWith('.js'));
  expect(await loaded()).toEqual(['/ui/app.js', '/ui/words-vi.js']);
  // They do not come: the page stays as it is and says why; the next click asks for them again.
  await page.route('**/ui/words-en.js', (route) => route.abort());
  const english = page.getByRole('button', { name: 'English' });
  await english.click();
  await page.locator('#toast').getByText('mcp-pipe không trả lời.').waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('vi');
  await page.unroute('**/ui/words-en.js');
  await english.click();
  await page.getByRole('heading', { level: 1, name: '2 servers need you' }).waitFor();
});

it('a change of class is said, politely and in one sentence; a change of figures is not', async () => {
  const { page, sample } = await openSample(browser, 'faults');
  const said = page.locator('[aria-live=polite], [role=status]');
  const heard = () =>
    said.evaluateAll((all) =>
      all
        .map((one) => one.textContent)
        .join(' ')
        .trim(),
    );
  const before = sampleSnapshot('faults', 'en', Date.now()).verdict;
  const at = Date.now();
  sample.tell({ type: 'change', at, servers: { memory: { perMinute: 77.7, memoryBytes: 1e9 } } });
  await page.getByText('77.7').first().waitFor();
  expect(await heard()).toBe('');
  const verdict = { ...before, text: '3 servers need you' };
  const broken = { class: 'bad', state: 'crash-loop', word: 'Crash loop' } as const;
  sample.tell({ type: 'change', at: Date.now(), verdict, servers: { weather: broken } });
  await expect.poll(heard, { timeout: PATIENCE_MS }).toMatch(/weather.*crash loop.*3 need you/i);
  // What follows soon waits; one change does not take the place of another.
  sample.tell({ type: 'change', at: Date.now(), servers: { memory: broken } });
  sample.tell({ type: 'change', at: Date.now(), servers: { weather: { class: 'ok', word: 'Ready' } } });
  await expect.poll(heard, { timeout: PATIENCE_MS }).toMatch(/memory: crash loop/i);
  expect(await heard()).toMatch(/weather: ready/i);
});

it('a system with forced colours and reduced motion gets a page that respects both', async () => {
  const { page } = await openSample(browser, 'faults', { forcedColors: 'active', reducedMotion: 'reduce' });
  // Backgrounds are gone: a button that had nothing else would be a word.
  const borders = (await page.evaluate(
    `[...document.querySelectorAll('#main button')].map((one) => getComputedStyle(one).borderStyle)`,
  )) as string[];
  expect(borders.length).toBeGreaterThan(0);
  expect(borders).not.toContain('none');
  expect(await page.evaluate('document.getAnimations().length')).toBe(0);
});
