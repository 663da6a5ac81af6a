import { expect, it } from 'vitest';
import { pathOf, routeOf } from '../../../../src/daemon/gateway/routes.js';

const paths = { http: ['/mcp2'], sse: ['/events/'], message: ['/message'], ws: ['/'], health: ['/healthz'] };
const none = { http: [], sse: [], message: [], ws: [], health: [] };
const all = { all: true };

it.each([
  ['/mcp', 'http', all],
  ['/mcp/', 'http', all],
  ['/sse', 'sse', all],
  ['/messages/', 'message', all],
  ['/messages', 'message', all],
  ['/ws', 'ws', all],
  ['/servers/one', 'http', { server: 'one' }],
  ['/servers/one/', 'http', { server: 'one' }],
  ['/servers/one/mcp', 'http', { server: 'one' }],
  ['/servers/one/mcp/', 'http', { server: 'one' }],
  ['/servers/one/sse', 'sse', { server: 'one' }],
  ['/servers/one/messages/', 'message', { server: 'one' }],
  ['/servers/one/ws', 'ws', { server: 'one' }],
  ['/servers/constructor/mcp', 'http', { server: 'constructor' }],
  ['/servers/__proto__', 'http', { server: '__proto__' }],
  ['/servers/m%C3%A1y%20t%C3%ADnh', 'http', { server: 'máy tính' }],
  // Decoded once.
  ['/servers/a%252Fb', 'http', { server: 'a%2Fb' }],
  ['/servers/a%2Fb/ws', 'ws', { server: 'a/b' }],
  ['/servers/mcp/mcp', 'http', { server: 'mcp' }],
  ['/servers/mcp', 'http', { server: 'mcp' }],
  ['/agents/kitchen/mcp', 'http', { agent: 'kitchen' }],
  ['/agents/kitchen/sse', 'sse', { agent: 'kitchen' }],
])('%s leads to %s of %j', (path, speech, whose) => {
  expect(routeOf(path, { paths: none })).toMatchObject({ speech, whose });
});

it.each([
  ...[
    '/servers',
    '/servers/',
    '/servers//mcp',
    '/servers/one/two',
    '/servers/one/mcp/x',
    '/agents',
    '/one/mcp',
  ],
  ...[
    '/servers/%zz/mcp',
    '/servers/one//',
    '/constructor',
    '/toString',
    '/MCP',
    'mcp',
    '//mcp',
    '/servers/one/__proto__',
  ],
])('%s leads nowhere', (path) => {
  expect(routeOf(path, { paths: none })).toBeUndefined();
});

it.each([
  ['/', 'index'],
  ['/status', 'status'],
  ['/status/', 'status'],
  ['/health', 'health'],
])('%s is a page', (path, page) => {
  expect(routeOf(path, { paths: none })).toEqual({ page });
});

it('paths of other gateways lead to all servers together', () => {
  for (const [path, speech] of [
    ['/mcp2', 'http'],
    ['/events', 'sse'],
    ['/message/', 'message'],
    ['/', 'ws'],
    ['/mcp', 'http'],
  ])
    expect(routeOf(path!, { paths })).toMatchObject({ speech, whose: all });
  expect(routeOf('/healthz', { paths })).toEqual({ page: 'healthy' });
});

it('the path of an address leads to it', () => {
  for (const whose of [{ server: 'a/b %2F?#' }, { agent: 'bếp' }, { server: '..' }, { all: true as const }])
    for (const speech of ['http', 'sse', 'message', 'ws'] as const)
      expect(routeOf(pathOf(whose, speech), { paths: none })).toMatchObject({ whose, speech });
});
