import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ResourceMetadata, type TokenSource } from '../../../../src/daemon/http/resource-metadata.js';

const paths = { http: ['/mcp2'], sse: [], message: [], ws: [], health: [] };
const at = (url: string, host = 'mcp.example.com') =>
  ({ url, headers: { host }, socket: {} }) as unknown as IncomingMessage;
const secure = (url: string) => ({ ...at(url), socket: { encrypted: true } }) as unknown as IncomingMessage;
const outside = (...audience: string[]): TokenSource => ({
  ...{ issuer: () => 'https://login.example.com', scopes: ['mcp.read'], audience },
});
const own: TokenSource = { issuer: (base) => base, scopes: [], audience: [] };
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

const metadata = (sources: TokenSource[], publicUrl?: string) =>
  new ResourceMetadata({ paths, ...(publicUrl === undefined ? {} : { publicUrl }) }, sources);

describe('metadata of the gateway', () => {
  it.each(['', '/', '/mcp', '/mcp/', '/mcp2', '/sse', '/ws', '/servers/there-is-none/mcp', '/agents/a/sse'])(
    'is that of the address %j',
    (path) => {
      expect(metadata([outside()]).answer(secure(WELL_KNOWN + path))).toEqual({
        resource: `https://mcp.example.com${path === '/' ? '' : path}`,
        authorization_servers: ['https://login.example.com'],
        scopes_supported: ['mcp.read'],
        bearer_methods_supported: ['header'],
        resource_name: 'mcp-pipe',
      });
    },
  );

  it.each([
    'x',
    '/status',
    '/health',
    '/servers',
    '/servers/a/b/c',
    '/servers/../mcp',
    '/servers/%zz/mcp',
    '//evil.example/mcp',
  ])('is not at %j', (path) => expect(metadata([outside()]).answer(at(WELL_KNOWN + path))).toBeUndefined());

  it('is nowhere without a login', () => {
    expect(metadata([]).answer(at(`${WELL_KNOWN}/mcp`))).toBeUndefined();
    expect(metadata([]).challenge(at('/mcp'))).toEqual({});
  });

  it('has every authorization server, the gateway itself under the name that the client uses among them', () => {
    const { authorization_servers } = metadata([own, outside(), outside()]).answer(
      at(`${WELL_KNOWN}/mcp`, 'LOCALHOST:8080'),
    ) as Record<string, unknown>;
    expect(authorization_servers).toEqual(['http://localhost:8080', 'https://login.example.com']);
  });

  it('names the configured audience that covers the address', () => {
    const both = metadata([
      outside('api://x', 'https://mcp.example.com', 'https://mcp.example.com/servers/a'),
    ]);
    const of = (path: string) => both.answer(secure(WELL_KNOWN + path));
    expect(of('/servers/a/mcp')).toMatchObject({ resource: 'https://mcp.example.com/servers/a' });
    expect(of('/servers/ab/mcp')).toMatchObject({ resource: 'https://mcp.example.com' });
    expect(metadata([outside('api://x')]).answer(secure(`${WELL_KNOWN}/mcp`))).toMatchObject({
      resource: 'https://mcp.example.com/mcp',
    });
  });

  it('behind a proxy has the public address, whatever Host says', () => {
    const one = metadata([outside()], 'https://example.com/pipe');
    expect(one.answer(at(`${WELL_KNOWN}/pipe/mcp`, '10.0.0.1:8080'))).toMatchObject({
      resource: 'https://example.com/pipe/mcp',
    });
    expect(one.answer(at(`${WELL_KNOWN}/mcp`, '10.0.0.1:8080'))).toMatchObject({
      resource: 'https://example.com/pipe/mcp',
    });
    expect(one.challenge(at('/mcp', '10.0.0.1:8080'))).toEqual({
      resource_metadata: `https://example.com${WELL_KNOWN}/pipe/mcp`,
      scope: 'mcp.read',
    });
  });
});

it.each([
  ['/servers/a/mcp?x=1', `${WELL_KNOWN}/servers/a/mcp`],
  ['/servers/a/messages/?session_id=1', `${WELL_KNOWN}/servers/a/messages/`],
  ['/status', WELL_KNOWN],
  ['/a"b', WELL_KNOWN],
  ['/servers/"a/mcp', WELL_KNOWN],
])('the challenge at %s names %s', (url, path) => {
  expect(metadata([own]).challenge(at(url))).toEqual({ resource_metadata: `http://mcp.example.com${path}` });
});
