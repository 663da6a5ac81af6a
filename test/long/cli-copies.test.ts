import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';

const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
const json = ['--log-format', 'json', '--log-level', 'debug'];

async function start() {
  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** What one user has on one machine. */
async function place(): Promise<{ env: Record<string, string> }> {
  const state = await folder();
  return { env: { XDG_STATE_HOME: state, XDG_RUNTIME_DIR: state } };
}

async function configured(servers: Record<string, object>, more: object = {}): Promise<string> {
  const cwd = await folder();
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: servers, ...more }));
  return cwd;
}

const starts = ({ log }: Cli) => log.filter(({ event }) => event === 'server-starting');

/** Who `mcp-pipe health` and `mcp-pipe leases` find. */
async function found(cwd: string, env: Record<string, string>): Promise<unknown> {
  const health = new Cli(['health', '--json'], { cwd, env });
  const exit = await health.exited;
  const { healthy, control } = JSON.parse(health.stdout) as { healthy: boolean; control?: { pid: number } };
  const leases = new Cli(['leases', '--json'], { cwd, env });
  await leases.exited;
  const { daemon, leases: held } = JSON.parse(leases.stdout) as {
    daemon: boolean;
    leases: { pid: number }[];
  };
  return { exit, healthy, pid: control?.pid, daemon, holders: held.map(({ pid }) => pid) };
}

const serving = (copy: Cli, holders = [copy.pid]) => ({
  ...{ exit: 0, healthy: true, pid: copy.pid, daemon: true, holders },
});

it.each([
  ['pipe', 'SIGTERM', { a: {} }, {}],
  ['mux', 'SIGKILL', { a: {}, b: {} }, {}],
  ['rotate', 'SIGTERM', { a: {}, b: {} }, { mode: 'rotate' }],
] as const)(
  'a second copy (%s) says first who runs, starts nothing, and after %s of that one serves and is found',
  async (_, signal, servers, more) => {
    const endpoint = await start();
    const { env } = await place();
    const entry = { ...basic, endpoint: endpoint.serverUrl('one') };
    const names = Object.keys(servers);
    const cwd = await configured(Object.fromEntries(names.map((name) => [name, entry])), more);
    const first = new Cli(json, { cwd, env });
    await first.event('client-initialized');
    const second = new Cli([...json, '--lang', 'vi'], { cwd, env });
    await second.event('lease-waiting');
    expect(second.log[0]).toMatchObject({ level: 'warn', code: 'RUNNING_ALREADY', pid: first.pid });
    expect(second.log[0]!.msg).toMatch(new RegExp(`^mcp-pipe đang chạy sẵn rồi \\(pid ${first.pid}, từ `));
    expect(await found(cwd, env)).toEqual(serving(first));
    expect(starts(second)).toEqual([]);
    first.signal(signal);
    await second.event('client-initialized', 60_000);
    expect(starts(second).length).toBeGreaterThan(0);
    await eventually(async () => expect(await found(cwd, env)).toEqual(serving(second)), {
      timeoutMs: 60_000,
    });
    expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
  },
  180_000,
);

it('a copy with another configuration and the same token starts nothing either, and is found by its own', async () => {
  const endpoint = await start();
  const { env } = await place();
  const servers = { one: { ...basic, endpoint: endpoint.serverUrl('one') } };
  const first = new Cli(json, { cwd: await configured(servers), env });
  await first.event('client-initialized');
  const cwd = await configured({ other: servers.one });
  const second = new Cli(json, { cwd, env });
  await second.event('lease-waiting');
  expect(second.log[0]).toMatchObject({ code: 'RUNNING_ALREADY', pid: first.pid, links: ['other'] });
  expect(starts(second)).toEqual([]);
  const tools = new Cli(['tools', 'other'], { cwd, env });
  expect(await tools.exited).toBe(1);
  expect(tools.stderr).toContain('it is started when its link has a connection');
  second.signal('SIGTERM');
  // It stops in good order though it has never started.
  expect(await second.exited).toBe(0);
});

it('copies with different tokens both run; the one that is left is found', async () => {
  const endpoint = await start();
  const { env } = await place();
  const at = (token: string) => ({ ...basic, endpoint: endpoint.serverUrl(token) });
  const cwd = await configured({ a: at('one'), b: at('two') });
  const first = new Cli(['a', ...json], { cwd, env });
  await first.event('client-initialized');
  const second = new Cli(['b', ...json], { cwd, env });
  await second.event('client-initialized');
  expect(second.log[0]).toMatchObject({ level: 'warn', code: 'CONTROL_TAKEN', pid: first.pid });
  expect(second.log[0]!.msg).toContain(`(pid ${first.pid}, since `);
  expect(await found(cwd, env)).toMatchObject({ pid: first.pid, healthy: true });
  first.signal('SIGKILL');
  await eventually(async () => expect(await found(cwd, env)).toMatchObject({ pid: second.pid }), {
    timeoutMs: 60_000,
  });
}, 180_000);

it('a copy of which some tokens are held serves the others, and those when they become free', async () => {
  const endpoint = await start();
  const { env } = await place();
  const at = (token: string) => ({ ...basic, endpoint: endpoint.serverUrl(token) });
  const cwd = await configured({ a: at('one'), b: at('two') });
  const first = new Cli(['a', ...json], { cwd, env });
  await first.event('client-initialized');
  const second = new Cli(json, { cwd, env });
  const greeted = await second.event('client-initialized');
  expect(greeted.link).toBe('b');
  expect(second.log[0]).toMatchObject({ code: 'RUNNING_ALREADY', links: ['a'] });
  expect(starts(second)).toMatchObject([{ link: 'b' }]);
  first.signal('SIGTERM');
  await eventually(() =>
    second.log.some(({ event, link }) => event === 'client-initialized' && link === 'a'),
  );
});

it('a copy that serves takes the control socket from one that waits', async () => {
  const endpoint = await start();
  const { env } = await place();
  const at = (token: string) => ({ ...basic, endpoint: endpoint.serverUrl(token) });
  const elsewhere = new Cli(json, { cwd: await configured({ x: at('one') }), env });
  await elsewhere.event('client-initialized');
  const cwd = await configured({ a: at('one'), b: at('two') });
  const waits = new Cli(['a', ...json], { cwd, env });
  await waits.event('lease-waiting');
  expect(await found(cwd, env)).toMatchObject({ pid: waits.pid });
  const serves = new Cli(['b', ...json], { cwd, env });
  await serves.event('client-initialized');
  await eventually(async () => expect(await found(cwd, env)).toMatchObject({ pid: serves.pid }), {
    timeoutMs: 60_000,
  });
}, 180_000);
