import { connect } from 'node:http2';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { fetchOver } from './clients.js';
import { Deployment, KEY, UI_KEY } from './deployment.js';

interface Answer {
  status: number;
  retryAfter: string | undefined;
  body: string;
}

/** That many requests at a time, on one connection of HTTP/2. */
async function askMany(world: Deployment, path: string, count: number): Promise<Answer[]> {
  const session = connect(world.origin, { ca: world.ca });
  onTestFinished(() => session.destroy());
  session.on('error', () => {});
  const one = () =>
    new Promise<Answer>((resolve, reject) => {
      const stream = session.request({ ':path': path });
      let status = 0;
      let retryAfter: string | undefined;
      let body = '';
      stream.on('response', (headers) => {
        status = headers[':status']!;
        retryAfter = headers['retry-after'];
      });
      stream.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      stream.on('error', reject);
      stream.on('end', () => resolve({ status, retryAfter, body }));
    });
  return Promise.all(Array.from({ length: count }, one));
}

test('an address that asks too much gets 429, and when to come again', async () => {
  const world = await Deployment.start();
  const began = performance.now();
  const answers = await askMany(world, '/health', 600);
  const seconds = (performance.now() - began) / 1_000;
  const refused = answers.filter(({ status }) => status === 429);
  const taken = answers.filter(({ status }) => status === 200).length;
  expect(taken + refused.length).toBe(600);
  // 200 at once, and 50 in each second that it took, however long that was; what was refused has reached no replica.
  expect(taken).toBeGreaterThanOrEqual(200);
  expect(taken).toBeLessThanOrEqual(202 + 50 * seconds);
  expect(refused[0]!.retryAfter).toBe('1');
  expect(JSON.parse(refused[0]!.body)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32000 } });
  // Soon it is let in again.
  await eventually(async () => (await askMany(world, '/health', 1))[0]!.status === 200, { everyMs: 100 });
});

test('logins are few: keys cannot be tried out', async () => {
  const world = await Deployment.start();
  const began = performance.now();
  const answers = await askMany(world, '/authorize?client_id=x', 60);
  const seconds = (performance.now() - began) / 1_000;
  const taken = answers.filter(({ status }) => status !== 429).length;
  // 20 at once, and 2 in each second that it took.
  expect(taken).toBeGreaterThanOrEqual(20);
  expect(taken).toBeLessThanOrEqual(22 + 2 * seconds);
});

test('a body that is too long gets 413 before a replica reads it', async () => {
  const world = await Deployment.start();
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const body = 'x'.repeat(17 * 1024 * 1024);
  const status = await fetchOver(world.ca)(world.url(), { method: 'POST', headers, body }).then(
    (answer) => answer.status,
    // nginx closes the connection while the rest is being sent.
    (error: NodeJS.ErrnoException) => error.code,
  );
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
  const [line] = await eventually(async () => {
    const all = await world.accessLog();
    return all.length > 0 && all;
  });
  expect(line).toMatchObject({ status: 413, replica: '' });
});

test('the status page of each process stands at /, with its own key and a secure cookie', async () => {
  const world = await Deployment.start();
  const fetch = fetchOver(world.ca);
  const html = { accept: 'text/html' };
  // Of the pipe first; it does not run here.
  expect((await fetch(world.origin, { headers: html })).status).toBe(503);
  for (const name of ['a', 'b'] as const) {
    const chosen = await fetch(`${world.origin}/pages/${name}`);
    expect([chosen.status, chosen.headers.get('location')]).toEqual([302, '/']);
    const cookie = chosen.headers.get('set-cookie')!;
    expect(cookie).toMatch(new RegExp(`^mcp_pipe_page=${name}; .*Secure; HttpOnly; SameSite=Lax$`));
    const headers = { ...html, cookie: cookie.split(';')[0]! };
    const page = await fetch(world.origin, { headers });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('strict-transport-security')).toContain('max-age');
    const login = await fetch(`${world.origin}/ui/login`, {
      ...{ method: 'POST', body: JSON.stringify({ key: UI_KEY }) },
      headers: { ...headers, 'content-type': 'application/json', 'x-mcp-pipe': 'page', origin: world.origin },
    });
    expect([login.status, await login.text()]).toEqual([expect.any(Number), expect.any(String)]);
    expect(login.headers.get('set-cookie')).toMatch(/Secure/i);
  }
  expect((await fetch(`${world.origin}/pages/c`)).status).not.toBe(302);
  // Everything but a browser gets the gateway's words there.
  expect(
    (await fetch(world.origin, { headers: { 'x-api-key': KEY } })).headers.get('content-type'),
  ).not.toContain('text/html');
});
