// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import type { Target } from '../../../src/config/target.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, folderWith, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const KEY = '0123456789abcdef0123456789abcdef';
const OTHER = 'fedcba9876543210fedcba9876543210';
const config = (gateway: unknown, entry: object = {}) => ({
  mcpServers: { calc: { command: 'node', args: ['a.js'], cwd: '/', ...entry } },
  gateway,
});
const planned = (written: object, env: Record<string, string> = {}) =>
  plan(written, env, { gateway: 'configured' });
const idsOf = async (written: object, env: Record<string, string> = {}) =>
  (await refusal(planned(written, env))).map(({ id }) => id);
const warningsOf = async (written: object, env: Record<string, string> = {}) =>
  (await planned(written, env)).warnings.map(({ id }) => id);

describe('the section "gateway"', () => {
  test.each([true, {}])('%j is a gateway with the defaults, and needs no endpoint', async (written) => {
    const { gateway, links, servers, warnings } = await planned(config(written));
    expect(warnings).toEqual([]);
    expect(links).toEqual([]);
    expect(servers.map(({ name }) => name)).toEqual(['calc']);
    expect(gateway).toMatchObject({ host: '127.0.0.1', port: 8080, keys: {}, stateless: false });
  });

  test.each([undefined, false])('%j is none', async (written) => {
    const made = await plan(config(written), { MCP_ENDPOINT: ADDRESS }, { gateway: 'configured' });
    expect(made.gateway).toBeUndefined();
  });

  test('counts only for a run that asks for it', async () => {
    expect((await plan(config(true), { MCP_ENDPOINT: ADDRESS })).gateway).toBeUndefined();
    expect((await refusal(plan(config(true), {}))).map(({ id }) => id)).toEqual(['no-endpoint']);
  });

  test('servers with an endpoint are piped as well', async () => {
    const made = await planned({
      mcpServers: {
        calc: { command: 'node', args: ['a.js'], cwd: '/', endpoint: ADDRESS },
        files: { command: 'node', args: ['b.js'], cwd: '/' },
      },
      gateway: true,
    });
    expect(made.servers.map(({ name }) => name)).toEqual(['calc', 'files']);
    expect(made.links.map(({ servers }) => servers)).toEqual([['calc']]);
  });

  test('every key is read', async () => {
    const { gateway, warnings } = await planned(
      config({
        '//': 'Behind nginx.',
        host: '[::1]',
        port: '${PORT}',
        keys: { me: '${ME}', 'đội a': OTHER },
        allowedOrigins: ['https://App.example.com/', 'chrome-extension://abc'],
        allowedHosts: 'MCP.example.com',
        exposedHeaders: ['X-Trace'],
        stateless: 'true',
        sessionIdle: '5m',
        maxSessions: 7,
        maxBody: '16MB',
        insecureNoAuth: 'false',
        trustProxy: ['10.0.0.0/8', '::1'],
        tls: { cert: 'a/cert.pem', key: '/b/key.pem' },
        maxConnections: 99,
        maxConnectionsPerAddress: 9,
        maxSessionsPerKey: 3,
        responseHeaders: { 'X-Frame-Options': 'DENY' },
        paths: { ws: '/message', http: ['/', '/api/mcp'] },
      }),
      { PORT: '9000', ME: KEY },
    );
    expect(warnings).toEqual([]);
    expect(gateway).toEqual({
      ...{ host: '::1', port: 9000, keys: { me: KEY, 'đội a': OTHER }, terms: {}, keyFile: undefined },
      allowedOrigins: ['https://app.example.com', 'chrome-extension://abc'],
      allowedHosts: ['mcp.example.com'],
      ...{ exposedHeaders: ['X-Trace'], stateless: true, sessionIdleMs: 300_000, maxSessions: 7 },
      maxBodyBytes: 16 * 1024 * 1024,
      ...{ insecureNoAuth: false, trustProxy: ['10.0.0.0/8', '::1'] },
      tls: { cert: expect.stringMatching(/^\/.+\/a\/cert\.pem$/), key: '/b/key.pem' },
      ...{ maxConnections: 99, maxConnectionsPerAddress: 9, maxSessionsPerKey: 3 },
      responseHeaders: { 'X-Frame-Options': 'DENY' },
      paths: { http: ['/', '/api/mcp'], sse: [], message: [], ws: ['/message'], health: [] },
    });
  });

  test.each([
    ['null', null, 'shape'],
    ['a text', 'on', 'shape'],
    ['an address with a port as host', { host: '127.0.0.1:8080' }, 'gateway-host'],
    ['an address as host', { host: 'http://localhost' }, 'gateway-host'],
    ['a port that is none', { port: 70_000 }, 'shape'],
    ['a text that is no port', { port: '80a' }, 'gateway-port'],
    ['a key without a name', { keys: { 'a/b': KEY } }, 'gateway-key-name'],
    ['a key that is not set', { keys: { me: '${NOT_SET}' } }, 'missing-variable'],
    ['an empty key', { keys: { me: '' } }, 'gateway-key-empty'],
    ['a key as a header has it', { keys: { me: `Bearer ${KEY}` } }, 'gateway-key-characters'],
    ['one key for two', { keys: { me: KEY, you: KEY } }, 'gateway-keys-equal'],
    ['a page instead of its origin', { allowedOrigins: 'https://example.com/app' }, 'gateway-origin'],
    ['a pattern of origins', { allowedOrigins: ['https://*.example.com'] }, 'gateway-origin'],
    ['a pattern that is none', { allowedOrigins: ['/(example/'] }, 'gateway-origin'],
    ['a pattern with flags', { allowedOrigins: ['/^https:\\/\\/a$/i'] }, 'gateway-origin'],
    ['an address instead of a name', { allowedHosts: ['https://example.com'] }, 'gateway-allowed-host'],
    ['a path without a slash', { paths: { http: 'mcp' } }, 'gateway-path'],
    ['a path with a query', { paths: { http: '/mcp?a=b' } }, 'gateway-path'],
    ['a path of another kind', { paths: { sse: '/mcp/' } }, 'gateway-path-taken'],
    ['a path of servers', { paths: { http: '/servers/x' } }, 'gateway-path-taken'],
    ['one path for two kinds', { paths: { http: '/x', sse: '/x/' } }, 'gateway-path-taken'],
    ['a header of the connection', { responseHeaders: { 'Content-Length': '1' } }, 'gateway-header'],
    ['a header with a line break', { responseHeaders: { 'X-A': 'a\nb' } }, 'gateway-header'],
    ['every address without a key', { host: '0.0.0.0' }, 'gateway-open'],
    ['every address of IPv6 without a key', { host: '::' }, 'gateway-open'],
    ['an address of the network without a key', { host: '192.168.1.7' }, 'gateway-open'],
    ['a name that others may have', { host: 'box.lan' }, 'gateway-open'],
    ['a name in the internet without a key', { publicUrl: 'https://mcp.example.com' }, 'gateway-open'],
    ['a name of a proxy without a key', { allowedHosts: 'mcp.example.com' }, 'gateway-open'],
    ['every name without a key', { allowedHosts: '*' }, 'gateway-open'],
    ['a slip in the login', { oauth: { redirectHost: ['claude.ai'] }, keys: { me: KEY } }, 'unknown-setting'],
    ['a proxy by its name', { trustProxy: 'proxy.lan' }, 'gateway-network'],
    ['a network of too many bits', { trustProxy: ['10.0.0.0/33'] }, 'gateway-network'],
    ['a certificate without its key', { tls: { cert: 'a.pem' } }, 'gateway-tls'],
    ['no connections', { maxConnections: 0 }, 'shape'],
    ['an unknown key', { prot: 1 }, 'unknown-setting'],
    ['an unknown path', { paths: { htp: '/x' } }, 'unknown-setting'],
    ['a session that ends at once', { sessionIdle: '0s' }, 'shape'],
    ['a size without a unit that is known', { maxBody: '1 parsec' }, 'shape'],
  ])('%s is refused', async (_, written, id) => {
    expect(await idsOf(config(written))).toEqual([id]);
  });

  test('a WebSocket may stand at the path of another kind', async () => {
    const { gateway } = await planned(config({ paths: { ws: '/message', message: '/message' } }));
    expect(gateway!.paths).toMatchObject({ ws: ['/message'], message: ['/message'] });
  });

  test.each([
    ['logins without a key', { oauth: true }, {}, ['gateway-oauth-no-key']],
    [
      'a name in the internet, left open on purpose',
      { publicUrl: 'https://mcp.example.com', insecureNoAuth: true },
      {},
      ['gateway-insecure'],
    ],
    ['a name of this machine', { publicUrl: 'http://localhost:8080' }, {}, []],
    ['another name of this machine', { allowedHosts: 'localhost:8080' }, {}, []],
    [
      'every address, left open on purpose',
      { host: '0.0.0.0', insecureNoAuth: true },
      {},
      ['gateway-insecure'],
    ],
    ['every address with a key', { host: '0.0.0.0', keys: { me: KEY } }, {}, []],
    ['every page without a key', { allowedOrigins: '*' }, {}, ['gateway-origins-open']],
    ['whole origins by pattern', { allowedOrigins: String.raw`/^https:\/\/(\w+\.)*a\.(com|org)$/` }, {}, []],
    [
      'a pattern without a start',
      { allowedOrigins: String.raw`/example\.com$/` },
      {},
      ['gateway-origin-loose'],
    ],
    ['a pattern without an end', { allowedOrigins: '/^https:/' }, {}, ['gateway-origin-loose']],
    ['a pattern with an end that is text', { allowedOrigins: '/^a\\$/' }, {}, ['gateway-origin-loose']],
    ['one of two patterns in one', { allowedOrigins: '/^a|b$/' }, {}, ['gateway-origin-loose']],
    ['a short key', { keys: { me: 'secret' } }, {}, ['gateway-key-weak']],
    ['this machine in a container', {}, { MCP_PIPE_CONTAINER: '1' }, ['gateway-in-container']],
    ['every address in a container', { host: '0.0.0.0', keys: { me: KEY } }, { MCP_PIPE_CONTAINER: '1' }, []],
  ])('%s: %s', async (_, written, env, ids) => {
    expect(await warningsOf(config(written), env)).toEqual(ids);
  });
});

