import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, onTestFinished } from 'vitest';
import { Cli, folder, root } from './cli.js';
import { eventually } from './eventually.js';
import { FakeEndpoint } from './fake-endpoint.js';

const rugPull = join(root, 'test/fixtures/servers/rug-pull.mjs');
/** What the tool of the server says of itself at first. */
export const FIRST = 'Looks at a file.';

export let cwd: string;
export let env: Record<string, string>;
/** To be called once in a file of tests: each test has a folder of its own, in which commands are run. */
export function eachInAFolder(): void {
  beforeEach(async () => {
    cwd = await folder();
    // Sockets of the test's own.
    mkdirSync(join(cwd, 'run'), { mode: 0o700 });
    env = { XDG_RUNTIME_DIR: join(cwd, 'run'), XDG_STATE_HOME: join(cwd, 'state'), NO_COLOR: '1' };
  });
}

export function write(options: object, description = FIRST) {
  const server = { command: process.execPath, args: [rugPull], env: { RUG_PULL: description }, ...options };
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { files: server } }));
}

export async function running(fake: FakeEndpoint) {
  writeFileSync(join(cwd, '.env'), `MCP_ENDPOINT=${fake.endpoint().href}\n`);
  const before = fake.connections.length;
  const daemon = new Cli([], { cwd, env });
  const connection = await fake.connection(before);
  await connection.greet();
  return { daemon, connection };
}

export async function endpoint() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

export async function ended(...args: string[]) {
  const cli = new Cli(args, { cwd, env });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
}

/** The id of the call that waits. */
export async function waitingId(): Promise<string> {
  return eventually(async () => {
    const { stdout } = await ended('approve', '--json');
    return (JSON.parse(stdout) as { calls: { id: string }[] }).calls[0]?.id;
  });
}
