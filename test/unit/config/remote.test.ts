import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { sourceOf } from '../../../src/config/kinds/kinds.js';
import type { RemotePlan } from '../../../src/config/kinds/remote/facts.js';
import { makePlan } from '../../../src/config/plan.js';
import { Redactor } from '../../../src/observe/redact.js';
import { ADDRESS, load, plan, refusal, removeFolders } from './workspace.js';

afterAll(removeFolders);

const URL = 'https://a.example/mcp';
const SECRET = 'made-up-secret-0123';
const far = (entry: object) => ({ mcpServers: { far: entry } });
const ref = (name: string) => `\${${name}}`;

async function planned(entry: object, env: Record<string, string> = {}) {
  const { servers, warnings } = await plan(far(entry), { MCP_ENDPOINT: ADDRESS, ...env });
  return { server: servers[0] as unknown as RemotePlan, warnings };
}

describe('an entry of a remote server', () => {
  test.each<[object, object]>([
    [{ url: URL }, { kind: 'http', remote: { url: URL, headers: {}, network: {} } }],
    [{ url: ` "${URL}#part" ` }, { remote: { url: URL } }],
    [
      { type: 'sse', serverUrl: 'http://h/sse' },
      { kind: 'sse', remote: { url: 'http://h/sse' } },
    ],
    [
      { url: '', httpUrl: URL, command: '', args: [], env: {} },
      { kind: 'http', remote: { url: URL } },
    ],
    [{ url: 'wss://h/x' }, { kind: 'ws', remote: { url: 'wss://h/x' } }],
    [{ url: URL, headers: { A: 'b ' } }, { remote: { headers: { A: 'b' } } }],
    [{ url: URL, headers: { A: `x ${ref('T')}` } }, { remote: { headers: { A: 'x t' } } }],
    [{ url: `https://${ref('T')}/mcp` }, { remote: { url: 'https://t/mcp' } }],
    [{ url: URL, ipv4Only: true }, { remote: { network: { isIpv4Only: true } } }],
    [{ url: URL, insecureHost: 'a.example' }, { remote: { network: { insecureHost: 'a.example' } } }],
    [
      { url: 'https://nas:8443/mcp', insecureHost: 'nas' },
      { remote: { network: { insecureHost: 'nas:8443' } } },
    ],
    [{ url: URL, ca: '/ca.pem' }, { remote: { network: { ca: '/ca.pem' } } }],
    [
      { url: URL, cert: '/c.pem', key: '/k.pem' },
      { remote: { network: { clientCertificate: { cert: '/c.pem', key: '/k.pem' } } } },
    ],
    [
      { url: URL, headersCommand: `op read "op://a b/c" 'd'` },
      { remote: { headersCommand: { command: 'op', args: ['read', 'op://a b/c', 'd'] } } },
    ],
    [
      { url: URL, headersHelper: '/bin/h x' },
      { remote: { headersCommand: { command: '/bin/h', args: ['x'] } } },
    ],
    [
      { url: URL, headersCommand: { command: 'op', args: ['read', 1], cwd: '/' }, env: { A: 'b' } },
      { remote: { headersCommand: { command: 'op', args: ['read', '1'], cwd: '/', env: { A: 'b' } } } },
    ],
  ])('%j is planned', async (entry, expected) => {
    const { server } = await planned(entry, { T: 't' });
    expect(server).toMatchObject(expected);
  });

  test.each<[object, string, string]>([
    [{ type: 'http' }, 'no-url', 'url'],
    [{ type: 'http', url: ' ' }, 'no-url', 'url'],
    [{ type: 'http', url: 'a.example/mcp' }, 'url-no-address', 'url'],
    [{ url: 'localhost:8123/api/mcp' }, 'url-no-address', 'url'],
    [{ url: 'the server' }, 'url-no-address', 'url'],
    [{ url: 'ftp://h/' }, 'url-scheme', 'url'],
    [{ type: 'http', url: 'wss://h/' }, 'url-of-other-kind', 'url'],
    [{ type: 'ws', url: URL }, 'url-of-other-kind', 'url'],
    [{ type: 'http', command: 'node' }, 'type-contradicted', 'type'],
    [{ type: 'stdio', url: URL }, 'type-contradicted', 'type'],
    [{ url: URL, headers: { 'no name': 'x' } }, 'bad-header', 'headers["no name"]'],
    [{ url: URL, headers: { A: 'a\nb' } }, 'bad-header', 'headers.A'],
    [{ url: URL, headers: { A: ref('GONE') } }, 'missing-variable', 'headers.A'],
    [{ url: URL, headers: 'A: b' }, 'shape', 'headers'],
    [{ url: URL, headersCommand: ' ' }, 'no-headers-command', 'headersCommand'],
    [{ url: URL, headersCommand: { args: ['x'] } }, 'shape', 'headersCommand'],
    [{ url: URL, headersHelper: '' }, 'no-headers-command', 'headersHelper'],
    [{ url: URL, insecureHost: 'b.example' }, 'insecure-host', 'insecureHost'],
    [{ url: URL, insecureHost: '*' }, 'insecure-host', 'insecureHost'],
    [{ url: URL, cert: '/c.pem' }, 'half-certificate', 'cert'],
    [{ url: URL, proxy: 'socks5://h:1' }, 'server-proxy', 'proxy'],
  ])('%j is refused as %s', async (entry, id, key) => {
    const findings = await refusal(plan(far(entry), { MCP_ENDPOINT: ADDRESS }));
    const errors = findings.filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ id, path: `mcpServers.far.${key}` }]);
  });

  test.each<[object, string, string]>([
    [{ url: `https://me:${SECRET}@a.example/mcp` }, 'url-login', 'url'],
    [{ url: URL, headers: { Accept: 'text/html' } }, 'header-of-protocol', 'headers.Accept'],
    [{ url: URL, env: { A: 'b' } }, 'env-of-remote', 'env'],
    [{ url: URL, args: ['x'], command: ' ' }, 'keys-of-other-kind', 'args'],
    [{ command: 'node', headers: { A: 'b' } }, 'keys-of-other-kind', 'headers'],
    [{ command: 'node', url: URL }, 'keys-of-other-kind', 'url'],
  ])('%j gets the warning %s', async (entry, id, key) => {
    const { warnings } = await planned(entry);
    expect(warnings).toMatchObject([{ id, path: `mcpServers.far.${key}` }]);
  });

  it('may fill its headers from its own env', async () => {
    const env = { LOGIN: `Bearer ${ref('KEY')}`, KEY: SECRET };
    const { server, warnings } = await planned({ url: URL, headers: { Authorization: ref('LOGIN') }, env });
    expect(server.remote.headers).toEqual({ Authorization: `Bearer ${SECRET}` });
    expect(warnings).toEqual([]);
  });

  it('suggests the whole address, without encryption only near by', async () => {
    const advice = async (url: string) =>
      (await refusal(plan(far({ type: 'http', url }))))[0]!.next.split(' ').at(-1);
    expect(await advice('a.example/mcp')).toBe('https://a.example/mcp');
    expect(await advice('homeassistant.local:8123/api/mcp')).toBe('http://homeassistant.local:8123/api/mcp');
    expect(await advice('192.168.1.2/mcp')).toBe('http://192.168.1.2/mcp');
  });

  it('sends a login of the address as a header', async () => {
    const { server } = await planned({ url: 'https://me:p%40ss@a.example/mcp' });
    expect(server.remote).toMatchObject({ url: URL, headers: { Authorization: 'Basic bWU6cEBzcw==' } });
  });
});

