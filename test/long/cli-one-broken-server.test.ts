import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cli, folderAndEndpoint, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import type { FakeEndpoint } from '../helpers/fake-endpoint.js';

const basic = { command: process.execPath, args: [join(root, 'test/fixtures/servers/basic.mjs')] };

let cwd: string;
let fake: FakeEndpoint;
beforeEach(async () => {
  ({ cwd, fake } = await folderAndEndpoint());
});

const environment = (more: Record<string, string> = {}) => ({
  MCP_ENDPOINT: fake.endpoint().href,
  XDG_RUNTIME_DIR: cwd,
  ...more,
});

async function configure(servers: object, more: object = {}): Promise<void> {
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: servers, ...more }));
}

describe('a server that cannot be started in its folder', () => {
  it.each([
    ['mux', { cwd: 'gone' }, 'does not exist'],
    ['pipe', { cwd: 'gone' }, 'does not exist'],
    ['rotate', { cwd: 'gone' }, 'does not exist'],
    ['mux', { cwd: 'mcp_config.json' }, 'is not a directory'],
    ['mux', { cwd: 'a\0b' }, 'NUL'],
    ['mux', { args: ['a\0b'] }, 'NUL'],
    ['mux', { env: { A: 'a\0b' } }, 'NUL'],
  ])('in a %s with %j leaves the others at work', async (mode, members, why) => {
    await configure({ broken: { ...basic, ...members }, whole: { ...basic } }, { mode });
    const env = environment(mode === 'pipe' ? { MCP_ENDPOINT_BROKEN: fake.endpoint('another').href } : {});
    const cli = new Cli([], { cwd, env });
    const down = await eventually(
      () => cli.log.find(({ event, stderrTail }) => event === 'server-down' && stderrTail !== undefined),
      { what: 'the broken server is told' },
    );
    expect(JSON.stringify(down)).toContain(why);
    expect(JSON.stringify(down)).toContain('broken');
    const connection = await fake.connection(0, 20_000);
    await connection.greet();
    expect(await connection.tool(1, 'echo', { text: 'still here' })).toContain('still here');
    expect(
      cli.log.filter(({ event, server, link }) => event === 'server-ready' && (server ?? link) === 'broken'),
    ).toEqual([]);
  });
});

describe('npx that asks before it fetches a package', () => {
  /** It says what the real one says; which reads no registry. */
  async function npx(): Promise<string> {
    const bin = join(cwd, 'bin');
    await mkdir(bin);
    await writeFile(
      join(bin, 'npx'),
      `#!/bin/sh
[ "$1" = -y ] && exec "${process.execPath}" "${basic.args[0]}"
echo 'npm error npx canceled due to missing packages and no YES option: ["some-server@1.0.0"]' >&2
exit 1
`,
    );
    await chmod(join(bin, 'npx'), 0o755);
    return `${bin}:${process.env.PATH}`;
  }

  it('is advised the same by check, by the log, by health and by tools; obeying it gives a link', async () => {
    const PATH = await npx();
    const env = environment({ PATH });
    await configure({ some: { command: 'npx', args: ['some-server'] } });
    const checking = new Cli(['check', '--json'], { cwd, env });
    await checking.exited;
    const { findings } = JSON.parse(checking.stdout) as { findings: { code: string; next: string }[] };
    const doubt = findings.find(({ code }) => code === 'CHECK_NPX_ASKS')!;
    expect(doubt.next).toContain('"-y"');

    const tools = new Cli(['tools', 'some'], { cwd, env });
    await tools.exited;
    const cli = new Cli([], { cwd, env });
    const down = await cli.event('server-down');
    const health = new Cli(['health'], { cwd, env });
    await health.exited;
    const asked = new Cli(['tools', 'some'], { cwd, env });
    await asked.exited;
    for (const said of [tools.stderr, String(down.msg), health.stdout, asked.stderr]) {
      expect(said.replaceAll(/\s+/g, ' ')).toContain('write "-y" before the package in `args`');
      expect(said).not.toContain('alone in a terminal');
    }
    cli.signal('SIGTERM');
    await cli.exited;

    await configure({ some: { command: 'npx', args: ['-y', 'some-server'] } });
    const obeyed = new Cli([], { cwd, env });
    await obeyed.event('open');
    const connection = await fake.connection();
    await connection.greet();
    expect(await connection.tool(1, 'echo', { text: 'there' })).toContain('there');
  });
});
