import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cli, descendants, folder, isAlive, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';

async function start(...command: string[]) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const env = { MCP_ENDPOINT: fake.endpoint().href };
  const cli = new Cli(command, { env });
  const connection = await fake.connection();
  await connection.greet();
  return { fake, cli, connection };
}

const server = (name: string) => ['--', process.execPath, fixture(name)];

describe('SIGTERM', () => {
  it('lets a call in flight finish, refuses new ones, closes with 1000, ends the server, exits 0', async () => {
    const { fake, cli, connection } = await start(...server('basic.mjs'));
    const pid = Number(await connection.tool(1, 'whoami'));
    connection.begin(2, 'slow', { ms: 4_000 });
    await connection.tool(3, 'echo', { text: 'the slow call is running' });
    cli.signal('SIGTERM');
    await cli.event('draining');
    const refused = await connection.call(4, 'tools/list');
    expect(refused.error.code).toBe(-31_004);
    expect((await connection.reply(2)).result.content[0].text).toBe('slept 4000 ms');
    expect(await connection.closed).toMatchObject({ code: 1000 });
    expect(await cli.exited).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(fake.connections).toHaveLength(1);
  });

  it('lets calls of several servers on one connection finish, and ends them all', async () => {
    const cwd = await folder();
    const entry = { command: process.execPath, args: [fixture('basic.mjs')] };
    await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { a: entry, b: entry } }));
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    const cli = new Cli([], { cwd, env: { MCP_ENDPOINT: fake.endpoint().href } });
    const connection = await fake.connection();
    await connection.greet();
    const pids = [await connection.tool(1, 'a__whoami'), await connection.tool(2, 'b__whoami')].map(Number);
    for (const [id, server] of [
      [3, 'a'],
      [4, 'b'],
    ] as const) {
      const params = { name: `${server}__slow`, arguments: { ms: 4_000 } };
      connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
      await connection.tool(`${server} runs`, `${server}__echo`);
    }
    cli.signal('SIGTERM');
    await cli.event('draining');
    expect((await connection.call(5, 'tools/list')).error.code).toBe(-31_004);
    for (const id of [3, 4])
      expect((await connection.reply(id)).result.content[0].text).toBe('slept 4000 ms');
    expect(await connection.closed).toMatchObject({ code: 1000 });
    expect(await cli.exited).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(fake.connections).toHaveLength(1);
  });

  it('stops dialling: nobody comes back while it drains', async () => {
    const { fake, cli, connection } = await start(...server('basic.mjs'));
    cli.signal('SIGTERM');
    connection.tcp.destroy();
    expect(await cli.exited).toBe(0);
    expect(fake.dials).toHaveLength(1);
  });

  it('ends the whole tree that npx started', async () => {
    const { cli, connection } = await start('--', 'npx', '-y', '@modelcontextprotocol/server-memory');
    expect((await connection.call(1, 'tools/list')).result.tools).toHaveLength(9);
    const tree = descendants(cli.pid);
    expect(tree.length).toBeGreaterThanOrEqual(2);
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    await eventually(() => tree.filter(isAlive).length === 0, { what: `the end of ${tree}` });
  });

  it('ends a server that ignores the end of its input and SIGTERM', async () => {
    const { cli, connection } = await start(...server('ignores-eof.mjs'));
    await connection.call(1, 'tools/list');
    const tree = descendants(cli.pid);
    const asked = performance.now();
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    expect(tree.filter(isAlive)).toEqual([]);
    // 2 s after the end of input, 3 s after SIGTERM, and what a busy machine adds.
    expect(performance.now() - asked).toBeLessThan(20_000);
  });
});

describe('a second signal', () => {
  it('stops now: it waits neither for calls nor for the server', async () => {
    const { cli, connection } = await start(...server('ignores-eof.mjs'));
    connection.begin(1, 'slow', { ms: 60_000 });
    const tree = descendants(cli.pid);
    cli.signal('SIGINT');
    await cli.event('draining');
    const asked = performance.now();
    cli.signal('SIGINT');
    expect(await cli.exited).toBe(130);
    // The call would have had 10 s, and the server 5 s after it.
    expect(performance.now() - asked).toBeLessThan(9_000);
    expect(tree.filter(isAlive)).toEqual([]);
  });
});

describe('SIGINT', () => {
  it('exits 130 in good order', async () => {
    const { cli, connection } = await start(`${root}/examples/calculator.js`);
    cli.signal('SIGINT');
    expect(await connection.closed).toMatchObject({ code: 1000 });
    expect(await cli.exited).toBe(130);
    expect(cli.log.map(({ msg }) => msg)).toContain('Ctrl-C (SIGINT): stopping.');
  });
});

describe('SIGKILL of mcp-pipe itself', () => {
  it('leaves no server behind that heeds the end of its input', async () => {
    const { cli, connection } = await start(...server('basic.mjs'));
    const pid = Number(await connection.tool(1, 'whoami'));
    cli.signal('SIGKILL');
    await cli.exited;
    await eventually(() => !isAlive(pid));
  });
});

describe.skipIf(process.platform === 'win32')('SIGUSR1', () => {
  it('opens no inspector, in which tokens could be read', async () => {
    const { cli, connection } = await start(...server('basic.mjs'));
    cli.signal('SIGUSR1');
    // Whatever it does about the signal it has done by now.
    expect(await connection.tool(1, 'echo', { text: 'still here' })).toBe('still here');
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
    expect(cli.stderr).not.toMatch(/Debugger|inspector|ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{8}-/i);
  });
});
