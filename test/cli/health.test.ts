import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Cli, folder, root } from '../helpers/cli.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { hasPty, Pty } from '../helpers/pty.js';

const stuck = join(root, 'test/fixtures/servers/stuck.mjs');
const TIME = String.raw`[\d.]+ (ms|s|min)`;

let cwd: string;
let env: Record<string, string>;
let fake: FakeEndpoint;
beforeEach(async () => {
  cwd = await folder();
  // Sockets of the test's own.
  mkdirSync(join(cwd, 'run'), { mode: 0o700 });
  env = { XDG_RUNTIME_DIR: join(cwd, 'run'), NO_COLOR: '1' };
  fake = await FakeEndpoint.start();
});

/** Each server with the arguments of `stuck.mjs`. */
async function running(servers: Record<string, readonly string[]>, mode: string, settings = {}) {
  onTestFinished(() => fake.close());
  const mcpServers = Object.fromEntries(
    Object.entries(servers).map(([name, args]) => [
      name,
      { command: process.execPath, args: [stuck, ...args] },
    ]),
  );
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, mode, settings }));
  const daemon = new Cli([], { cwd, env: { ...env, MCP_ENDPOINT: fake.endpoint().href } });
  const connection = await fake.connection();
  await connection.greet();
  return { daemon, connection };
}

async function health(...args: string[]) {
  const cli = new Cli(['health', ...args], { cwd, env });
  return { code: await cli.exited, stdout: cli.stdout };
}

async function json() {
  const { code, stdout } = await health('--json');
  return { code, report: JSON.parse(stdout) };
}

test.skipIf(!hasPty)('on a terminal, lines break between words, and go on beside the name', async () => {
  await running({ calc: [], other: [] }, 'mux');
  const pty = new Pty(['health'], { cwd, env, columns: 40 });
  expect(await pty.exited).toBe(0);
  const { lines } = pty.screen;
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => line.length > 40)).toEqual([]);
  expect(lines.filter((line) => !/^(mux| {2}calc| {2}other|) {2,}\S/.test(line))).toEqual([]);
});

test('a connection on which nothing was asked is told from one that works, and who holds the control socket', async () => {
  onTestFinished(() => fake.close());
  const server = { command: process.execPath, args: [stuck] };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { calc: server } }));
  const daemon = new Cli([], { cwd, env: { ...env, MCP_ENDPOINT: fake.endpoint().href } });
  await daemon.event('open');
  const { report } = await json();
  const [link] = report.links;
  expect(link).toMatchObject({
    ready: false,
    state: 'open',
    connection: { neverAskedSince: link.connection.openedAt },
  });
  expect(link.connection.askedAt).toBeUndefined();
  expect(report.control).toMatchObject({ pid: daemon.pid, path: expect.stringContaining(cwd) });
  expect((await health()).stdout).toMatch(
    new RegExp(
      `^calc {2}open for ${TIME} .*the endpoint has asked nothing on this connection yet, for ${TIME}\n$`,
    ),
  );
  // Callers that do not introduce themselves again are served, and it is said to work.
  const connection = await fake.connection();
  await connection.tool(1, 'whoami');
  const { report: later } = await json();
  expect(later.links[0]).toMatchObject({ ready: true, greeted: false });
  expect(later.links[0].connection.neverAskedSince).toBeUndefined();
});