describe('keys of the gateway', () => {
  test('neither print nor reach servers', async () => {
    const made = await planned(config({ keys: { me: '${ME}', you: OTHER } }), {
      ME: KEY,
      MCP_PIPE_KEY: 'x'.repeat(20),
    });
    for (const shown of [JSON.stringify(made), inspect(made, { depth: 9 })]) {
      expect(shown).not.toContain(KEY);
      expect(shown).not.toContain(OTHER);
      expect(shown).toContain('you');
    }
    const secrets = [...made.secrets];
    expect(secrets).toEqual(expect.arrayContaining([KEY, OTHER]));
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('ME');
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('MCP_PIPE_KEY');
  });

  test('MCP_PIPE_KEY is the key of a section without any', async () => {
    expect((await planned(config(true), { MCP_PIPE_KEY: KEY })).gateway!.keys).toEqual({ key: KEY });
    const both = config({ keys: { me: OTHER } });
    expect((await planned(both, { MCP_PIPE_KEY: KEY })).gateway!.keys).toEqual({ me: OTHER });
  });

  test('MCP_PIPE_KEY_FILE names a file with it', async () => {
    const cwd = folderWith({ 'mcp_config.json': config({ host: '0.0.0.0' }) });
    writeFileSync(join(cwd, 'key'), `${KEY}\n`);
    const loaded = await loadConfig({ cwd, env: { MCP_PIPE_KEY_FILE: join(cwd, 'key') } });
    const made = makePlan(loaded, { cwd, gateway: 'configured' });
    expect(made.gateway!.keys).toEqual({ key: KEY });
    expect([...made.secrets]).toContain(KEY);
    expect(made.warnings).toEqual([]);
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('MCP_PIPE_KEY_FILE');
  });

  test('several keys give servers a process for each, unless they say otherwise', async () => {
    const servers = (shares: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(shares).map(([name, share]) => [
          name,
          { command: 'node', ...(share ? { share } : {}) },
        ]),
      );
    const written = (keys: object) => ({
      mcpServers: servers({ silent: '', all: 'server', each: 'session' }),
      gateway: { keys },
    });
    const shares = async (keys: object) =>
      (await planned(written(keys))).servers.map(({ options }) => options.share);
    expect(await shares({ me: KEY, you: OTHER })).toEqual(['key', 'server', 'session']);
    expect(await shares({ me: KEY })).toEqual(['server', 'server', 'session']);
  });

  test('a process for each key without keys gets a warning', async () => {
    expect(await warningsOf(config(true, { share: 'key' }))).toEqual(['share-no-keys']);
    expect(await warningsOf(config({ keys: { me: KEY } }, { share: 'key' }))).toEqual([]);
  });

  test('a key whose variable is missing is a key', async () => {
    const written = { host: '0.0.0.0', allowedOrigins: '*', keys: { me: '${ME}', you: '${YOU}' } };
    expect(await idsOf(config(written, { share: 'key' }))).toEqual(['missing-variable', 'missing-variable']);
  });
});

