import { expect, it } from 'vitest';
import { isMeantFor, isSameAudience } from '../../../../src/daemon/jwt/audience.js';

const paths = { http: ['/mcp2'], sse: [], message: [], ws: [], health: [] };
const below = { audience: [], publicUrl: 'https://mcp.example.com', paths };
const prefixed = { audience: [], publicUrl: 'https://example.com/pipe', paths };
const named = (...audience: string[]) => ({ audience, publicUrl: undefined, paths });

it.each([
  ['https://mcp.example.com', '/servers/a/mcp', below],
  ['https://mcp.example.com/', '/mcp', below],
  ['https://MCP.example.com:443/mcp', '/mcp', below],
  ['https://mcp.example.com/mcp', '/servers/a/mcp', below],
  ['https://mcp.example.com/mcp2', '/mcp', below],
  ['https://mcp.example.com/servers/a/mcp', '/servers/a/mcp', below],
  ['https://mcp.example.com/servers/a/mcp', '/servers/a/', below],
  ['https://mcp.example.com/servers/a/sse', '/servers/a/messages/', below],
  ['https://mcp.example.com/servers/a/mcp', '/servers/a/ws', below],
  ['https://mcp.example.com/servers/m%C3%A1y/mcp', '/servers/máy/mcp', below],
  ['https://mcp.example.com/servers/a/mcp', '/status', below],
  ['https://example.com/pipe/servers/a/mcp', '/servers/a/mcp', prefixed],
  ['api://gateway', '/servers/a/mcp', named('api://gateway')],
  ['https://mcp.example.com/mcp', '/mcp', named('https://mcp.example.com/mcp')],
  ['https://api.example.com', '/servers/a/mcp', named('https://api.example.com/')],
])('a token for %s is good at %s', (claimed, path, audiences) => {
  expect(isMeantFor([claimed], path, audiences)).toBe(true);
  expect(isMeantFor(['https://other.example.com', claimed], path, audiences)).toBe(true);
});

it.each([
  ['https://mcp.example.com/servers/a/mcp', '/servers/b/mcp', below],
  ['https://mcp.example.com/servers/a/mcp', '/mcp', below],
  ['https://mcp.example.com/servers/a/mcp', '/agents/a/mcp', below],
  ['https://mcp.example.com.evil.example/mcp', '/mcp', below],
  ['https://mcp.example.com/elsewhere', '/mcp', below],
  ['https://mcp.example.com/mcp?x=1', '/mcp', below],
  ['http://mcp.example.com/mcp', '/mcp', below],
  ['https://mcp.example.com:8443/mcp', '/mcp', below],
  ['mcp.example.com', '/mcp', below],
  ['', '/mcp', below],
  ['https://example.com/pipework/mcp', '/mcp', prefixed],
  ['https://example.com/mcp', '/mcp', prefixed],
  ['api://other', '/mcp', named('api://gateway')],
  ['api://gateway/', '/mcp', named('api://gateway')],
  ['https://mcp.example.com/servers/a/mcp', '/servers/b/mcp', named('https://mcp.example.com/servers/a/mcp')],
  ['https://mcp.example.com/mcp', '/mcp', named()],
])('a token for %s is not good at %s', (claimed, path, audiences) => {
  expect(isMeantFor([claimed], path, audiences)).toBe(false);
});

it('a token for one of two servers is good only there, whichever is configured as well', () => {
  const both = named('https://x.example/servers/a/mcp', 'https://x.example/servers/b/mcp');
  expect(isMeantFor(['https://x.example/servers/a/mcp'], '/servers/b/mcp', both)).toBe(false);
  expect(isMeantFor(['https://x.example/servers/a/mcp'], '/servers/a/mcp', both)).toBe(true);
});

it('names that are no addresses are compared as texts', () => {
  expect(isSameAudience('gateway', 'Gateway')).toBe(false);
  expect(isSameAudience('https://a.example', 'https://a.example/')).toBe(true);
  expect(isSameAudience('https://a.example/x', 'https://a.example/x/')).toBe(false);
});
