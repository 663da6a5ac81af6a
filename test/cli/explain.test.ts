import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cli, folderAndEndpoint, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';

const basic = join(root, 'test/fixtures/servers/basic.mjs');
const EVIL = 'evil\u001b[2J\u001b]0;title\u0007\u202ename';

/** Servers a and b on endpoints of their own, which have called a tool and are being asked one that does not exist. */
async function running() {
  const { cwd, fake } = await folderAndEndpoint();
  const mcpServers = Object.fromEntries(
    ['a', 'b'].map((name) => [
      name,
      { command: process.execPath, args: [basic], endpoint: fake.endpoint(`secret-token-of-${name}`).href },
    ]),
  );
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers }));
  const env = { XDG_RUNTIME_DIR: cwd, MCP_PIPE_STATE: join(cwd, 'state'), NO_COLOR: '1' };
  const daemon = new Cli(['--log-format', 'json', '--log-calls'], { cwd, env });
  const explain = async (...args: string[]) => {
    const cli = new Cli(['explain', ...args], { cwd, env });
    return { code: await cli.exited, ...{ stdout: cli.stdout, stderr: cli.stderr } };
  };
  const connections = await Promise.all([fake.connection(0), fake.connection(1)]);
  for (const connection of connections) {
    await connection.greet();
    await connection.tool(1, 'echo', { text: 'ARGUMENT-of-a-call' });
    await connection.call(2, 'tools/call', { name: EVIL, arguments: { secret: 'ARGUMENT-of-a-call' } });
  }
  const of = (name: string) => connections.find(({ url }) => url.endsWith(name))!;
  const written = (count: number) =>
    eventually(
      () => {
        const lines = daemon.log.filter(({ event }) => event === 'black-box-written');
        return lines.length >= count && lines;
      },
      { what: `${count} black boxes` },
    );
  return { cwd, fake, daemon, explain, of, written };
}

test('a link that is closed with 4004, one that drops, and a server that is killed', async () => {
  const { cwd, daemon, explain, of, written } = await running();
  of('a').close(4004, 'Internal server error');
  of('b').drop();
  await written(2);
  const pid = daemon.log.findLast(
    ({ event, link }) => event === 'server-ready' && String(link).includes('a'),
  )!.pid;
  process.kill(pid as number, 'SIGKILL');
  const lines = await written(3);
  expect(lines.map(({ why }) => why).sort()).toEqual([
    'connection-ended',
    'connection-ended',
    'server-ended',
  ]);

  const files = lines.map(({ file }) => String(file));
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  expect(texts.join('')).not.toMatch(/secret-token|ARGUMENT/);

  const newest = await explain();
  expect(newest).toMatchObject({ code: 0, stderr: '' });
  expect(newest.stdout).toContain('SIGKILL');
  const asked = await explain(files.find((file) => file.includes('connection-ended'))!, '--lang', 'vi');
  expect(asked.stdout).toMatch(/Hộp đen của link .*(4004 "Internal server error"|1006)/s);
  expect(asked.stdout).toContain('evil\\u001b[2J\\u001b]0;title\\u0007\\u202ename');
  expect(newest.stdout + asked.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);

  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
  // Our own stop is no reason to write.
  expect(daemon.log.filter(({ event }) => event === 'black-box-written')).toHaveLength(3);
  writeFileSync(join(cwd, 'notes.json'), '{"mcpServers":{}}');
  writeFileSync(join(cwd, 'half.json'), texts[0]!.slice(0, 400));
  writeFileSync(join(cwd, 'newer.json'), texts[0]!.replace('"version":1', '"version":2'));
  const refused = await Promise.all(
    ['notes.json', 'half.json', 'newer.json', 'gone.json', 'nobody', '.'].map((what) => explain(what)),
  );
  expect(refused.map(({ code, stdout }) => [code, stdout])).toEqual(refused.map(() => [2, '']));
  expect(
    refused.map(
      ({ stderr }) =>
        /no black box of mcp-pipe|not a whole|newer mcp-pipe|cannot be read|no file nobody/.exec(stderr)?.[0],
    ),
  ).toEqual([
    ...['no black box of mcp-pipe', 'not a whole', 'newer mcp-pipe', 'cannot be read', 'no file nobody'],
    'cannot be read',
  ]);
  const json = JSON.parse((await explain('--json')).stdout);
  expect(json).toMatchObject({ format: 'mcp-pipe-black-box', version: 1, why: 'server-ended' });
  expect(json.diagnosis[0]).toMatchObject({ about: 'server', cause: 'exited' });
});

test('a running link is explained on request', async () => {
  const { explain, daemon } = await running();
  const { code, stdout } = await explain('--now', 'a');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Black box of link a\n/);
  expect(stdout).toMatch(/-> tools\/call "echo" {2}id 1 .*\n.*<- tools\/call "echo" {2}id 1 .* after /);
  expect(await explain('--now', 'nobody')).toMatchObject({ code: 2, stdout: '' });
  const both = JSON.parse((await explain('--now', '--json')).stdout);
  expect(both.boxes.map(({ link, why }: Record<string, string>) => [link, why])).toEqual([
    ['a', 'asked'],
    ['b', 'asked'],
  ]);
  daemon.signal('SIGTERM');
  await daemon.exited;
  const calls = daemon.log.filter(({ event, link }) => event === 'call' && link === 'a');
  expect(calls).toMatchObject([
    { method: 'tools/call', tool: 'echo', id: '1', server: 'a', outcome: 'ok' },
    { method: 'tools/call', id: '2', server: 'a', outcome: 'error', code: -32602 },
  ]);
  expect(JSON.stringify(calls)).not.toContain('ARGUMENT');
  expect(daemon.log.filter(({ event }) => event === 'black-box-written')).toEqual([]);
  expect(await explain('--now')).toMatchObject({ code: 3, stdout: '' });
});

test('without a black box, that is said', async () => {
  const { cwd } = await folderAndEndpoint();
  const cli = new Cli(['explain'], { cwd, env: { MCP_PIPE_STATE: join(cwd, 'state') } });
  expect(await cli.exited).toBe(0);
  expect(cli.stdout).toMatch(/^No black box has been written .*mcp-pipe explain --now\n$/s);
});
