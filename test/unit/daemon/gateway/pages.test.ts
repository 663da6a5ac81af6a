import { expect, it } from 'vitest';
import type { Check, Checks } from '../../../../src/daemon/checks.js';
import {
  healthPage,
  indexPage,
  livePage,
  type Phase,
  readyPage,
  serverHealthPage,
  statusPage,
} from '../../../../src/daemon/gateway/pages.js';

const down: Check = { status: 'down', state: 'down', reason: 'It ended.', failures: 3, nextTryAt: 900 };
const state = (over: Partial<Checks> = {}, phase: Phase = 'running') => ({
  ...{ version: '1.2.3', at: 1_000, startedAt: 0, lastCallAt: undefined, phase },
  checks: {
    ...{ status: 'healthy' as const, canServe: true, links: {} },
    servers: { memory: { status: 'healthy' as const, state: 'ready', since: 500 } },
    ...over,
  },
});

it('health has the version, the time and a check of each server and link', () => {
  expect(healthPage(state({ links: { a: down } }))).toEqual({
    status: 200,
    body: {
      status: 'healthy',
      version: '1.2.3',
      timestamp: '1970-01-01T00:00:01.000Z',
      startedAt: '1970-01-01T00:00:00.000Z',
      phase: 'running',
      checks: {
        servers: { memory: { status: 'healthy', state: 'ready', since: '1970-01-01T00:00:00.500Z' } },
        links: {
          a: {
            ...{ status: 'down', state: 'down', reason: 'It ended.', failures: 3 },
            nextTryAt: '1970-01-01T00:00:00.900Z',
          },
        },
      },
    },
  });
});

it('health is 503 only when nothing works, and without a key one word', () => {
  expect(healthPage(state({ status: 'degraded' })).status).toBe(200);
  expect(healthPage(state({ status: 'down' })).status).toBe(503);
  expect(healthPage(state({ status: 'degraded' }), false)).toEqual({
    status: 200,
    body: { status: 'degraded' },
  });
});

it.each([
  [state(), 200, 'ready'],
  [state({ status: 'degraded' }), 200, 'ready'],
  [state({ status: 'degraded', canServe: false }), 503, 'starting'],
  [state({ status: 'down', canServe: false }), 503, 'down'],
  [state({}, 'starting'), 503, 'starting'],
  [state({}, 'stopping'), 503, 'stopping'],
])('ready while it can serve, %#', (of, status, word) => {
  const page = readyPage(of);
  expect(page).toMatchObject({ status, body: { status: word } });
  expect(page.headers?.['retry-after'] === undefined).toBe(status === 200);
});

it('live depends on nothing', () => {
  expect(livePage()).toEqual({ status: 200, body: { status: 'live' } });
});

it('one server: 200, 503, or none of that name', () => {
  expect(serverHealthPage(state(), 'memory')).toMatchObject({
    status: 200,
    body: { server: 'memory', status: 'healthy', state: 'ready', version: '1.2.3' },
  });
  expect(serverHealthPage(state({ servers: { memory: down } }), 'memory')?.status).toBe(503);
  expect(serverHealthPage(state(), 'other')).toBeUndefined();
  expect(serverHealthPage(state(), 'constructor')).toBeUndefined();
});

it('status has the members of mcp-proxy, and what each server does', () => {
  const words = { memory: 'ready', own: 'on-demand' } as const;
  expect(statusPage({ words, lastActivityAt: 0, clients: 2 }).body).toEqual({
    api_last_activity: '1970-01-01T00:00:00.000Z',
    server_instances: words,
    clients: 2,
  });
});

it('the index has every address', () => {
  const { body } = indexPage({ names: ['a b'], agents: ['kids'] });
  expect(body).toMatchObject({
    servers: { 'a b': { http: '/servers/a%20b/mcp' } },
    agents: { kids: { ws: '/agents/kids/ws' } },
  });
});