describe('a gateway of the command line', () => {
  test('goes before the section', async () => {
    const written = config({
      port: 9000,
      host: '0.0.0.0',
      keys: { me: KEY },
      paths: { ws: '/a', sse: '/b' },
    });
    const { gateway } = await plan(written, {}, { gateway: { port: 1, paths: { ws: ['/c'] } } });
    expect(gateway).toMatchObject({ port: 1, host: '0.0.0.0', keys: { me: KEY } });
    expect(gateway!.paths).toMatchObject({ ws: ['/c'], sse: ['/b'] });
  });

  test('a command alone does not take the endpoint of the environment', async () => {
    const options = { target: { command: ['node', 'a.js'] }, gateway: {} };
    const cwd = folderWith({});
    const loaded = await loadConfig({ cwd, env: { MCP_ENDPOINT: ADDRESS } });
    const made = makePlan(loaded, { cwd, ...options });
    expect(made.links).toEqual([]);
    expect(made.servers).toHaveLength(1);
    const dialled = makePlan(loaded, { cwd, ...options, endpointOverride: ADDRESS });
    expect(dialled.links).toHaveLength(1);
  });
});

describe('commands of a command line', () => {
  const made = async (target: Target, config?: object) => {
    const cwd = folderWith(config ? { 'mcp_config.json': config } : {});
    const env = { PATH: process.env.PATH, HOME: '/home/an', LANG: 'C', OTHER: 'x' };
    const loaded = await loadConfig({ cwd, env });
    const { servers } = makePlan(loaded, { cwd, target, gateway: {} });
    return servers.map((server) => ({ name: server.name, ...launchOf(server) }));
  };

  test('each gets its own name, folder and variables', async () => {
    const command = ['npx', '-y', 'mcp-server-time'];
    const commands = [
      { command, env: { A: '1' }, cwd: '/' },
      { name: 'mcp-server-time', command },
      { name: 'bare', command, inherits: false, env: { A: '1' } },
    ];
    const [first, second, bare] = await made({ commands, withConfigured: false });
    expect(first).toMatchObject({ name: 'mcp-server-time-2', cwd: '/', env: { A: '1', OTHER: 'x' } });
    expect(second).toMatchObject({ name: 'mcp-server-time', env: { OTHER: 'x' } });
    expect(Object.keys(bare!.env).sort()).toEqual(['A', 'HOME', 'PATH']);
  });

  test('servers of a configuration stand beside them where both are meant', async () => {
    const written = { mcpServers: { calc: { command: 'node', args: ['a.js'], cwd: '/' } } };
    const commands = [{ command: ['node', 'b.js'] }];
    const names = async (withConfigured: boolean) =>
      (await made({ commands, withConfigured }, written)).map(({ name }) => name);
    expect(await names(true)).toEqual(['calc', 'b']);
    expect(await names(false)).toEqual(['b']);
  });

  test('one word may be a program', async () => {
    expect(await made({ name: 'node', mayBeProgram: true })).toMatchObject([
      { name: 'node', command: 'node' },
    ]);
    await expect(made({ name: 'node' })).rejects.toThrow(/node/);
    await expect(made({ name: 'no-such-program', mayBeProgram: true })).rejects.toThrow(/no-such-program/);
  });
});

describe('a changed gateway', () => {
  test('is a change of the plan', async () => {
    const [one, same, port, key, none] = await Promise.all(
      [
        { keys: { me: KEY } },
        { keys: { me: KEY } },
        { port: 1, keys: { me: KEY } },
        { keys: { me: OTHER } },
        false,
      ].map((gateway) => plan(config(gateway), { MCP_ENDPOINT: ADDRESS }, { gateway: 'configured' })),
    );
    expect(diffPlan(one!, same!).gateway).toBeUndefined();
    for (const other of [port, key, none]) {
      const diff = diffPlan(one!, other!);
      expect(diff.gateway).toBe(true);
      expect(JSON.stringify(diff)).not.toContain(KEY);
    }
  });
});
