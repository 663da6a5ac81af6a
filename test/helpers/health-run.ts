import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, onTestFinished } from 'vitest';
import { Cli, folder, root } from './cli.js';
import { FakeEndpoint } from './fake-endpoint.js';

export const stuck = join(root, 'test/fixtures/servers/stuck.mjs');

export let cwd: string;
export let env: Record<string, string>;
export let fake: FakeEndpoint;
/** To be called once in a file of tests: each test has a folder and an endpoint of its own. */
export function eachInAFolder(): void {
  beforeEach(async () => {
    cwd = await folder();
    // Sockets of the test's own.
    mkdirSync(join(cwd, 'run'), { mode: 0o700 });
    env = { XDG_RUNTIME_DIR: join(cwd, 'run'), NO_COLOR: '1' };
    fake = await FakeEndpoint.start();
  });
}

/** Each server with the arguments of `stuck.mjs`. */
export async function running(servers: Record<string, readonly string[]>, mode: string, settings = {}) {
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

export async function health(...args: string[]) {
  const cli = new Cli(['health', ...args], { cwd, env });
  return { code: await cli.exited, stdout: cli.stdout };
}

export async function json() {
  const { code, stdout } = await health('--json');
  return { code, report: JSON.parse(stdout) };
}
