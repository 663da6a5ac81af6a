import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import { expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { descendants } from '../helpers/cli.js';
import { calculator, type DaemonPage, daemonPage, TOKEN } from '../helpers/daemon-page.js';
import { listen } from '../helpers/listen.js';
import { everythingKept } from '../helpers/page-audit.js';
import { goTo } from '../helpers/sample-page.js';

const browser = browserOfFile();
const KEY = 'write-key-4f1d90ac72be6385';
const READ_KEY = 'read-key-8b2e61f0d93a57c4';

const world = (ui: object = {}) =>
  daemonPage((endpoint) => ({
    mcpServers: { calculator: { command: process.execPath, args: [calculator] } },
    agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } },
    ui,
  }));
const withKeys = { key: KEY, readKey: READ_KEY };
const refused = { expects: [/Failed to load.*401/s, /401/] };

it('the printed link opens the page, and its key does not stay in the address', async () => {
  const { origin } = await world(withKeys);
  const page = await browser.open(`${origin}/#key=${KEY}`, refused);
  await page.getByRole('row', { name: /calculator/ }).waitFor();
  expect(page.url()).not.toContain(KEY);
  expect(await everythingKept(page)).not.toContain(KEY);
  const cookies = await page.context().cookies(`${origin}/ui/feed`);
  expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }]);
  expect(cookies[0]!.value).not.toContain(KEY);
  // Going back does not bring it back.
  await goTo(page, '/log');
  await page.goBack();
  expect(page.url()).not.toContain(KEY);
  // The cookie opens it again.
  await page.goto(origin);
  await page.getByRole('row', { name: /calculator/ }).waitFor();
});

it('a wrong key is refused in words, and the right one lets in', async () => {
  const { origin } = await world(withKeys);
  const page = await browser.open(origin, refused);
  const field = page.getByLabel('Key', { exact: true });
  await field.fill('no such key');
  await page.getByRole('button', { name: 'Open' }).click();
  const alert = page.locator('#main [role=alert], #main .error').first();
  await alert.waitFor();
  expect(((await alert.textContent()) ?? '').length).toBeGreaterThan(10);
  await field.fill(KEY);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('row', { name: /calculator/ }).waitFor();
  await page.getByRole('link', { name: 'calculator', exact: true }).first().click();
  expect(await page.getByRole('button', { name: 'Restart' }).count()).toBeGreaterThan(0);
});

it('a key that may only read shows everything and no action, and a request for one is refused', async () => {
  const { origin } = await world(withKeys);
  const page = await browser.open(`${origin}/#key=${READ_KEY}`, { expects: [/401/, /403/] });
  await page.getByRole('row', { name: /calculator/ }).waitFor();
  await page.getByRole('link', { name: 'calculator', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'calculator' }).waitFor();
  await page
    .getByText(/may read/)
    .first()
    .waitFor();
  for (const name of ['Restart', 'Pause', 'Call']) {
    expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
  }
  const status = await page.evaluate(
    `fetch('/ui/do/restart', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-MCP-Pipe': 'page' }, body: '{"name":"calculator"}' }).then((one) => one.status)`,
  );
  expect(status).toBe(403);
});

it('a key that is forgotten on this device asks for it again', async () => {
  const { origin } = await world(withKeys);
  const page = await browser.open(`${origin}/#key=${KEY}`, refused);
  await page.getByRole('row', { name: /calculator/ }).waitFor();
  await goTo(page, '/settings');
  await page.getByRole('button', { name: /Forget/ }).click();
  await page.getByLabel('Key', { exact: true }).waitFor();
  await page.goto(origin);
  await page.getByLabel('Key', { exact: true }).waitFor();
});

/** What a request with those headers is answered with. */
async function answer({ origin }: DaemonPage, path: string, headers: Record<string, string>, body?: string) {
  const { hostname, port } = new URL(origin);
  const asked = request({ hostname, port, path, headers, method: body === undefined ? 'GET' : 'POST' });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

it('a foreign Host, a foreign Origin, and a write without the mark of the page are refused', async () => {
  const page = await world();
  const own = new URL(page.origin).host;
  const json = { 'Content-Type': 'application/json' };
  const act = (headers: Record<string, string>) =>
    answer(page, '/ui/do/restart', { Host: own, ...json, ...headers }, '{"name":"calculator"}');
  const mark = { 'X-MCP-Pipe': 'page' };
  expect(await answer(page, '/ui/feed', { Host: own })).toBe(200);
  expect(await answer(page, '/ui/feed', { Host: 'evil.example' })).toBe(403);
  expect(await answer(page, '/', { Host: 'evil.example', Accept: 'text/html' })).toBe(403);
  expect(await answer(page, '/ui/feed', { Host: own, Origin: 'http://evil.example' })).toBe(403);
  expect(await act({ ...mark, Origin: 'http://evil.example' })).toBe(403);
  expect(await act({ ...mark, Origin: page.origin, Host: 'evil.example' })).toBe(403);
  expect(await act({ Origin: page.origin })).toBeGreaterThanOrEqual(400);
  expect(await act({ ...mark, Origin: page.origin })).toBe(200);
});

it('a page of another site can neither read the feed nor act', async () => {
  const { cli, origin } = await world();
  const elsewhere = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<h1>Elsewhere</h1>'),
  );
  const page = await browser.open(`http://127.0.0.1:${await listen(elsewhere)}/`, {
    expects: [/CORS|Failed to load|favicon/],
  });
  const before = descendants(cli.pid);
  const outcome = (await page.evaluate(`Promise.all([
    fetch('${origin}/ui/feed').then(() => 'read', () => 'refused'),
    fetch('${origin}/ui/do/restart', { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body: '{"name":"calculator"}' }).then(() => 'read', () => 'refused'),
  ])`)) as string[];
  expect(outcome).toEqual(['refused', 'refused']);
  expect(descendants(cli.pid)).toEqual(before);
});

it('no token and no key is anywhere in the page, its storage, its address or what it was sent', async () => {
  const { origin } = await world(withKeys);
  const sent: string[] = [];
  const page = await browser.open('about:blank', refused);
  page.on('response', (response) => {
    void response.text().then(
      (text) => sent.push(text),
      () => {},
    );
  });
  await page.goto(`${origin}/#key=${KEY}`);
  await page.getByRole('row', { name: /calculator/ }).waitFor();
  for (const route of ['/', '/server/calculator', '/agent/kitchen', '/log', '/settings']) {
    await goTo(page, route);
    await page.locator('#main h1').waitFor();
    const kept = await everythingKept(page);
    for (const secret of [TOKEN, KEY, READ_KEY]) expect(kept.includes(secret), route).toBe(false);
    // What tells tokens apart is there.
    if (route === '/') expect(kept).toMatch(/#[0-9a-f]{8}/);
  }
  const { cookies, origins } = await page.context().storageState();
  for (const secret of [TOKEN, KEY, READ_KEY]) {
    expect(JSON.stringify([cookies, origins, sent]).includes(secret)).toBe(false);
  }
});
