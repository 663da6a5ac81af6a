import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cli, folderAndEndpoint, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import type { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';
import { listen } from '../helpers/listen.js';

let cwd: string;
let fake: FakeEndpoint;
beforeEach(async () => {
  ({ cwd, fake } = await folderAndEndpoint());
});

const env = () => ({ MCP_ENDPOINT: fake.endpoint().href });
const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
const configure = (config: object, name = 'mcp_config.json') =>
  writeFile(join(cwd, name), JSON.stringify(config));

async function stopped(cli: Cli): Promise<number | string> {
  cli.signal('SIGTERM');
  return cli.exited;
}

describe('what runs', () => {
  it('is every enabled server of the configuration', async () => {
    await configure({
      mcpServers: { one: basic, two: { ...basic, enabled: true }, off: { ...basic, disabled: true } },
    });
    const tokens = {
      MCP_ENDPOINT_ONE: fake.endpoint('token-number-one').href,
      MCP_ENDPOINT_TWO: fake.endpoint('token-number-two').href,
    };
    const cli = new Cli([], { cwd, env: tokens });
    await fake.connection(1);
    await eventually(() => cli.log.filter(({ event }) => event === 'open').length === 2);
    expect(new Set(cli.log.filter(({ event }) => event === 'open').map(({ link }) => link))).toEqual(
      new Set(['one', 'two']),
    );
    expect(await stopped(cli)).toBe(0);
    expect(cli.stdout).toBe('');
  });

  it.each(['calculator.js', 'calculator.mjs'])(
    'is the script %s, without any configuration',
    async (name) => {
      await cp(join(root, 'examples/calculator.js'), join(cwd, name));
      await writeFile(join(cwd, 'package.json'), '{"type":"module"}');
      const cli = new Cli([name], { cwd, env: env() });
      const connection = await fake.connection();
      await connection.greet();
      expect(await connection.tool(1, 'calculate', { expression: '6 * 7' })).toBe('42');
      expect(await stopped(cli)).toBe(0);
    },
  );

  it('is any command behind the dashes', async () => {
    const cli = new Cli(['--', process.execPath, fixture('basic.mjs')], { cwd, env: env() });
    const connection = await fake.connection();
    await connection.greet();
    expect(await connection.tool(1, 'echo', { text: '--help' })).toBe('--help');
    expect(await stopped(cli)).toBe(0);
  });

  it('is the server when a name is both a server and a file, and the log says so', async () => {
    await configure({ mcpServers: { 'basic.mjs': basic } });
    await writeFile(join(cwd, 'basic.mjs'), 'process.exit(7)');
    const cli = new Cli(['basic.mjs'], { cwd, env: env() });
    await cli.event('open');
    expect(cli.stderr).toMatch(/both|file/);
    expect(await stopped(cli)).toBe(0);
  });

  it('runs on an embedded endpoint with --local, and prints where to call it and its tools', async () => {
    const cli = new Cli(['--local', join(root, 'examples/calculator.js')], { cwd });
    await eventually(() => cli.stdout.includes('calculate'));
    expect(cli.stdout).toMatch(/calculator: call it at ws:\/\/127\.0\.0\.1:\d+\/call\/\?token=/);
    expect(await stopped(cli)).toBe(0);
  });
});

describe('--otlp', () => {
  it('sends each call to a collector, and keeps the key of the collector out of the log', async () => {
    const bodies: string[] = [];
    const keys = new Set<string | undefined>();
    const collector = createServer(async (request, response) => {
      keys.add(request.headers.authorization);
      let body = '';
      for await (const part of request.setEncoding('utf8')) body += part;
      bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    const url = `http://127.0.0.1:${await listen(collector)}`;
    await configure({ mcpServers: { one: basic } });
    const cli = new Cli(['--otlp', url, '--log-level', 'debug'], {
      cwd,
      env: { ...env(), OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key-of-the-collector' },
    });
    const connection = await fake.connection();
    await connection.greet();
    expect(await connection.tool(1, 'echo', { text: 'xin chào' })).toBe('xin chào');
    expect(await stopped(cli)).toBe(0);
    const sent = bodies.join('');
    expect(sent.match(/"name":"tools\/call echo"/g)).toHaveLength(2);
    expect(sent).not.toContain('xin chào');
    expect([...keys]).toEqual(['Bearer key-of-the-collector']);
    expect(cli.stderr).toContain(`${url}/v1/traces`);
    expect(cli.stderr).not.toContain('key-of-the-collector');
    expect(cli.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('refuses an address with a login, which would be seen by others', async () => {
    const cli = new Cli(['--otlp', 'http://an:secret@127.0.0.1:4318'], { cwd, env: env() });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr).toContain('without a login');
    expect(cli.stderr).not.toContain('secret');
  });
});

describe('several servers on one token', () => {
  const both = { one: basic, two: basic };

  it('share one connection, on which the endpoint sees the tools of all', async () => {
    await configure({ mcpServers: both });
    const cli = new Cli([], { cwd, env: env() });
    const connection = await fake.connection();
    await connection.greet();
    expect(await connection.tool(1, 'one__echo', { text: 'xin chào' })).toBe('xin chào');
    expect(await connection.tool(2, 'two__echo', { text: 'hai' })).toBe('hai');
    const ready = cli.log.filter(({ event }) => event === 'server-ready');
    expect(ready.map(({ link, server }) => [link, server]).sort()).toEqual([
      ['mux', 'one'],
      ['mux', 'two'],
    ]);
    expect(cli.log.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(fake.connections).toHaveLength(1);
    expect(await stopped(cli)).toBe(0);
  });

  it('are connected each by itself with --mode pipe, with a warning that names the token’s fingerprint', async () => {
    await configure({ mcpServers: both, mode: 'mux', settings: { connectionsPerToken: 2 } });
    const cli = new Cli(['--mode', 'pipe'], { cwd, env: env() });
    await fake.connection(1);
    expect(cli.stderr).toContain(fake.endpoint().fingerprint);
    expect(cli.stderr).not.toContain(fake.endpoint().token);
    expect(await stopped(cli)).toBe(0);
  });

  it('are connected no more of at a time than the token allows, the highest priority first', async () => {
    const { two, ...one } = both;
    await configure({ mcpServers: { ...one, two: { ...two, priority: 1 } }, mode: 'pipe' });
    const cli = new Cli(['--log-format', 'json'], { cwd, env: env() });
    const waiting = await eventually(() =>
      cli.log.find(
        ({ event, link, holder }) =>
          event === 'lease-waiting' && link === 'one' && (holder as { link: string }).link === 'two',
      ),
    );
    expect(waiting).toMatchObject({ of: 'token', slots: 1, isOwn: true });
    expect(waiting.msg).toContain('"connectionsPerToken"');
    await eventually(() => fake.connections.filter(({ isClosed }) => !isClosed).length === 1);
    expect(await stopped(cli)).toBe(0);
  });

  it('are one that is piped when one of them is asked for', async () => {
    await configure({ mcpServers: both });
    const cli = new Cli(['two'], { cwd, env: env() });
    const connection = await fake.connection();
    await connection.greet();
    expect(await connection.tool(1, 'echo', { text: 'hai' })).toBe('hai');
    expect(cli.log.find(({ event }) => event === 'server-ready')).toMatchObject({ link: 'two' });
    expect(await stopped(cli)).toBe(0);
  });

  it('keep their hidden tools hidden, also on the embedded endpoint', async () => {
    await configure({ mcpServers: { one: { ...basic, tools: { deny: ['e*'] } } } });
    const cli = new Cli(['--local'], { cwd });
    const line = await eventually(() => /one: \d+ tools: (.*)/.exec(cli.stdout)?.[1]);
    expect(line.split(', ')).toContain('whoami');
    expect(line.split(', ').filter((name) => name.startsWith('e'))).toEqual([]);
    expect(await stopped(cli)).toBe(0);
  });
});

describe('exit codes', () => {
  it('2 with every mistake of the configuration at once: file, line, expected, got', async () => {
    await writeFile(
      join(cwd, 'mcp_config.json'),
      '{\n  // a comment\n  "mcpServers": {\n    "one": { "command": 42 },\n    "two": { "command": "x", "args": "y" },\n  }\n}\n',
    );
    const cli = new Cli([], { cwd, env: env() });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr).toMatch(/mcp_config\.json:4: mcpServers\.one\.command: expected .*42/);
    expect(cli.stderr).toMatch(/mcp_config\.json:5: mcpServers\.two\.args: expected /);
    expect(cli.stdout).toBe('');
  });

  it('2 for a remote server with an address that nothing is spoken to at', async () => {
    await configure({ mcpServers: { far: { type: 'streamable-http', url: 'ftp://example.invalid/mcp' } } });
    const cli = new Cli([], { cwd, env: env() });
    expect(await cli.exited).toBe(2);
    expect(cli.stderr).toContain('CONFIG_UNSUPPORTED_TRANSPORT');
  });

  it.each([[['--no-such-option']], [['no-such-server']], [['--port', 'x']], [['--log-level', 'loud']], [[]]])(
    '2 for the command line %j',
    async (args) => {
      const cli = new Cli(args, { cwd });
      expect(await cli.exited).toBe(2);
      expect(cli.stderr.length).toBeGreaterThan(0);
      expect(cli.stderr).not.toContain('    at ');
    },
  );

  it('1 with --exit-when-all-failed when no link works', async () => {
    await configure({
      mcpServers: {
        one: { command: process.execPath, args: [fixture('crash-on-start.mjs')] },
        two: { command: 'no-such-program' },
      },
      settings: { minDelayMs: 20 },
    });
    const cli = new Cli(['--exit-when-all-failed'], { cwd, env: env() });
    expect(await cli.exited).toBe(1);
    expect(cli.stderr).toContain('no-such-program');
  });

  it('--help fits a terminal of 80 columns down to its examples', async () => {
    const cli = new Cli(['--help'], { cwd });
    expect(await cli.exited).toBe(0);
    const [tables] = cli.stdout.split('\nExamples:');
    expect(tables).toContain('\nCommands:\n');
    expect(tables!.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([['--help'], ['--version'], ['endpoint', '--help'], ['demo', '--help']])(
    '0 for %s %s',
    async (...args) => {
      const cli = new Cli(args, { cwd });
      expect(await cli.exited).toBe(0);
      expect(cli.stderr).toBe('');
      expect(cli.stdout).toMatch(
        args.includes('--version')
          ? /^mcp-pipe \d+\.\d+\.\d+\nNode\.js v\d+.*\nMCP 2024-11-05, .*, 2026-07-28\n$/
          : /Examples:/,
      );
    },
  );
});

describe('the log', () => {
  it('explains at the default level why a link is down, in words, and what to do', async () => {
    fake.options.onConnection = ({ socket }) => socket.close(4004, 'Internal server error');
    const cli = new Cli(['--', process.execPath, fixture('basic.mjs')], { cwd, env: env() });
    const down = await cli.event('down');
    expect(down).toMatchObject({ cause: 'endpoint-error', code: 4004 });
    expect(String(down.msg).length).toBeGreaterThan(60);
    expect(down.nextDialMs).toBeTypeOf('number');
    expect(await stopped(cli)).toBe(0);
  });

  it('never shows the token: not at trace level, not in ps, not in the server’s environment', async () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJhZ2VudElkIjoxfQ.c2lnbmF0dXJlLW9mLXRlc3Q';
    const url = fake.endpoint(token).href;
    const cli = new Cli(
      ['--log-level', 'trace', '--endpoint', url, '--', process.execPath, fixture('basic.mjs')],
      {
        cwd,
        env: { MCP_ENDPOINT_OTHER: url, UNRELATED: 'kept' },
      },
    );
    const connection = await fake.connection();
    await connection.greet();
    expect(await connection.tool(1, 'env', { name: 'UNRELATED' })).toBe('kept');
    expect(await connection.tool(2, 'env', { name: 'MCP_ENDPOINT_OTHER' })).not.toContain(token);
    expect(await connection.tool(3, 'echo', { text: `my token is ${token}` })).toContain(token);
    expect(readFileSync(`/proc/${cli.pid}/cmdline`, 'utf8')).not.toContain(token);
    connection.tcp.destroy();
    await cli.event('down');
    expect(await stopped(cli)).toBe(0);
    for (const part of [token, ...token.split('.').slice(1)])
      expect(cli.stderr + cli.stdout).not.toContain(part);
    expect(cli.stderr).toContain('frame');
  });

  it('writes nothing per message at the default level', async () => {
    const cli = new Cli(['--', process.execPath, fixture('basic.mjs')], { cwd, env: env() });
    const connection = await fake.connection();
    await connection.greet();
    await connection.tool(1, 'echo', { text: 'first' });
    await cli.event('client-initialized');
    const before = cli.stderr.split('\n').length;
    for (let i = 2; i < 50; i++) await connection.tool(i, 'echo', { text: 'again' });
    expect(cli.stderr.split('\n').length).toBe(before);
    expect(await stopped(cli)).toBe(0);
  });
});
