import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { runs } from '../../helpers/runs.js';

const fixed = { seed: 20_251_125, numRuns: runs(500) };

// Long enough that a match is no accident.
const token = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9]{6}$/), fc.string({ unit: 'grapheme', maxLength: 60 }))
  .map(([start, rest]) => `tk_${start}${rest}`);

const base = 'wss://api.xiaozhi.me/mcp/';

describe('an endpoint', () => {
  test('never reveals its token, however it is printed', () => {
    fc.assert(
      fc.property(token, fc.constantFrom('', 'user:tk_password@'), (secret, login) => {
        const address = `wss://${login}api.xiaozhi.me/mcp/?token=${encodeURIComponent(secret)}&v=1`;
        const endpoint = new Endpoint(address);
        const printed = [
          String(endpoint),
          `${endpoint}`,
          JSON.stringify(endpoint),
          JSON.stringify({ links: [{ endpoint }] }),
          inspect(endpoint, { showHidden: true, depth: 10 }),
          inspect(endpoint, { customInspect: false, showHidden: true }),
          inspect({ links: [endpoint] }, { depth: 10, getters: false }),
          format('%s %o %j', endpoint, endpoint, endpoint),
          JSON.stringify({ ...endpoint }),
        ];
        const secrets = [...endpoint.secrets.filter((value) => value.startsWith('tk_')), secret.slice(0, 9)];
        for (const text of printed) for (const value of secrets) expect(text).not.toContain(value);
        expect(endpoint.href).toContain(encodeURIComponent(secret).slice(0, 9));
      }),
      fixed,
    );
  });

  test('prints scheme, host, path and a fingerprint', () => {
    const endpoint = new Endpoint(`${base}?token=abc`);
    expect(String(endpoint)).toBe(`${base}?token=#${endpoint.fingerprint}`);
    expect(endpoint.fingerprint).toMatch(/^[0-9a-f]{8}$/);
    expect(inspect(endpoint)).toBe(`Endpoint ${endpoint}`);
    expect(String(new Endpoint('ws://127.0.0.1:8080/mcp'))).toBe('ws://127.0.0.1:8080/mcp');
  });

  test('has the same fingerprint for the same host and token only', () => {
    const { fingerprint } = new Endpoint(`${base}?token=abc`);
    expect(new Endpoint(`${base}?v=2&token=abc`).fingerprint).toBe(fingerprint);
    expect(new Endpoint(`${base}?token=abd`).fingerprint).not.toBe(fingerprint);
    expect(new Endpoint('wss://other.example/mcp/?token=abc').fingerprint).not.toBe(fingerprint);
  });

  test.each([
    ['ws://127.0.0.1:8004/mcp/?token=abc', 'ws://[::ffff:127.0.0.1]:8004/mcp/?token=abc'],
    ['ws://127.0.0.1:8004/mcp/?token=abc', 'ws://127.1:8004/mcp/?token=abc'],
    ['ws://127.0.0.1:8004/mcp/?token=abc', 'ws://0x7f000001:8004/mcp/?token=abc'],
    ['ws://127.0.0.1:8004/mcp/?token=abc', 'ws://LOCALHOST.:8004/mcp/?token=abc'],
    ['ws://127.0.0.1:8004/mcp/?token=abc', 'ws://[0:0:0:0:0:0:0:1]:8004/mcp/?token=abc'],
    ['ws://127.0.0.1:8004/mcp/?token=abc', 'ws://0.0.0.0:8004/mcp/?token=abc'],
    ['ws://127.0.0.1:8004/mcp/?token=abc', 'ws://%31%32%37.0.0.1:8004/mcp/?token=%61bc'],
    ['ws://10.0.0.7:8004/mcp/?token=abc', 'ws://[::ffff:a00:7]:8004/mcp/?token=abc'],
    ['ws://[fe80::1]:8004/mcp/?token=abc', 'ws://[FE80:0::0001]:8004/mcp/?token=abc'],
    [`${base}?token=abc`, 'wss://API.xiaozhi.me.:443/mcp/?token=abc#part'],
    [`${base}?token=abc`, 'WSS://api.xiaozhi.me/./mcp/?token=abc'],
    ['ws://h.example/a/b', 'ws://H.example.:80/%61/b#part'],
    ['ws://h.example/a%2fb?x=%c3%a9', 'ws://h.example/a%2Fb?x=%C3%A9'],
    ['ws://127.0.0.1:8080/mcp', 'ws://[::1]:8080/mcp'],
  ])('is one for two spellings of its address: %s, %s', (one, other) => {
    expect(new Endpoint(other).identity).toBe(new Endpoint(one).identity);
    expect(new Endpoint(other).fingerprint).toBe(new Endpoint(one).fingerprint);
  });

  test.each([
    ['ws://127.0.0.1:8004/?token=abc', 'ws://127.0.0.1:8005/?token=abc'],
    ['ws://10.0.0.7/?token=abc', 'ws://[::a00:7]/?token=abc'],
    ['ws://h.example/?token=abc', 'ws://h.example/?token=ABC'],
    ['ws://h.example/a', 'ws://h.example/A'],
    ['ws://h.example/a/b', 'ws://h.example/a%2Fb'],
    ['ws://h.example/', 'wss://h.example/'],
    ['ws://one:pw@h.example/', 'ws://two:pw@h.example/'],
    ['ws://h.example/?token=/a', 'ws://h.example/a'],
  ])('is another one for another address: %s, %s', (one, other) => {
    expect(new Endpoint(other).identity).not.toBe(new Endpoint(one).identity);
  });

  test('lists its token in every spelling that a message may hold', () => {
    const { secrets, token } = new Endpoint(`${base}?token=a%2Fb%3D%3D&key=x/y=z`);
    expect(token).toBe('a/b==');
    expect(secrets).toEqual(expect.arrayContaining(['a/b==', 'a%2Fb%3D%3D', 'x/y=z', 'x%2Fy%3Dz']));
    expect(secrets).not.toContain('');
  });

  test('has an empty token where the address names none', () => {
    expect(new Endpoint(base).token).toBe('');
    expect(new Endpoint(base).secrets).toEqual([]);
  });

  test.each([
    ['', 'not a URL'],
    ['tk_secret', 'not a URL'],
    ['api.xiaozhi.me/mcp/?token=tk_secret', 'not a URL'],
    ['https://api.xiaozhi.me/mcp/?token=tk_secret', 'https:// instead of ws:// or wss://'],
  ])('refuses %j without repeating it', (address, words) => {
    const refusal = inspect(attempt(() => new Endpoint(address)));
    expect(refusal).toContain('TypeError');
    expect(refusal).toContain(words);
    expect(refusal).not.toContain('tk_secret');
  });
});

