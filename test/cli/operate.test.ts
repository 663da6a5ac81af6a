import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Cli, folder, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';

const stuck = join(root, 'test/fixtures/servers/stuck.mjs');

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await folder();
  // Sockets of the test's own.
  mkdirSync(join(cwd, 'run'), { mode: 0o700 });
  env = { XDG_RUNTIME_DIR: join(cwd, 'run'), XDG_STATE_HOME: join(cwd, 'state'), NO_COLOR: '1' };
});

async function running(servers: Record<string, readonly string[]>) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const mcpServers = Object.fromEntries(
    Object.entries(servers).map(([name, args]) => [
      name,
      { command: process.execPath, args: [stuck, ...args] },
    ]),
  );
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, mode: 'mux' }));
  writeFileSync(join(cwd, '.env'), `MCP_ENDPOINT=${fake.endpoint().href}\n`);
  const daemon = new Cli([], { cwd, env });
  const connection = await fake.connection();
  await connection.greet();
  return { daemon, connection, fake };
}

async function ended(...args: string[]) {
  const cli = new Cli(args, { cwd, env });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
}

test('status and logs of a running mcp-pipe, until it stops', async () => {
  const { daemon } = await running({ calc: [], other: [] });
  const follower = new Cli(['logs', '-f', '--json'], { cwd, env });
  const [table, json, all, ofOne, unknown] = await Promise.all([
    ended('status'),
    ended('status', '--json'),
    ended('logs', '--log-level', 'debug', '--json'),
    ended('logs', 'other', '-n', '2'),
    ended('logs', 'othr'),
  ]);
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toContain(`(pid ${daemon.pid})`);
  expect(table.stdout).toMatch(
    /^mux +works, 2 of 2 servers .*\n {2}calc +ready +[\d.]+ m?s +\d+ +\d+\n {2}other +ready/m,
  );
  expect(JSON.parse(json.stdout)).toMatchObject({ pid: daemon.pid, links: [{ name: 'mux' }] });
  const levels = all.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).level);
  // The log itself has the level info.
  expect(levels).toContain('debug');
  expect(daemon.log.some(({ level }) => level === 'debug')).toBe(false);
  expect(ofOne.stdout).toMatch(/^(\[[\d:.]+\] INFO: \[mux\/other\] .*\n){1,2}$/);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean other?') });

  daemon.signal('SIGTERM');
  await daemon.exited;
  await eventually(() => /"msg":"Stopping/.test(follower.stdout), { what: 'the last lines, followed' });
  const lines = follower.stdout.trimEnd().split('\n');
  expect(new Set(lines).size).toBe(lines.length);
  await eventually(() => follower.stderr.includes('has ended'), { what: 'the follower waits' });
  for (const command of ['status', 'logs']) {
    expect(await ended(command)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('DAEMON_NOT_RUNNING'),
    });
  }
  expect(JSON.parse((await ended('status', '--json')).stdout)).toMatchObject({
    error: { code: 'DAEMON_NOT_RUNNING' },
  });
});
