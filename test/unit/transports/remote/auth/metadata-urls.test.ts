import { describe, expect, test } from 'vitest';
import {
  authorizationServerUrls,
  coversServer,
  isSafeFor,
  resourceMetadataUrls,
  resourceOf,
} from '../../../../../src/transports/remote/auth/metadata-urls.js';

const texts = (urls: readonly URL[]) => urls.map(({ href }) => href);

describe('where metadata is', () => {
  test.each([
    [
      'https://x/mcp',
      [
        'https://x/.well-known/oauth-protected-resource/mcp',
        'https://x/.well-known/oauth-protected-resource',
      ],
    ],
    [
      'https://x/a/b/?q=1',
      [
        'https://x/.well-known/oauth-protected-resource/a/b?q=1',
        'https://x/.well-known/oauth-protected-resource',
      ],
    ],
    ['https://x', ['https://x/.well-known/oauth-protected-resource']],
  ])('of the server %s', (server, expected) => {
    expect(texts(resourceMetadataUrls(new URL(server)))).toEqual(expected);
  });

  test.each([
    [
      'https://as',
      ['https://as/.well-known/oauth-authorization-server', 'https://as/.well-known/openid-configuration'],
    ],
    [
      'https://as/tenant/1/',
      [
        'https://as/.well-known/oauth-authorization-server/tenant/1',
        'https://as/.well-known/openid-configuration/tenant/1',
        'https://as/tenant/1/.well-known/openid-configuration',
      ],
    ],
  ])('of the authorization server %s', (issuer, expected) => {
    expect(texts(authorizationServerUrls(new URL(issuer)))).toEqual(expected);
  });
});

describe('a resource', () => {
  test.each([
    ['https://x/mcp', 'https://x/mcp', true],
    ['https://x', 'https://x/mcp', true],
    ['https://x/', 'https://x/mcp', true],
    ['https://x/mcp/', 'https://x/mcp', true],
    ['https://x/mc', 'https://x/mcp', false],
    ['https://x/mcp/other', 'https://x/mcp', false],
    ['https://y/mcp', 'https://x/mcp', false],
    ['http://x/mcp', 'https://x/mcp', false],
    ['https://x:8443/mcp', 'https://x/mcp', false],
    ['no address', 'https://x/mcp', false],
  ])('%s for the server %s: %s', (resource, server, expected) => {
    expect(coversServer(resource, new URL(server))).toBe(expected);
  });

  test('is spelled without slash behind a bare host', () => {
    expect(resourceOf(new URL('https://X/'))).toBe('https://x');
    expect(resourceOf(new URL('https://x/mcp?a=1#b'))).toBe('https://x/mcp?a=1');
  });
});

test.each([
  ['https://as/token', 'https://x/mcp', true],
  ['http://as/token', 'https://x/mcp', false],
  ['http://127.0.0.1:1/token', 'https://x/mcp', false],
  ['http://127.0.0.1:1/token', 'http://localhost:2/mcp', true],
  ['http://10.0.0.1/token', 'http://10.0.0.1/mcp', false],
  ['file:///etc/passwd', 'http://localhost/mcp', false],
])('a login of %s for the server %s is safe: %s', (url, server, expected) => {
  expect(isSafeFor(new URL(url), new URL(server))).toBe(expected);
});