function attempt(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
}

describe('a secret in the path', () => {
  test.each([
    'wss://h.example/mcp/s3cretT0kenValue91/',
    'wss://h.example/0123456789abcdef0123456789abcdef/mcp',
    'wss://h.example/mcp/3f2a8c1e-77b4-4c1d-9a0e-5b6c7d8e9f01',
    'wss://h.example/token/abcdefgh/',
    'wss://h.example/key/simple',
    'ws://h.example/mcp/sk_live_51HxQ9AbCdEfGh',
    'wss://h.example/x/eyJhbGciOiJub25lIn0.bm90aGluZw.c2lnbmF0dXJl',
    'wss://h.example/mcp/a1b2%2Bc3d4e5f6/?v=1',
  ])('is neither printed nor left out of what is hidden: %s', (address) => {
    const endpoint = new Endpoint(address);
    const [secret] = new URL(address).pathname
      .split('/')
      .filter((part) => part.length > 5 && !['token', 'h.example'].includes(part));
    expect(String(endpoint)).not.toContain(secret);
    expect(String(endpoint)).toMatch(/^wss?:\/\/h\.example\/.*#[0-9a-f]{8}/);
    expect(endpoint.secrets).toContain(secret);
    expect(endpoint.href).toContain(secret);
  });

  test('two of them are told apart', () => {
    const [a, b] = ['s3cretT0kenValue91', 's3cretT0kenValue92'].map((one) =>
      String(new Endpoint(`wss://h/${one}`)),
    );
    expect(a).not.toBe(b);
  });

  test.each([
    'wss://api.xiaozhi.me/mcp/',
    'ws://h/mcp_endpoint/mcp/',
    'ws://h/api/v1/websocket-endpoint/server2/',
    'ws://h/my-home-assistant-bridge/mcp_server_sse/',
  ])('words are no secrets: %s', (address) => {
    const endpoint = new Endpoint(address);
    expect([String(endpoint), endpoint.secrets]).toEqual([address, []]);
  });
});
