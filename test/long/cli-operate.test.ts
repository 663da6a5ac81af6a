import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Cli, folder, isAlive, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { hasPty, Pty } from '../helpers/pty.js';

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

  if (hasPty) {
    const pty = new Pty(['status', '--watch'], { cwd, env, columns: 60 });
    await pty.shows(/^mux +works, 2 of 2/m);
    pty.press('q');
    expect(await pty.exited).toBe(0);
    expect(pty.isUsual).toBe(true);
  }
  const watcher = new Cli(['status', '--watch', '--json'], { cwd, env });
  await eventually(() => watcher.stdout.includes('\n'), { what: 'the first state' });

  daemon.signal('SIGTERM');
  await daemon.exited;
  expect(await watcher.exited).toBe(3);
  expect(JSON.parse(watcher.stdout.split('\n')[0]!)).toMatchObject({ pid: daemon.pid });
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

test('one in the background: started once, told what to do, stopped; its log stays readable', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const mcpServers = {
    calc: { command: process.execPath, args: [stuck] },
    other: { command: process.execPath, args: [stuck] },
  };
  const configure = (more: object) =>
    writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, ...more }));
  configure({ mode: 'mxu' });
  writeFileSync(join(cwd, '.env'), `MCP_ENDPOINT=${fake.endpoint().href}\n`);
  // As without -d: the error, and its exit code.
  expect(await ended('start', '-d')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('[CONFIG_TYPE]'),
  });
  configure({ mode: 'mux' });
  const started = await ended('start', '-d', '--json', '--log-level', 'debug');
  expect(started).toMatchObject({ code: 0, stderr: '' });
  const { pid, logFile } = JSON.parse(started.stdout) as { pid: number; logFile: string };
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  const connection = await fake.connection();
  await connection.greet();
  if (process.platform === 'linux') {
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(open.filter((path) => /^\/dev\/(pts|tty)/.test(path))).toEqual([]);
    // A session of its own (proc(5): the sixth value), so that the end of the terminal does not end it.
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[3]).toBe(String(pid));
  }
  expect(statSync(logFile).mode & 0o777).toBe(0o600);

  const [again, restarted, unknown] = await Promise.all([
    ended('start', '-d'),
    ended('restart', 'calc'),
    ended('restart', 'clac'),
  ]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining(`(pid ${pid}, since `) });
  expect(restarted).toMatchObject({ code: 0, stdout: expect.stringContaining('Restarted: calc.') });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean calc?') });
  expect(JSON.parse((await ended('pause', 'other', '--json')).stdout)).toMatchObject({ changed: ['other'] });
  expect((await ended('status')).stdout).toMatch(/^other +paused/m);
  expect((await ended('health')).stdout).toMatch(/^other: paused by hand; mcp-pipe resume other/m);
  configure({ mode: 'nonsense' });
  const refused = await ended('reload');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('[CONFIG_TYPE]') });
  const [status, resumed, reconnected] = await Promise.all([
    ended('status'),
    ended('resume', 'other'),
    ended('reconnect', 'mux', '--json'),
  ]);
  expect(status.stdout).toMatch(/cannot be used .*\n.*\[CONFIG_TYPE\]/);
  expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('Goes on: other.') });
  expect(reconnected.code).toBe(0);
  configure({ mode: 'mux', settings: { maxTools: 7 } });
  expect(await ended('reload')).toMatchObject({ code: 0, stdout: expect.stringContaining('read again') });

  expect(await ended('stop')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`(pid ${pid}) has stopped`),
  });
  expect(isAlive(pid)).toBe(false);
  expect(await ended('logs', '-n', '1')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Stopped.'),
    stderr: expect.stringContaining(logFile),
  });
});
