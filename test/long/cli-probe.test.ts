import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EndpointOptions } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';
import { hasPty, Pty } from '../helpers/pty.js';

const TOKEN = 'the-secret-token-that-is-probed';
const QUICK = ['--watch-ms', '300'];

async function start(options: EndpointOptions = {}) {
  const endpoint = await startEndpoint({ port: 0, ...options });
  onTestFinished(() => endpoint.close());
  const state = mkdtempSync(join(tmpdir(), 'mcp-pipe-state-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const cwd = await folder();
  await writeFile(join(cwd, '.env'), `MCP_ENDPOINT=${endpoint.serverUrl(TOKEN)}\n`);
  return { endpoint, cwd, env: { XDG_STATE_HOME: state, XDG_RUNTIME_DIR: state } };
}

it('prints the limit and the line for the configuration, shows its steps, and never the token', async () => {
  const { endpoint, cwd, env } = await start({ connectionsPerToken: 2 });
  const probe = new Cli(['probe', '--yes', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(0);
  expect(probe.stdout).toMatch(/^Token #[0-9a-f]{8} allows 2 connections: one more is refused\.\n/);
  expect(probe.stdout).toContain('"tokens": {"MCP_ENDPOINT":{"connectionsPerToken":2}}');
  expect(probe.stderr).toContain('Connection 3: ended (4004 "Internal server error") [token-limit].\n');
  expect(probe.stdout + probe.stderr).not.toContain(TOKEN);
  await eventually(() => endpoint.connections().length === 0, { what: 'the end of its connections' });
});

it('says it for programs, too', async () => {
  const { cwd, env } = await start({ connectionsPerToken: 1, whenFull: 'replace' });
  const probe = new Cli(['probe', '--yes', '--json', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(0);
  expect(JSON.parse(probe.stdout)).toMatchObject({
    ...{ limit: 1, how: 'replaced', isExact: true, cause: 'replaced', code: 1000 },
    tokens: { MCP_ENDPOINT: { connectionsPerToken: 1 } },
  });
});

it('answers in Vietnamese, steps and result', async () => {
  const { cwd, env } = await start({ connectionsPerToken: 1 });
  const probe = new Cli(['probe', '--yes', '--lang', 'vi', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(0);
  expect(probe.stdout).toMatch(
    /^Token #[0-9a-f]{8} cho phép 1 kết nối: mở thêm một kết nối thì bị từ chối\.\nHãy ghi vào cấu hình:\n/,
  );
  expect(probe.stderr).toMatch(
    /^Kết nối 1: đang mở\.\nKết nối 1: đã mở; theo dõi 300 ms xem endpoint làm gì\.\n/,
  );
});

it('says how many were tried when that is not the limit', async () => {
  const { endpoint, cwd, env } = await start();
  const probe = new Cli(['probe', '--yes', '--max', '2', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(0);
  expect(probe.stdout).toMatch(
    /allows at least 2 connections: the endpoint closed nothing within 300 ms\. More were not tried\.\n/,
  );
  expect(endpoint.stats).toMatchObject({ accepted: 2, maxConcurrentPerToken: 2 });
});

it.each([
  ['is not there', undefined, 'nothing listens'],
  ['refuses the token', { refuse: { code: 1008, reason: 'no such token' } }, 'does not accept the token'],
] as const)('names no limit when the endpoint %s', async (_, options, why) => {
  const { endpoint, cwd, env } = await start(options);
  if (!options) await endpoint.close();
  const probe = new Cli(['probe', '--yes', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(1);
  expect(probe.stdout).toContain('the limit could not be found, because of connection 1: ');
  expect(probe.stdout).toContain(why);
  expect(probe.stdout).not.toContain('connectionsPerToken');
});

it('closes what it has opened when it is interrupted, and gives the token back', async () => {
  const { endpoint, cwd, env } = await start();
  const probe = new Cli(['probe', '--yes', '--watch-ms', '60000'], { cwd, env });
  await eventually(() => endpoint.connections().length === 1);
  const ended = new Promise<number>((resolve) =>
    endpoint.on('server-close', (__, { code }) => resolve(code)),
  );
  probe.signal('SIGINT');
  expect(await probe.exited).toBe(130);
  expect(await ended).toBe(1000);
  expect(probe.stdout).toBe('');
  const leases = new Cli(['leases'], { cwd, env });
  expect(await leases.exited).toBe(0);
  expect(leases.stdout).toMatch(/^No mcp-pipe of this user on this machine holds a connection\.\n/);
});

describe.skipIf(!hasPty)('on a terminal (needs python3)', () => {
  const QUESTION = /Open up to 4 connections to ws:\/\/127\.0\.0\.1:\d+\/mcp\/\S*, one every 300 ms\?/;

  it.each([
    ['no', 'n'],
    ['Ctrl-C', '\u0003'],
    ['Escape', '\u001b'],
  ])('asks first, and opens nothing when the answer is %s', async (_, keys) => {
    const { endpoint, cwd, env } = await start({ connectionsPerToken: 1 });
    const pty = new Pty(['probe', ...QUICK], { cwd, env });
    await pty.shows(QUESTION);
    pty.press(keys);
    expect(await pty.exited).toBe(130);
    expect(pty.screen.text).toContain('Nothing was opened.');
    expect(pty.raw).not.toContain(TOKEN);
    expect(endpoint.stats.accepted).toBe(0);
  });

  it('probes when the answer is yes, and prints the limit with the line to write', async () => {
    const { endpoint, cwd, env } = await start({ connectionsPerToken: 1 });
    const pty = new Pty(['probe', '--lang', 'vi', ...QUICK], { cwd, env, columns: 200 });
    await pty.shows('Mở tối đa 4 kết nối tới ws://');
    expect(endpoint.stats.accepted).toBe(0);
    pty.press('y');
    expect(await pty.exited).toBe(0);
    expect(pty.screen.text).toContain('cho phép 1 kết nối');
    expect(pty.screen.text).toContain('"tokens": {"MCP_ENDPOINT":{"connectionsPerToken":1}}');
    expect(pty.raw).not.toContain(TOKEN);
    expect(endpoint.stats.accepted).toBe(2);
    await eventually(() => endpoint.connections().length === 0, { what: 'the end of its connections' });
  });

  it('is interrupted by Ctrl-C while it watches', async () => {
    const { endpoint, cwd, env } = await start();
    const pty = new Pty(['probe', '--watch-ms', '60000'], { cwd, env });
    await pty.shows('Open up to 4 connections');
    pty.press('y');
    await pty.shows('Connection 1: open');
    pty.press('\u0003');
    expect(await pty.exited).toBe(130);
    await eventually(() => endpoint.connections().length === 0);
    expect(endpoint.stats.accepted).toBe(1);
  });
});

it('opens nothing without a terminal to ask on, unless told so', async () => {
  const { endpoint, cwd, env } = await start();
  const probe = new Cli(['probe'], { cwd, env });
  expect(await probe.exited).toBe(2);
  expect(probe.stderr).toContain('--yes');
  expect(endpoint.stats.accepted).toBe(0);
});

it('never opens more than four', async () => {
  const { endpoint, cwd, env } = await start();
  const probe = new Cli(['probe', '--yes', '--max', '5'], { cwd, env });
  expect(await probe.exited).toBe(2);
  expect(probe.stderr).toContain('from 1 to 4');
  expect(endpoint.stats.accepted).toBe(0);
});

it('leaves a running mcp-pipe alone, and says who it is', async () => {
  const { endpoint, cwd, env } = await start();
  const daemon = new Cli(['--log-format', 'json', '--', '/bin/sh', fixture('tiny.sh')], { cwd, env });
  await daemon.event('client-initialized');
  const probe = new Cli(['probe', '--yes', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(1);
  expect(probe.stderr).toContain(`pid ${daemon.pid}`);
  expect(probe.stderr).toContain('[TOKEN_IN_USE]');
  expect(endpoint.stats.accepted).toBe(1);
});

it.skipIf(!hasPty)('a token in use is said before anything is asked', async () => {
  const { cwd, env } = await start();
  const daemon = new Cli(['--log-format', 'json', '--', '/bin/sh', fixture('tiny.sh')], { cwd, env });
  await daemon.event('client-initialized');
  const probe = new Pty(['probe', ...QUICK], { cwd, env });
  expect(await probe.exited).toBe(1);
  expect(probe.raw).toContain('[TOKEN_IN_USE]');
  // Nothing was asked.
  expect(probe.raw).not.toContain('?');
});

it('names the servers when there are several tokens, and takes the one that is named', async () => {
  const { endpoint, cwd, env } = await start({ connectionsPerToken: 1 });
  const tiny = { command: '/bin/sh', args: [fixture('tiny.sh')] };
  const servers = {
    one: { ...tiny, endpoint: '$' + '{ONE}' },
    two: { ...tiny, endpoint: endpoint.serverUrl('token-number-two') },
  };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: servers }));
  const more = { ...env, ONE: endpoint.serverUrl('token-number-one') };
  const both = new Cli(['probe', '--yes', ...QUICK], { cwd, env: more });
  expect(await both.exited).toBe(2);
  expect(both.stderr).toMatch(/ONE \(one\); [0-9a-f]{8} \(two\)/);
  const one = new Cli(['probe', '--yes', '--token-of', 'one', ...QUICK], { cwd, env: more });
  expect(await one.exited).toBe(0);
  expect(one.stdout).toContain('{"ONE":{"connectionsPerToken":1}}');
  const nobody = new Cli(['probe', '--yes', '--token-of', 'nobody', ...QUICK], { cwd, env: more });
  expect(await nobody.exited).toBe(2);
  expect(nobody.stderr).toContain('nobody is not a configured server; there are one, two.');
  expect(nobody.stderr).toContain('Name one of those with --token-of');
});
