import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import type { Access } from '../../../../src/daemon/http/access.js';
import { healthSite } from '../../../../src/daemon/http/health-site.js';
import { Health } from '../../../../src/observe/health.js';
import { Snapshot } from '../../../../src/observe/snapshot.js';
import { listen } from '../../../helpers/listen.js';

async function world(isKnown: boolean) {
  const snapshot = new Snapshot(['bếp'], () => 1_000);
  snapshot.onStatus({ at: 1, link: 'bếp', type: 'server-state', from: 'initializing', to: 'ready' });
  snapshot.onStatus({ at: 1, link: 'bếp', type: 'link-state', from: 'dialing', to: 'open' });
  const health = new Health(snapshot, 0, (text) => text, 'en');
  const access = { isForeign: () => false, known: async () => (isKnown ? 'known' : 'unknown') };
  const source = {
    version: '1.2.3',
    daemon: { phase: 'running' as const },
    health,
    gateway: () => undefined,
  };
  const site = healthSite(access as unknown as Access, source);
  const server = createServer((request, response) => {
    if (!site.answer(request, response)) response.writeHead(418).end();
  });
  const origin = `http://127.0.0.1:${await listen(server)}`;
  return async (path: string, method = 'GET') => {
    const response = await fetch(origin + path, { method });
    const body = await response.text();
    return [response.status, body === '' ? undefined : JSON.parse(body)];
  };
}

it('a listener without a gateway has the addresses of health, too', async () => {
  const ask = await world(true);
  expect(await ask('/live')).toEqual([200, { status: 'live' }]);
  expect(await ask('/ready/')).toEqual([200, { status: 'ready' }]);
  expect(await ask('/health')).toMatchObject([
    200,
    { status: 'healthy', checks: { links: { bếp: { state: 'open' } } } },
  ]);
  expect(await ask(`/servers/${encodeURIComponent('bếp')}/health`)).toMatchObject([200, { state: 'ready' }]);
  expect((await ask('/servers/other/health'))[0]).toBe(404);
  expect(await ask('/status')).toMatchObject([200, { server_instances: { bếp: 'ready' } }]);
  expect(await ask('/health', 'HEAD')).toEqual([200, undefined]);
  expect((await ask('/health', 'POST'))[0]).toBe(405);
  expect((await ask('/mcp'))[0]).toBe(418);
});

it('who has no key learns one word', async () => {
  const ask = await world(false);
  expect(await ask('/health')).toEqual([200, { status: 'healthy' }]);
  expect((await ask('/ready'))[0]).toBe(200);
  for (const path of ['/status', '/servers/x/health']) expect((await ask(path))[0]).toBe(401);
});
