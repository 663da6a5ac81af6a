import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { type PageWorld, startPage } from '../helpers/page.js';

const KEY = 'a-key-that-nobody-guesses';

function opened({ port }: PageWorld, text: string): Socket {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(text);
  return socket;
}

const head = ({ port }: PageWorld, path: string, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nX-MCP-Pipe: page\r\nContent-Type: application/json\r\n${more}\r\n`;

const isServed = async ({ origin }: PageWorld) =>
  expect(await (await fetch(`${origin}/ui/app.css`)).text()).toBe('app.css');

describe('the page goes on while', () => {
  test('a thousand streams are asked for, and as many readers leave without a word', async () => {
    const world = await startPage();
    const before = process.memoryUsage().rss;
    const sockets = Array.from({ length: 1_000 }, () =>
      opened(world, `GET /ui/feed HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`),
    );
    const answers = await Promise.all(
      sockets.map(async (socket) => String((await once(socket, 'data'))[0]).slice(9, 12)),
    );
    expect(answers.filter((status) => status === '200')).toHaveLength(64);
    expect(answers.filter((status) => status === '503')).toHaveLength(936);
    await isServed(world);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    for (const socket of sockets) socket.resetAndDestroy();
    await eventually(() => expect(world.asked.every(({ signal }) => signal!.aborted)).toBe(true));
    const again = await fetch(`${world.origin}/ui/feed`);
    expect(again.status).toBe(200);
    await again.body!.cancel();
  });

  test('hundreds of bodies arrive byte by byte, and never end', async () => {
    const world = await startPage();
    const sockets = Array.from({ length: 300 }, () =>
      opened(world, `${head(world, '/ui/do/health', 'Content-Length: 4000000\r\n')}{"a":"`),
    );
    const drip = setInterval(() => {
      for (const socket of sockets) socket.write('x');
    }, 50);
    onTestFinished(() => clearInterval(drip));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await isServed(world);
    expect(await (await world.post('/ui/do/health')).json()).toHaveProperty('result');
    clearInterval(drip);
  });

  test('bodies together are longer than what may wait', async () => {
    const world = await startPage();
    const sockets = Array.from({ length: 20 }, () =>
      opened(
        world,
        `${head(world, '/ui/do/health', 'Content-Length: 3000000\r\n')}"${'x'.repeat(2_900_000)}`,
      ),
    );
    const ended = await Promise.race(sockets.map(async (socket) => String((await once(socket, 'data'))[0])));
    expect(ended).toContain(' 503 ');
    await isServed(world);
  });

  test('keys are tried from many connections: some in a few seconds, and a right one still lets in', async () => {
    const world = await startPage({ ui: { key: KEY } });
    let looked = 0;
    const end = performance.now() + 4_000;
    const tries = Array.from({ length: 50 }, async (_, i) => {
      while (performance.now() < end) {
        const answer = await world.post('/ui/login', { key: `wrong-${i}-${Math.random()}` });
        const { error } = (await answer.json()) as { error: { code: string } };
        if (error.code === 'UI_KEY_WRONG') looked += 1;
        else await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    await Promise.all(tries);
    expect(looked).toBeLessThan(20);
    // Once the answers that wait are given.
    await eventually(async () => expect((await world.post('/ui/login', { key: KEY })).status).toBe(200), {
      timeoutMs: 10_000,
    });
  });

  test('a wrong key takes as long as another wrong key, however much of it is right', async () => {
    const world = await startPage({ ui: { key: KEY } });
    const keys = world.http.pageLink!;
    expect(keys.key).toBe('written');
    const { PageKeys } = await import('../../src/daemon/page/page-keys.js');
    const own = new PageKeys({ write: KEY }, 'secret');
    const timed = (given: string) => {
      const start = performance.now();
      for (let i = 0; i < 20_000; i++) own.visitorWith(given);
      return performance.now() - start;
    };
    const [none, most] = [`X${KEY.slice(1)}`, `${KEY.slice(0, -1)}X`];
    for (const one of [none, most]) timed(one);
    const ratios = Array.from({ length: 5 }, () => timed(most) / timed(none)).sort((a, b) => a - b);
    expect(ratios[2]).toBeGreaterThan(0.7);
    expect(ratios[2]).toBeLessThan(1.4);
  });
});
