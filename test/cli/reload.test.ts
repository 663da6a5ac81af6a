import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openControl } from '../../src/faces/control/client.js';
import type { HealthReport } from '../../src/observe/health.js';
import { Cli, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive } from '../helpers/is-alive.js';
import { fixture } from '../helpers/link.js';

it('a running mcp-pipe takes over edits by itself, by SIGHUP and on request, and drops nothing else', async () => {
  const { cwd, fake } = await folderAndEndpoint();
  const next = await FakeEndpoint.start();
  onTestFinished(() => next.close());
  const server = { command: process.execPath, args: [fixture('basic.mjs')] };
  const write = (servers: object) =>
    writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: servers }));
  const writeEnv = (endpoint: FakeEndpoint) =>
    writeFileSync(join(cwd, '.env'), `MCP_ENDPOINT=${endpoint.endpoint().href}\n`);
  write({ a: server, b: server });
  writeEnv(fake);
  const control = join(cwd, 'control.sock');
  const cli = new Cli(['--watch', '--no-live'], { cwd, env: { MCP_PIPE_CONTROL: control } });
  const ask = async (method: string, params = {}) => {
    const client = await openControl([control], { uid: process.getuid?.(), timeoutMs: 5_000 });
    return client.ask(method, params).finally(() => client.close());
  };
  const health = async () =>
    (await ask('health')).result as HealthReport & { configuration: object; paused: { name: string }[] };
  const members = async () => (await health()).links[0]!.members ?? [];
  const reloads = (event = 'config-reloaded') => cli.log.filter((line) => line.event === event);
  const first = await fake.connection();
  await first.greet();
  await eventually(async () => (await members()).every(({ state }) => state === 'ready'));
  const pid = Number(await first.tool(1, 'a__whoami'));

  // By itself.
  write({ a: server, b: server, c: server });
  await eventually(() => reloads().length === 1);
  await eventually(async () => (await first.tool(Math.random(), 'c__echo', { text: 'x' })) === 'x');
  expect(reloads()[0]).toMatchObject({ msg: expect.stringContaining('added c') });
  // A broken edit.
  write({ a: { ...server, args: 'wrong' }, b: server });
  await eventually(() => reloads('config-refused').length === 1);
  expect(await health()).toMatchObject({
    configuration: {
      watching: true,
      changedSince: [join(cwd, 'mcp_config.json')],
      refused: { findings: [{ code: 'CONFIG_TYPE' }] },
    },
  });
  // By SIGHUP, which stops nothing without a terminal.
  cli.signal('SIGHUP');
  await eventually(() => reloads('config-refused').length === 2);
  write({ a: server, b: server });
  await eventually(() => reloads().length === 2);
  expect(Number(await first.tool(2, 'a__whoami'))).toBe(pid);
  // Pause and resume.
  expect((await ask('pause', { name: 'b' })).result).toMatchObject({ servers: ['b'] });
  expect((await first.call(3, 'tools/call', { name: 'b__echo', arguments: {} })).error).toBeDefined();
  expect((await health()).paused).toMatchObject([{ name: 'b' }]);
  expect((await ask('resume', { name: 'b' })).result).toMatchObject({ servers: ['b'] });
  await eventually(async () => (await first.tool(Math.random(), 'b__echo', { text: 'y' })) === 'y');
  expect([first.isClosed, fake.connections.length]).toEqual([false, 1]);
  // A token that changed is taken over by editing .env alone; the servers' processes go on.
  writeEnv(next);
  const second = await next.connection();
  await second.greet();
  expect(Number(await second.tool(4, 'a__whoami'))).toBe(pid);
  expect(first.isClosed).toBe(true);

  expect((await ask('stop')).result).toEqual({ pid: cli.pid });
  expect(await cli.exited).toBe(0);
  expect(isAlive(pid)).toBe(false);
});