describe('a remote server of the command line', () => {
  const planOf = async (more: object, env: Record<string, string> = {}) => {
    const config = await load({ mcpServers: {} }, { MCP_ENDPOINT: ADDRESS, ...env });
    const remote = { type: undefined, url: URL, headers: {}, ...more };
    return makePlan(config, { cwd: config.folder, target: { remote } });
  };

  it('is named by its host, and read as an entry', async () => {
    const headers = { Authorization: `Bearer ${ref('T')}` };
    const { servers, secrets } = await planOf({ headers }, { T: SECRET });
    expect(servers).toMatchObject([
      {
        name: 'a.example',
        kind: 'http',
        remote: { url: URL, headers: { Authorization: `Bearer ${SECRET}` } },
      },
    ]);
    expect(secrets).toContain(SECRET);
    expect((await planOf({ url: 'wss://b.example/' })).servers).toMatchObject([{ kind: 'ws' }]);
    expect((await planOf({ type: 'sse' })).servers).toMatchObject([{ kind: 'sse' }]);
  });

  test.each<[object, string, string]>([
    [{ type: 'ws' }, 'url-of-other-kind', '--ws'],
    [{ headers: { A: ref('GONE') } }, 'missing-variable', '--header A'],
    [{ insecureHost: 'b.example' }, 'insecure-host', '--insecure'],
    [{ url: 'ftp://h/' }, 'url-scheme', 'URL'],
  ])('with %j is refused as %s at %s', async (more, id, path) => {
    expect(await refusal(planOf(more))).toMatchObject([{ id, path }]);
  });

  it('goes without the check of a certificate for its own host alone', async () => {
    const { servers } = await planOf({ insecureHost: 'a.example' });
    expect(servers).toMatchObject([{ remote: { network: { insecureHost: 'a.example' } } }]);
  });
});

