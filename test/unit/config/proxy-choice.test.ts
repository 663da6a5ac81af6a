import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Environment } from '../../../src/config/environment.js';
import { isExcepted, proxyChooser } from '../../../src/config/proxy-choice.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';

function choice(address: string, variables: Record<string, string>) {
  return proxyChooser(new Environment(variables, '/', 'linux'), false)(new Endpoint(address));
}

const through = (address: string, variables: Record<string, string>) => {
  const { proxy, variable } = choice(address, variables);
  return proxy && `${variable} ${proxy}`;
};

const WSS = 'wss://api.xiaozhi.me/mcp/?token=abc';
const WS = 'ws://10.1.2.3:8004/mcp/?token=abc';

describe('the proxy of an endpoint', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    [WSS, {}, undefined],
    [WSS, { HTTPS_PROXY: 'http://p:1' }, 'HTTPS_PROXY p:1'],
    [WSS, { https_proxy: 'http://p:1' }, 'https_proxy p:1'],
    [WSS, { https_proxy: 'http://small:1', HTTPS_PROXY: 'http://large:1' }, 'https_proxy small:1'],
    // An empty one says "none".
    [WSS, { https_proxy: '', HTTPS_PROXY: 'http://large:1' }, undefined],
    [WSS, { https_proxy: '', ALL_PROXY: 'http://all:1' }, 'ALL_PROXY all:1'],
    [WSS, { HTTP_PROXY: 'http://p:1' }, undefined],
    [WSS, { HTTP_PROXY: 'http://p:1', all_proxy: 'all:1' }, 'all_proxy all:1'],
    [WSS, { WSS_PROXY: 'http://w:1', HTTPS_PROXY: 'http://p:1' }, 'WSS_PROXY w:1'],
    [WS, { HTTP_PROXY: 'http://p:1' }, 'HTTP_PROXY p:1'],
    [WS, { http_proxy: 'http://p:1' }, 'http_proxy p:1'],
    [WS, { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://s:1' }, 'HTTPS_PROXY s:1'],
    [WS, { ALL_PROXY: 'http://all:1' }, 'ALL_PROXY all:1'],
    [WS, { ws_proxy: 'http://w:1', HTTPS_PROXY: 'http://p:1' }, 'ws_proxy w:1'],
    // As curl and Python do it.
    ['ws://127.0.0.1:8004/', { HTTP_PROXY: 'p:1' }, 'HTTP_PROXY p:1'],
    [WSS, { HTTPS_PROXY: ' proxy.corp ' }, 'HTTPS_PROXY proxy.corp:80'],
    [WSS, { HTTPS_PROXY: 'https://proxy.corp' }, 'HTTPS_PROXY proxy.corp:443'],
    [WSS, { HTTPS_PROXY: 'http://[::1]:3128/' }, 'HTTPS_PROXY [::1]:3128'],
    [WSS, { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'xiaozhi.me' }, undefined],
    [WSS, { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x', no_proxy: 'api.xiaozhi.me:443' }, undefined],
    [WSS, { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'xiaozhi.me', no_proxy: '' }, 'HTTPS_PROXY p:1'],
    ['ws://[::ffff:10.1.2.3]/', { HTTP_PROXY: 'p:1', NO_PROXY: '10.0.0.0/8' }, undefined],
  ])('of %s with %j is %s', (address, variables, expected) => {
    expect(through(address, variables)).toBe(expected);
  });

  test('is none with --no-proxy', () => {
    const environment = new Environment({ HTTPS_PROXY: 'http://p:1' }, '/');
    expect(proxyChooser(environment, true)(new Endpoint(WSS)).proxy).toBeUndefined();
  });

  test.each([
    ['socks5://tk_user:tk_password@127.0.0.1:1080', 'proxy-socks'],
    ['SOCKS5H://127.0.0.1:1080', 'proxy-socks'],
    ['socks://127.0.0.1:1080', 'proxy-socks'],
    ['ftp://tk_user:tk_password@h', 'proxy-no-address'],
    ['http://', 'proxy-no-address'],
    ['tk_user:tk_password@:x', 'proxy-no-address'],
  ])('that cannot be used (%s) is a warning that keeps its login to itself', (value, id) => {
    const { proxy, findings, secrets } = choice(WSS, { HTTPS_PROXY: value });
    expect(proxy).toBeUndefined();
    expect(findings).toMatchObject([{ severity: 'warning', code: 'CONFIG_PROXY', id, path: 'HTTPS_PROXY' }]);
    expect(JSON.stringify(findings)).not.toContain('tk_');
    if (value.includes('tk_')) expect(secrets).toContain('tk_password');
  });

  test('shows its host and port alone, however it is printed, and tells every spelling of its login', () => {
    const { proxy, secrets } = choice(WSS, { HTTPS_PROXY: 'http://tk_user:tk%40pass@p:1' });
    const printed = [
      String(proxy),
      `${proxy}`,
      JSON.stringify({ proxy }),
      inspect(proxy),
      inspect({ proxy }, { showHidden: true }),
    ];
    for (const text of printed) expect(text).not.toMatch(/tk_user|tk%40|tk@/);
    expect(secrets).toEqual(
      expect.arrayContaining([
        'tk%40pass',
        'tk@pass',
        'tk_user:tk@pass',
        Buffer.from('tk_user:tk@pass').toString('base64'),
      ]),
    );
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['h.example', '80', '*'],
    ['h.example', '80', 'a, *'],
    ['h.example', '80', 'h.example'],
    ['h.example', '80', 'H.Example.'],
    ['h.example', '80', 'other h.example'],
    ['a.h.example', '80', 'h.example'],
    ['a.h.example', '80', '.h.example'],
    ['a.h.example', '80', '*.h.example'],
    ['h.example', '80', '.h.example'],
    ['h.example', '8004', 'h.example:8004'],
    ['10.1.2.3', '80', '10.1.2.3'],
    ['10.1.2.3', '80', '10.0.0.0/8'],
    ['10.1.2.3', '80', '127.0.0.1,10.1.2.0/24'],
    ['10.1.2.3', '80', '::ffff:10.1.2.3'],
    ['192.168.1.9', '80', '0.0.0.0/0'],
    ['fe80::1', '80', 'fe80::/10'],
    ['fe80::1', '80', '[fe80::]/10'],
    ['fe80::1', '80', 'FE80:0::1'],
    ['fe80::1', '80', '[fe80::1]'],
    ['fe80::1', '8004', '[fe80::1]:8004'],
    ['localhost', '80', 'localhost'],
  ])('names %s:%s in %j', (host, port, exceptions) => {
    expect(isExcepted(host, port, exceptions)).toBe(true);
  });

  test.each([
    ['h.example', '80', ''],
    ['h.example', '80', ' , '],
    ['h.example', '80', '.'],
    ['h.example', '80', 'ample'],
    ['notexample.org', '80', 'example.org'],
    ['h.example', '80', 'a.h.example'],
    ['h.example', '80', 'h.example:8004'],
    ['10.1.2.3', '80', '10.1.2.0/25,10.2.0.0/16'.replace('10.1.2.0/25', '10.1.3.0/24')],
    ['10.1.2.3', '80', '10.0.0.0/33'],
    ['10.1.2.3', '80', '10'],
    ['10.1.2.3', '80', '2.3'],
    ['10.1.2.3', '80', 'fe80::/10'],
    ['h.example', '80', '0.0.0.0/0'],
    ['fe80::1', '80', '10.0.0.0/8'],
    ['fe80::1', '80', '[fe80::1]:8004'],
    ['fe80::1', '80', '1'],
  ])('does not name %s:%s in %j', (host, port, exceptions) => {
    expect(isExcepted(host, port, exceptions)).toBe(false);
  });
});
