import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { listen } from '../helpers/listen.js';
import {
  controls,
  everythingKept,
  sideways,
  smallTargets,
  tabThrough,
  violations,
} from '../helpers/page-audit.js';
import { chromiumPath } from '../helpers/start-chromium.js';

const browser = browserOfFile();

/** The address of a page with that body, under the Content-Security-Policy of the status page. */
async function serve(body: string): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'self'; img-src 'self' data:",
    );
    if (request.url === '/fails.js') {
      response.setHeader('Content-Type', 'text/javascript').end('throw new Error("it failed")');
      return;
    }
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(
      `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">${body}`,
    );
  });
  return `http://127.0.0.1:${await listen(server)}/`;
}

it.fails('a script that throws fails its test', async () => {
  await browser.open(await serve('<script src="/fails.js"></script>'));
});

it.fails('a violated Content-Security-Policy fails its test', async () => {
  await browser.open(await serve('<script>document.title = "inline"</script>'));
});

it('an error that a test expects does not fail it', async () => {
  const page = await browser.open(await serve('<script src="/fails.js"></script>'), {
    expects: [/it failed/],
  });
  expect(await page.title()).toBe('A page');
});

it('a Chromium that is missing is an error that says how to get one', () => {
  const { CHROMIUM } = process.env;
  process.env.CHROMIUM = '/nowhere/chromium';
  onTestFinished(() => {
    if (CHROMIUM === undefined) delete process.env.CHROMIUM;
    else process.env.CHROMIUM = CHROMIUM;
  });
  expect(chromiumPath).toThrow(/\/nowhere\/chromium.*scripts\/install-parts\.sh/);
});

it('axe finds what is wrong, and nothing in a page that is right', async () => {
  const right = await browser.open(await serve('<main><h1>A page</h1><p>Text</p></main>'));
  expect(await violations(right)).toEqual([]);
  const wrong = await browser.open(
    await serve('<main><h1>A page</h1><img src="data:,"><button></button></main>'),
  );
  expect((await violations(wrong)).map((line) => line.split(' ')[0])).toEqual(['button-name', 'image-alt']);
});

it('an element that is too wide is named', async () => {
  const page = await browser.open(
    await serve('<main><svg class="wide" width="2000" height="10"></svg></main>'),
  );
  expect((await sideways(page)).join('\n')).toContain('svg.wide ends at 2008');
  expect(await sideways(await browser.open(await serve('<main><p>narrow</p></main>')))).toEqual([]);
});

it('small targets are named; a link in a sentence is none, and what a label adds counts', async () => {
  const small = '<a class="x" href="#">small</a>';
  const page = await browser.open(
    await serve(
      `<p>Read <a href="#">this</a> first.</p><p>${small}</p><label><div><svg width="60" height="60"></svg></div><input type="checkbox"></label>`,
    ),
  );
  const found = await smallTargets(page, 40);
  expect(found.map((line) => line.split(' ')[0])).toEqual(['a.x']);
});

it('a walk with Tab meets every control in order', async () => {
  const page = await browser.open(
    await serve('<a href="#">one</a><button>two</button><input aria-label="three">'),
  );
  const walked = await tabThrough(page);
  expect(walked.map(({ what }) => what)).toEqual(['a "one"', 'button "two"', 'input "three"']);
  expect(walked.every(({ isSeen }) => isSeen)).toBe(true);
  expect(await controls(page)).toEqual(walked.map(({ what }) => what));
});

it('what a page keeps is found wherever it keeps it', async () => {
  const page = await browser.open(await serve('<input id="i">'));
  await page.fill('#i', 'in-a-field');
  await page.evaluate(
    `localStorage.setItem('a', 'in-local'); sessionStorage.setItem('b', 'in-session'); location.hash = 'in-hash'`,
  );
  const kept = await everythingKept(page);
  for (const where of ['in-a-field', 'in-local', 'in-session', 'in-hash']) expect(kept).toContain(where);
});