describe('the proxy of a remote server', () => {
  const proxyOf = async (entry: object, env: Record<string, string>, options = {}) => {
    const { servers } = await plan(far({ url: URL, ...entry }), { MCP_ENDPOINT: ADDRESS, ...env }, options);
    const { proxy } = (servers[0] as unknown as RemotePlan).remote.network;
    return proxy && String(proxy);
  };
  const env = { HTTPS_PROXY: 'http://me:secret-login@of-env:3128' };

  it('is that of the entry, else that of the environment, unless there shall be none', async () => {
    expect(await proxyOf({}, env)).toBe('of-env:3128');
    expect(await proxyOf({ proxy: 'http://own:1' }, env)).toBe('own:1');
    expect(await proxyOf({ proxy: 'none' }, env)).toBeUndefined();
    expect(await proxyOf({}, { ...env, NO_PROXY: 'a.example' })).toBeUndefined();
    expect(await proxyOf({}, env, { noProxy: true })).toBeUndefined();
  });

  it('has a login that is hidden', async () => {
    const { secrets } = await plan(far({ url: URL }), { MCP_ENDPOINT: ADDRESS, ...env });
    expect(secrets).toContain('secret-login');
  });
});

describe('secrets of a remote server', () => {
  const entry = {
    url: `https://a.example/mcp/0123456789abcdef0123456789abcdef?key=${SECRET}-1`,
    headers: {
      Authorization: `Bearer ${SECRET}-2`,
      'X-Mine': `${SECRET}-3`,
      Cookie: `a=${SECRET}-4`,
      Accept: '*',
    },
    headersCommand: { command: 'op', args: ['--token', ref('HC')] },
  };
  const env = { MCP_ENDPOINT: ADDRESS, HC: `${SECRET}-5` };

  it('are in no printed form of configuration, plan and source', async () => {
    const config = await load(far(entry), env);
    const made = makePlan(config, { cwd: config.folder });
    const printed = [config, made, made.servers[0], sourceOf(made.servers[0]!, config.settings).shown];
    for (const one of printed) {
      const text = `${inspect(one, { depth: 9 })}${JSON.stringify(one)}`;
      expect(text).not.toMatch(/made-up-secret-0123-[1-4]|0123456789abcdef/);
    }
    expect(JSON.stringify(made.servers)).toContain('a.example');
  });

  it('are known to the redactor, but for values that name nothing', async () => {
    const { secrets } = await plan(far(entry), env);
    const redactor = new Redactor([...secrets]);
    for (const i of [1, 2, 3, 4]) expect(redactor.redact(`x ${SECRET}-${i} y`)).toBe('x [redacted] y');
    expect(secrets.some((value) => value.length < 6)).toBe(false);
  });
});

describe('a changed entry of a remote server', () => {
  const diffOf = async (before: object, after: object, settings: object = {}) => {
    const [old, next] = [await plan(far(before)), await plan({ ...far(after), settings })];
    return diffPlan(old, next).servers;
  };

  test.each<[object, object, string[]]>([
    [{}, { url: 'https://b.example/mcp' }, ['remote.url']],
    [{ headers: { A: 'b' } }, { headers: { A: 'c' } }, ['remote.headers.A']],
    [{}, { ipv4Only: true }, ['remote.network.isIpv4Only']],
    [{ proxy: 'http://h:1' }, { proxy: 'http://h:2' }, ['remote.network.proxy']],
    [
      { headersCommand: { command: 'a', cwd: '/' } },
      { headersCommand: { command: 'b', cwd: '/' } },
      ['remote.headersCommand.command'],
    ],
    [{}, { type: 'sse' }, ['kind']],
  ])('%j -> %j opens it again', async (before, after, keys) => {
    const servers = await diffOf({ url: URL, ...before }, { url: URL, ...after });
    expect(servers).toEqual([{ name: 'far', change: 'restarted', keys }]);
  });

  it('opens it again for a setting that a life has, and for no other', async () => {
    const entry = { url: URL };
    expect(await diffOf(entry, entry, { maxFrameBytes: 5_000_000 })).toMatchObject([{ change: 'restarted' }]);
    expect(await diffOf(entry, entry, { holdTimeoutMs: 1_234 })).toMatchObject([{ change: 'kept' }]);
    expect(await diffOf(entry, { url: URL, tools: ['a'] })).toMatchObject([{ change: 'updated' }]);
  });
});

describe.each(['remote.md', 'vi/remote.md'])('docs/%s', (page) => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs', page), 'utf8');
  const blocks = [...text.matchAll(/```json\n([^`]*)```/g)].map(([, block]) => block!);
  const env = { MCP_ENDPOINT: ADDRESS, HA_TOKEN: 'x', WEATHER_KEY: 'x', LAB_TOKEN: 'x' };

  it.each(blocks)('shows a configuration without a mistake: %s', async (block) => {
    const { servers, warnings } = await plan(block, env);
    expect(servers.length).toBeGreaterThan(1);
    expect(warnings).toEqual([]);
  });
});
