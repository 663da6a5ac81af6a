import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openControl } from '../../src/faces/control/client.js';
import type { HealthReport } from '../../src/observe/health.js';
import { Cli, folderAndEndpoint, root } from '../helpers/cli.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';

const basic = { command: process.execPath, args: [join(root, 'test/fixtures/servers/basic.mjs')] };

/** A folder with a configuration, and what runs commands in it. */
async function world(config: (endpoint: string) => object) {
  const { cwd, fake } = await folderAndEndpoint();
  const write = (next: object) => writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify(next));
  write(config(fake.endpoint().href));
  const env = { MCP_PIPE_CONTROL: join(cwd, 'control.sock') };
  const ask = async (...args: string[]) => {
    const cli = new Cli(args, { cwd, env });
    const code = await cli.exited;
    return { code, ...{ stdout: cli.stdout, stderr: cli.stderr } };
  };
  /** As the page and other programs ask. */
  const control = async (method: string, params: object = {}) => {
    const client = await openControl([env.MCP_PIPE_CONTROL], {
      ...{ uid: process.getuid?.(), timeoutMs: PATIENCE_MS },
    });
    return client.ask(method, params).finally(() => client.close());
  };
  const health = async () =>
    ((await control('health')) as { result: HealthReport & { status: string } }).result;
  return {
    ...{ cwd, fake, write, ask, health },
    start: () => new Cli([], { cwd, env }),
    memberNamed: async (name: string) => {
      const { links } = await health();
      return links.flatMap(({ members }) => members ?? []).find((member) => member.name === name)!;
    },
    /** The servers that it did something to; undefined: it was refused. */
    act: async (method: 'wake' | 'sleep', name: string) =>
      ((await control(method, { name })) as { result?: { changed: string[] } }).result?.changed,
    reload: async () => ((await control('reload')) as { result?: object }).result,
  };
}

const startsOf = ({ log }: Cli, name: string) =>
  log.filter(({ event, server, link }) => event === 'server-starting' && (server ?? link) === name);

test('a person sees servers that sleep as well, has them listed and called, wakes them and puts them to sleep', async () => {
  const { fake, write, ask, health, start, memberNamed, act, reload } = await world((endpoint) => ({
    settings: { start: 'demand' },
    mcpServers: { lazy: basic, kept: { ...basic, keep: '00:00-24:00' }, eager: { ...basic, start: 'run' } },
    agents: { kitchen: { endpoint } },
  }));
  const run = start();
  const connection = await fake.connection();
  await connection.greet();
  await eventually(() => run.log.some(({ why }) => why === 'learned'), { what: 'lazy sleeps' });
  const stateOf = async (name: string) => (await memberNamed(name)).state;
  await eventually(async () => (await stateOf('kept')) === 'ready', { what: 'kept runs' });
  expect(await stateOf('eager')).toBe('ready');
  const lazy = await memberNamed('lazy');
  expect(lazy).toMatchObject({ state: 'parked', demand: { isKept: false } });
  expect(lazy.pid).toBeUndefined();
  expect((await memberNamed('kept')).demand).toMatchObject({ isKept: true });
  expect((await memberNamed('eager')).demand).toBeUndefined();
  const report = await health();
  expect(report).toMatchObject({ healthy: true, status: 'healthy' });
  expect((await ask('health')).code).toBe(0);
  expect((await ask('status')).stdout).toMatch(/lazy +asleep until a call comes/);
  expect((await ask('status', '--lang', 'vi')).stdout).toMatch(/lazy +đang ngủ cho đến khi có lời gọi/);

  // Its tools are known without it; a call starts it.
  expect((await ask('tools', 'lazy')).stdout).toContain('whoami');
  expect(await stateOf('lazy')).toBe('parked');
  const called = await ask('call', 'lazy', 'whoami');
  expect(called.code).toBe(0);
  const { pid, startMs } = await memberNamed('lazy');
  expect(called.stdout).toContain(String(pid));
  expect(startMs).toBeGreaterThan(0);

  // It is asked for its lists behind the call.
  await eventually(async () => (await act('sleep', 'lazy'))?.length === 1, { what: 'lazy is put to sleep' });
  expect(await memberNamed('lazy')).toMatchObject({ state: 'parked', startMs });
  expect(await act('sleep', 'lazy')).toEqual([]);
  expect(await act('wake', 'lazy')).toEqual(['lazy']);
  await eventually(async () => (await stateOf('lazy')) === 'ready', { what: 'lazy runs' });
  expect(await act('wake', 'nobody')).toBeUndefined();
  expect(startsOf(run, 'lazy')).toHaveLength(3);

  // What is changed needs no new process, and no new connection.
  const eager = await memberNamed('eager');
  write({
    mcpServers: { lazy: basic, kept: basic, eager: { ...basic, start: 'demand', idlePark: 1 } },
    agents: { kitchen: { endpoint: fake.endpoint().href } },
  });
  expect(await reload()).toMatchObject({ isChanged: true });
  await eventually(async () => (await stateOf('eager')) === 'parked', { what: 'eager sleeps' });
  expect(eager.pid).toBeDefined();
  expect((await memberNamed('lazy')).demand).toBeUndefined();
  expect(startsOf(run, 'kept')).toHaveLength(1);
  expect(fake.connections).toHaveLength(1);
});

test('the next run starts none of them before a call, in turns as well', async () => {
  const { fake, start } = await world((endpoint) => ({
    mode: 'rotate',
    settings: { start: 'demand', rotateEveryMs: 400 },
    mcpServers: { one: { ...basic, endpoint }, two: { ...basic, endpoint } },
  }));
  const first = start();
  await eventually(() => first.log.filter(({ event }) => event === 'server-idle-stopped').length >= 2, {
    what: 'both have been learned',
    timeoutMs: PATIENCE_MS,
  });
  first.signal('SIGTERM');
  await first.exited;
  const before = fake.connections.length;
  const second = start();
  await eventually(() => fake.connections.length >= before + 3, { what: 'three turns' });
  expect(second.log.filter(({ event }) => event === 'server-starting')).toEqual([]);
  const turn = await fake.connection(fake.connections.length);
  await turn.greet();
  expect(Number(await turn.tool(1, 'whoami'))).toBeGreaterThan(0);
  expect(second.log.filter(({ event }) => event === 'server-starting')).toHaveLength(1);
});
