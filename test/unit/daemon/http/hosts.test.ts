import { Script } from 'node:vm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type HostsPlan, refuseForeign } from '../../../../src/daemon/http/hosts.js';
import { OriginPatterns } from '../../../../src/daemon/http/origin-patterns.js';

const plan = (over: Partial<HostsPlan> = {}): HostsPlan => ({
  ...{ host: '127.0.0.1', isAsked: false, allowedHosts: [], allowedOrigins: [] },
  ...over,
});
const isServed = (host: string | undefined, over: Partial<HostsPlan> = {}, origin?: string) =>
  refuseForeign({ ...(host === undefined ? {} : { host }), ...(origin ? { origin } : {}) }, plan(over)) ===
  undefined;

describe('the Host of a request', () => {
  it.each([
    'localhost:8080',
    '127.0.0.1:8080',
    '127.0.0.1',
    '[::1]:8080',
    'LOCALHOST:1',
    '127.1',
    'localhost.:8080',
  ])('this machine is served as %s', (host) => expect(isServed(host)).toBe(true));
  it.each([
    'evil.example.com',
    'evil.example.com:8080',
    'localhost.evil.example.com',
    '127.0.0.1.nip.io',
    '192.168.1.5:8080',
    'mcp-pipe:8080',
    '',
    'a b',
    '[::1',
    'localhost:8080@evil.example.com',
  ])('on loopback, %s is refused', (host) => expect(isServed(host)).toBe(false));
  it('a request without one is refused', () => expect(isServed(undefined)).toBe(false));

  it('on every address, the names of other sites are refused, and no name of the local network is', () => {
    const host = '0.0.0.0';
    for (const name of ['192.168.1.5:8080', '[fe80::1]:80', 'mcp-pipe:8080', 'nas.local', '203.0.113.9'])
      expect([name, isServed(name, { host })]).toEqual([name, true]);
    expect(isServed('evil.example.com', { host })).toBe(false);
    expect(isServed('evil.example.com', { host, isAsked: true })).toBe(true);
  });

  it('the public address is a name of it, and pages of that origin are its own, whatever Host a proxy sends', () => {
    const publicUrl = 'https://mcp.example.com/gw';
    expect(isServed('mcp.example.com', { publicUrl })).toBe(true);
    expect(isServed('other.example.com', { publicUrl })).toBe(false);
    expect(isServed('127.0.0.1:8080', { publicUrl }, 'https://mcp.example.com')).toBe(true);
    expect(isServed('127.0.0.1:8080', { publicUrl }, 'http://mcp.example.com')).toBe(false);
    expect(isServed('127.0.0.1:8080', { publicUrl }, 'https://mcp.example.com.evil.example')).toBe(false);
  });

  it('further names are those of the configuration, with any port', () => {
    expect(isServed('mcp.example.com', { allowedHosts: ['MCP.example.com'] })).toBe(true);
    expect(isServed('mcp.example.com:8443', { allowedHosts: ['mcp.example.com:443'] })).toBe(true);
    expect(isServed('xmcp.example.com', { allowedHosts: ['mcp.example.com'] })).toBe(false);
    expect(isServed('any.example.com', { allowedHosts: ['*'] })).toBe(true);
    expect(isServed('10.0.0.5:8080', { host: '10.0.0.5' })).toBe(true);
  });
});

describe('the Origin of a request', () => {
  it('its own pages may use it, others may not', () => {
    expect(isServed('localhost:8080', {}, 'http://localhost:8080')).toBe(true);
    expect(isServed('localhost:8080', {}, 'http://localhost:3000')).toBe(false);
    expect(isServed('localhost:8080', {}, 'http://evil.example.com')).toBe(false);
    expect(isServed('localhost:8080', {}, 'null')).toBe(false);
    expect(isServed('localhost:8080', {}, 'nonsense')).toBe(false);
  });

  it('those of the configuration may, by scheme, name and port', () => {
    const allowedOrigins = ['https://app.example.com', 'http://localhost:3000/', 'vscode-webview://abc'];
    const may = (origin: string) => isServed('localhost', { allowedOrigins }, origin);
    expect(may('https://app.example.com')).toBe(true);
    expect(may('http://localhost:3000')).toBe(true);
    expect(may('vscode-webview://abc')).toBe(true);
    expect(may('vscode-webview://abd')).toBe(false);
    expect(may('http://app.example.com')).toBe(false);
    expect(may('https://app.example.com:8443')).toBe(false);
    expect(may('https://app.example.com.evil.example')).toBe(false);
    expect(may('null')).toBe(false);
    expect(isServed('localhost', { allowedOrigins: ['*'] }, 'null')).toBe(true);
  });
});

describe('a pattern of origins', () => {
  const allows = (pattern: string, origin: string) =>
    isServed('localhost', { allowedOrigins: ['https://one.example.org', pattern] }, origin);
  it.each([
    ['/^https:\\/\\/[a-z0-9-]+\\.example\\.com$/', 'https://app.example.com', true],
    ['/^https:\\/\\/[a-z0-9-]+\\.example\\.com$/', 'https://APP.example.com:443', true],
    ['/^https:\\/\\/[a-z0-9-]+\\.example\\.com$/', 'http://app.example.com', false],
    ['/^https:\\/\\/[a-z0-9-]+\\.example\\.com$/', 'https://app.example.com:8443', false],
    ['/^https:\\/\\/[a-z0-9-]+\\.example\\.com$/', 'https://evil.org/https://app.example.com', false],
    // As with supergateway: it is searched for, and so it matches other sites.
    ['/example\\.com$/', 'https://evil-example.com', true],
    ['/example\\.com/', 'https://example.com.evil.org', true],
    ['/.*/', 'null', false],
    ['/.*/', `https://${'a'.repeat(300)}`, false],
    ['/nothing/', 'https://one.example.org', true],
  ])('%s, asked by %s', (pattern, origin, isAllowed) => expect(allows(pattern, origin)).toBe(isAllowed));

  it('that takes for ever is given up, whoever asks, and the other origins are let in as before', () => {
    const patterns = new OriginPatterns(['/^https:\\/\\/(([a-z]+)+\\.)*com$/']);
    expect(patterns.matches('https://example.com')).toBe(true);
    // Each of them alone would take years.
    for (let i = 0; i < 50; i++) expect(patterns.matches(`https://${'a'.repeat(60)}${i}.org`)).toBe(false);
    expect(patterns.matches('https://example.com')).toBe(true);
  });

  it('is not given up for a moment in which the machine was busy', () => {
    const run = vi.spyOn(Script.prototype, 'runInContext');
    onTestFinished(() => run.mockRestore());
    for (let i = 0; i < 2; i++)
      run.mockImplementationOnce(() => {
        throw new Error('Script execution timed out after 100ms');
      });
    const patterns = new OriginPatterns(['/^https:\\/\\/example\\.com$/']);
    expect(patterns.matches('https://example.com')).toBe(true);
    expect(run).toHaveBeenCalledTimes(3);
  });
});
