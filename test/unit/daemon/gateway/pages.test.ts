import { expect, it } from 'vitest';
import { healthPage, statusPage } from '../../../../src/daemon/gateway/pages.js';
import type { KeptServer } from '../../../../src/daemon/kept-servers.js';

const server = (name: string, over: Partial<KeptServer> = {}): KeptServer => ({
  ...{ name, state: 'ready', isSilent: false, failures: 0, nextStartMs: undefined },
  ...over,
});
const state = (...kept: KeptServer[]) => ({
  ...{ names: ['memory', 'own'], agents: [], kept, lastActivityAt: 0, clients: 2 },
});
const down = server('memory', { state: 'waiting', failures: 3, nextStartMs: 800 });

it('status has the members of mcp-proxy, and what each server does', () => {
  expect(statusPage(state(server('memory')))).toEqual({
    api_last_activity: '1970-01-01T00:00:00.000Z',
    server_instances: { memory: 'ready', own: 'on-demand' },
    clients: 2,
  });
});

it.each([
  [server('memory'), 200, 'ok', 'ready'],
  [server('memory', { state: 'initializing' }), 200, 'ok', 'starting'],
  [server('memory', { isSilent: true }), 200, 'degraded', 'silent'],
  [server('memory', { state: 'refused' }), 200, 'degraded', 'refusing'],
  [down, 200, 'degraded', 'down'],
])('a server beside another one: %j', (kept, status, word, of) => {
  const page = healthPage(state(kept));
  expect(page).toMatchObject({ status, body: { status: word, servers: { memory: { state: of } } } });
});

it('nothing is served only when every server is down', () => {
  const page = healthPage({ ...state(down), names: ['memory'] });
  expect(page).toEqual({
    status: 503,
    body: { status: 'down', servers: { memory: { state: 'down', failures: 3, nextStartMs: 800 } } },
  });
  expect(healthPage({ ...state(), names: [] }).status).toBe(200);
});
