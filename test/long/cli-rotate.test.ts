import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { hasPty, Pty } from '../helpers/pty.js';

const basic = { command: process.execPath, args: [join(root, 'test/fixtures/servers/basic.mjs')] };

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await folder();
  env = {
    XDG_RUNTIME_DIR: cwd,
    NO_COLOR: '1',
    MCP_ENDPOINT: 'wss://api.xiaozhi.me/mcp/?token=some-token-here',
  };
});

function configure(mcpServers: object, more: object = {}) {
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, ...more }));
}

async function end(...args: string[]) {
  const cli = new Cli(args, { cwd, env });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
}

test('check says that the servers of a token take turns, for how long, and what to type', async () => {
  configure({ one: basic, two: { ...basic, rotate: { dwellMs: '30s' } } });
  const { stdout } = await end('check', '--rotate-every', '5m');
  expect(stdout).toMatch(
    /one, two: one connection, one at a time, one 5 min, two 30 s \(token #[0-9a-f]{8} is shared; mode rotate\)/,
  );
  expect(stdout).toContain('mcp-pipe --rotate-every 5m');
  configure({ one: basic, two: basic }, { mode: 'rotate' });
  expect((await end('check', '--lang', 'vi')).stdout).toContain(
    'một kết nối, lần lượt từng server, mỗi server 5 phút',
  );
});

test.each([
  [['--rotate-every', 'soon'], /expected a duration such as 30s, 5m or 1h/],
  [['--rotate-every', '5m', '--mode', 'pipe'], /--rotate-every does not go with --mode pipe/],
  [['check', '--rotate-every', '5m', '--mode', 'mux'], /--rotate-every does not go with --mode mux/],
])('%j is wrong usage', async (args, message) => {
  configure({ one: basic });
  const { code, stderr } = await end(...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('a running rotation says whose turn it is, in the log, to health and to whoever calls a server that waits', async () => {
  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  env.MCP_ENDPOINT = endpoint.serverUrl('turns');
  configure({ one: basic, two: { ...basic, rotate: { dwellMs: '1h' } } });
  const cli = new Cli(['--rotate-every', '300ms'], { cwd, env });
  await eventually(() => cli.log.filter(({ event }) => event === 'client-initialized').length === 2, {});
  expect(cli.log.filter(({ event }) => event === 'rotating')).toMatchObject([
    { link: 'rotate', to: 'one', why: 'first' },
    {
      link: 'rotate',
      from: 'one',
      to: 'two',
      why: 'dwell',
      msg: expect.stringContaining('the turn of two begins (60 min)'),
    },
  ]);
  // The end of a server's process is not waited for.
  await eventually(async () =>
    /^rotate {2}works for .* {2}the turn of two\n {2}one {3}waits for its turn .*\n {2}two {3}ready /.test(
      (await end('health')).stdout,
    ),
  );
  expect((await end('health', '--lang', 'vi')).stdout).toMatch(
    /^rotate {2}hoạt động tốt \(.* nay\) {2}đang là lượt của two\n {2}one {3}đang chờ đến lượt .*\n {2}two {3}sẵn sàng /,
  );
  expect((await end('call', 'two', 'echo', 'text=hi')).stdout).toBe('hi\n');
  const waiting = await end('call', 'one', 'echo', 'text=hi');
  expect(waiting.code).toBe(1);
  expect(waiting.stderr).toMatch(/"one" waits for its turn, in about 60 min; it is the turn of "two" now\./);
  const inVietnamese = await end('call', 'one', 'whoami', '--lang', 'vi');
  expect(inVietnamese.stderr).toContain('Server one đang chờ đến lượt, còn khoảng 60 phút. (-31012)');
  // All of them are asked for: that one waits is no failure.
  const all = await end('tools');
  expect(all.stdout).toContain('two: ');
  expect(all.stderr).toMatch(/^one: .*waits for its turn/);
  expect(all.code).toBe(0);
  expect((await end('tools', 'one')).code).toBe(1);
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
  expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
});

test('health says that a server waits for its turn, also while it runs on', async () => {
  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  env.MCP_ENDPOINT = endpoint.serverUrl('turns');
  configure({ one: basic, two: basic });
  const cli = new Cli(['--rotate-every', '2s'], { cwd, env });
  await eventually(async () =>
    /^rotate {2}works for .* {2}the turn of two\n {2}one {3}waits for its turn \(.*\n {2}two {3}ready /.test(
      (await end('health')).stdout,
    ),
  );
  expect(cli.log.filter(({ event }) => event === 'server-down')).toEqual([]);
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
});

test('before the endpoint is connected nobody is told a time that does not run', async () => {
  env.MCP_ENDPOINT = 'ws://127.0.0.1:9/mcp/?token=nobody-listens';
  configure({ one: basic, two: basic });
  const cli = new Cli(['--rotate-every', '30s'], { cwd, env });
  await eventually(() => cli.log.some(({ event }) => event === 'down'));
  const { code, stderr } = await end('call', 'two', 'echo', 'text=hi');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /waits for its turn, about 30 s after the endpoint is connected, which it is not now/,
  );
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
});

describe('three tokens, of which one has a single server', () => {
  beforeEach(async () => {
    const endpoint = await startEndpoint({ port: 0, connectionsPerToken: 1 });
    onTestFinished(() => endpoint.close());
    const at = (token: string) => ({ ...basic, endpoint: endpoint.serverUrl(token) });
    const [first, second, third] = ['first-of-three', 'second-of-three', 'third-of-three'].map(at);
    configure({ a: first, b: first, c: second, d: second, alone: third });
  });
  const args = ['--mode', 'rotate', '--rotate-every', '400ms'];

  test('two take turns, and health holds at every moment of it', async () => {
    const cli = new Cli([...args, '--log-format', 'json'], { cwd, env });
    const turns = (link: string) =>
      cli.log.filter((line) => line.event === 'rotating' && line.link === link).map(({ to }) => to);
    await eventually(() => cli.log.filter(({ event }) => event === 'client-initialized').length >= 3, {});
    while (turns('rotate').length < 5 || turns('rotate-2').length < 5) {
      const { code, stdout } = await end('health');
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/^rotate .*\n {2}a .*\n {2}b .*\nrotate-2 .*\n {2}c /),
      ]);
    }
    expect(turns('rotate').slice(0, 4)).toEqual(['a', 'b', 'a', 'b']);
    expect(turns('rotate-2').slice(0, 4)).toEqual(['c', 'd', 'c', 'd']);
    expect(cli.log.filter(({ link, event }) => link === 'alone' && event === 'open')).toHaveLength(1);
    expect(cli.log.filter(({ event }) => event === 'down')).toEqual([]);
    cli.signal('SIGINT');
    expect(await cli.exited).toBe(130);
  });

  test.skipIf(!hasPty)('a terminal shows a line for each connection, and whose turn it is', async () => {
    const pty = new Pty(args, { cwd, env });
    await pty.shows(
      /✓ rotate +connected.*\n.{3}- {3}a +waiting for its turn.*\n.{3}✓ {3}b +ready.*\n.{3}✓ rotate-2 +connected.*\n.*\n.*\n.{3}✓ alone +connected/,
    );
    await pty.shows(/✓ {3}a +ready.*\n.{3}- {3}b +waiting for its turn/);
    expect(pty.screen.unknown).toEqual([]);
    pty.press('\u0003');
    expect(await pty.exited).toBe(130);
  });
});
