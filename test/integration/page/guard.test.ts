import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type PageWorld, startPage, uiPlan } from '../../helpers/page.js';

const KEY = 'a-key-that-nobody-guesses';
const READ_KEY = 'another-key-only-to-look';

/** A request as a browser or an attacker writes it: `fetch` sets some headers itself. */
function asked(
  { port }: PageWorld,
  path: string,
  headers: Record<string, string>,
  { method = 'GET', body }: { method?: string; body?: string } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      if (response.headers['content-type'] === 'text/event-stream') {
        response.destroy();
        return resolve({ status: response.statusCode!, body: '' });
      }
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What the server sends back for these bytes, until it closes. */
async function raw({ port }: PageWorld, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let got = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    got += chunk;
  });
  // A reset is an end, too.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(text);
  await closed;
  return got;
}

const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0]!;

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string | number; message: string } }).error;

describe('on this machine alone', () => {
  test('the page is open, and its own requests are taken', async () => {
    const world = await startPage();
    expect(world.http.page).toEqual({ origin: world.origin, key: 'none' });
    const page = await fetch(`${world.origin}/`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toBe('index.html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await (await world.post('/ui/do/health')).json()).toEqual({
      result: expect.objectContaining({ links: [] }),
    });
  });

  test.each([
    ['another name that points here (DNS rebinding)', { host: 'evil.example' }],
    ['an address of another site as Origin', { origin: 'https://evil.example' }],
    ['Origin: null', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    [
      'a page of another site without Origin',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'another port, which browsers call the same site',
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
    ],
  ])('refuses %s', async (_, headers) => {
    const world = await startPage();
    const own = { host: `127.0.0.1:${world.port}`, accept: 'text/event-stream', ...headers };
    for (const path of ['/ui/feed', '/ui/app.js']) {
      const { status, body } = await asked(world, path, own);
      expect([path, status]).toEqual([path, 403]);
      expect(JSON.parse(body).error.code).toBe('UI_FOREIGN');
    }
    const post = { ...own, 'content-type': 'application/json', 'x-mcp-pipe': 'page' };
    const acted = await asked(world, '/ui/do/restart', post, { method: 'POST', body: '{"name":"a"}' });
    expect(acted.status).toBe(403);
    expect(world.acts).toEqual([]);
    expect(world.asked).toEqual([]);
  });

  test('a link on another site may open the page, and nothing else', async () => {
    const world = await startPage();
    const navigation = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', accept: 'text/html' };
    expect((await asked(world, '/', navigation)).status).toBe(200);
    expect((await asked(world, '/ui/feed', navigation)).status).toBe(403);
  });

  test.each([
    ['no header of the page', { 'x-mcp-pipe': '' }],
    ['a form of another site', { 'content-type': 'text/plain' }],
    ['no Origin, as no browser does', { origin: undefined }],
  ])('does nothing for %s', async (_, headers: Record<string, string | undefined>) => {
    const world = await startPage();
    const all = Object.entries({
      ...{ 'content-type': 'application/json', 'x-mcp-pipe': 'page', origin: world.origin },
      ...headers,
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    const { status, body } = await asked(world, '/ui/do/reload', Object.fromEntries(all), {
      ...{ method: 'POST', body: '{}' },
    });
    expect([status, JSON.parse(body).error.code]).toEqual([400, 'UI_BAD_REQUEST']);
    expect(world.acts).toEqual([]);
  });

  test('what a proxy has forwarded is refused while there is no key', async () => {
    const world = await startPage();
    const { status, body } = await asked(world, '/ui/feed', { 'x-forwarded-for': '203.0.113.7' });
    expect([status, JSON.parse(body).error.code]).toEqual([403, 'UI_PROXY_WITHOUT_KEY']);
    const keyed = await startPage({ ui: { key: KEY } });
    const { status: letIn } = await asked(keyed, '/ui/feed', {
      ...{ 'x-forwarded-for': '203.0.113.7', authorization: `Bearer ${KEY}` },
    });
    expect(letIn).toBe(200);
  });

  test('requests that are no good HTTP get an answer or the end of their connection', async () => {
    const world = await startPage();
    expect(await raw(world, 'GET /ui/feed HTTP/1.0\r\n\r\n')).toContain(' 403 ');
    expect(await raw(world, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toContain(' 400 ');
    const two = `GET /ui/feed HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\nConnection: close\r\n\r\n`;
    expect(await raw(world, two)).toMatch(/ 40[03] /);
    const paths = [
      '/ui/../../../../etc/passwd',
      '/ui/%2e%2e/%2e%2e/etc/passwd',
      '/ui/app.js/..',
      '//etc/passwd',
    ];
    for (const path of [...paths, '/ui/app.js%00', '/ui/app.js.gz', '/ui/index.html', '/ui/do/stop']) {
      const got = await raw(world, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      expect([path, /^HTTP\/1.1 (\d+)/.exec(got)?.[1]]).toEqual([path, '404']);
    }
  });
});

describe('with keys', () => {
  test('elsewhere a key is made once and kept for this user alone', async () => {
    const first = await startPage({ ui: { host: '0.0.0.0' } });
    const { madeKey, key } = first.http.pageLink!;
    expect(key).toBe('made');
    expect(madeKey).toMatch(/^[\w-]{32}$/);
    const file = join(first.folder, 'ui.json');
    expect(readFileSync(file, 'utf8')).toContain(madeKey!);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await startPage({ ui: { host: '0.0.0.0' }, folder: first.folder });
    expect(again.http.pageLink!.madeKey).toBe(madeKey);
    const login = await again.post('/ui/login', { key: madeKey });
    expect(await login.json()).toEqual({
      result: { canWrite: true, key: expect.stringMatching(/^[0-9a-f]{8}$/) },
    });
  });

  test('a key that cannot be kept is the same for the whole run, and that is said once', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'mcp-pipe-page-')), 'a-file');
    onTestFinished(() => rmSync(dirname(folder), { recursive: true }));
    writeFileSync(folder, '');
    let said = 0;
    const plans = { ui: { ...uiPlan, host: '0.0.0.0' } };
    const world = await startPage({ plans, folder, onUnkept: () => said++ });
    const { madeKey } = world.http.pageLink!;
    await world.change(plans);
    expect(world.http.pageLink!.madeKey).toBe(madeKey);
    expect((await world.post('/ui/login', { key: madeKey })).status).toBe(200);
    expect(said).toBe(1);
  });

  test('the key is exchanged for a cookie that does not hold it and opens feed and actions', async () => {
    const world = await startPage({ ui: { key: KEY } });
    const without = await world.post('/ui/do/health');
    expect([without.status, (await errorOf(without)).code]).toEqual([401, 'UI_KEY_NEEDED']);
    expect((await fetch(`${world.origin}/`, { headers: { accept: 'text/html' } })).status).toBe(200);
    const login = await world.post('/ui/login', { key: KEY });
    const cookie = login.headers.get('set-cookie')!;
    expect(cookie).toMatch(
      new RegExp(`^mcp_pipe_${world.port}=[\\w.-]+; Path=/ui/; Max-Age=\\d+; HttpOnly; SameSite=Strict$`),
    );
    expect(cookie).not.toContain(KEY);
    expect((await world.post('/ui/do/health', {}, { cookie: cookieOf(login) })).status).toBe(200);
    expect((await asked(world, '/ui/feed', { cookie: cookieOf(login) })).status).toBe(200);
    expect(world.asked).toMatchObject([{ canWrite: true }]);
    await world.post('/ui/do/reload', {}, { cookie: cookieOf(login) });
    const { key } = world.acts[0]!;
    expect(key).toMatch(/^[0-9a-f]{8}$/);
  });

  test('a session is no good when one sign of it is changed, or when its key or port is another', async () => {
    const world = await startPage({ ui: { key: KEY, readKey: READ_KEY } });
    const cookie = cookieOf(await world.post('/ui/login', { key: READ_KEY }));
    const status = async (text: string) => (await world.post('/ui/do/health', {}, { cookie: text })).status;
    expect(await status(cookie)).toBe(200);
    expect(await status(`${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`)).toBe(401);
    expect(await status(cookie.replace('=r.', '=w.'))).toBe(401);
    expect(await status(cookie.replace(/\.\d+\./, '.99999999999.'))).toBe(401);
    expect(await status(cookie.replace(/mcp_pipe_\d+/, 'mcp_pipe_1'))).toBe(401);
    await world.change({ ui: { ...uiPlan, key: KEY, readKey: 'yet-another-key-to-look' } });
    expect(await status(cookie)).toBe(401);
  });

  test('a session outlives a restart, and ends when a person ends it', async () => {
    const world = await startPage({ ui: { key: KEY } });
    const cookie = cookieOf(await world.post('/ui/login', { key: KEY }));
    await world.http.close();
    const next = await startPage({ ui: { key: KEY, port: world.port }, folder: world.folder });
    const post = { 'content-type': 'application/json', 'x-mcp-pipe': 'page', origin: next.origin, cookie };
    const status = async (path: string) =>
      (await asked(next, path, { host: `127.0.0.1:${next.port}`, ...post }, { method: 'POST', body: '{}' }))
        .status;
    expect(await status('/ui/do/health')).toBe(200);
    expect(await status('/ui/logout')).toBe(200);
    expect(await status('/ui/do/health')).toBe(401);
  });

  test('a key for reading shows everything and changes nothing', async () => {
    const world = await startPage({ ui: { key: KEY, readKey: READ_KEY } });
    const login = await world.post('/ui/login', { key: READ_KEY });
    expect(await login.json()).toMatchObject({ result: { canWrite: false } });
    const cookie = cookieOf(login);
    expect((await asked(world, '/ui/feed', { cookie })).status).toBe(200);
    expect(world.asked).toMatchObject([{ canWrite: false }]);
    for (const action of ['restart', 'pause', 'resume', 'reconnect', 'reload', 'tools/call']) {
      const refused = await world.post(`/ui/do/${action}?lang=vi`, { name: 'a', server: 'a' }, { cookie });
      expect([action, refused.status, await errorOf(refused)]).toEqual([
        ...[action, 403],
        {
          requestId: expect.any(String),
          code: 'UI_READ_ONLY',
          message: expect.stringContaining('Khóa này chỉ được xem'),
        },
      ]);
    }
    expect(world.acts).toEqual([]);
  });

  test('a wrong key is answered with a code, and the right one behind it lets in', async () => {
    const world = await startPage({ ui: { key: KEY } });
    const wrong = await world.post('/ui/login', { key: 'wrong' });
    expect([wrong.status, (await errorOf(wrong)).code]).toEqual([401, 'UI_KEY_WRONG']);
    expect((await world.post('/ui/login', { key: KEY })).status).toBe(200);
  });

  test.each([
    ['Authorization', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['X-API-Key', (key: string) => ({ 'x-api-key': key })],
  ])('keys in %s are not tried side by side', async (_, headers) => {
    const world = await startPage({ ui: { key: KEY } });
    const tries = Array.from({ length: 12 }, (_, i) =>
      world.post('/ui/do/health', {}, headers(`wrong-${i}`)),
    );
    // Those that are refused at once come before the answers that wait.
    const first = await Promise.race(tries);
    expect([first.status, (await errorOf(first)).code]).toEqual([429, 'UI_TOO_MANY_TRIES']);
  });

  test('streams end when their key is another one', async () => {
    const world = await startPage({ ui: { key: KEY } });
    const stream = await fetch(`${world.origin}/ui/feed`, { headers: { authorization: `Bearer ${KEY}` } });
    const reader = stream.body!.getReader();
    await reader.read();
    await world.change({ ui: { ...uiPlan, key: 'the-key-that-comes-after-it' } });
    let isDone = false;
    while (!isDone) ({ done: isDone } = await reader.read());
    expect((await asked(world, '/ui/feed', { authorization: `Bearer ${KEY}` })).status).toBe(401);
  });
});
