import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Cli, descendants, folder, folderAndEndpoint, root, stateFolder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { isAlive } from '../helpers/is-alive.js';
import { fixture } from '../helpers/link.js';
import { stdioV1, stdioV2 } from '../helpers/stdio-clients.js';

const server = (name: string) => ({ command: process.execPath, args: [fixture(name)] });
const basic = server('basic.mjs');

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await folder();
  env = { XDG_RUNTIME_DIR: cwd };
});

const configure = (mcpServers: object) =>
  writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers }));

/** `mcp-pipe stdio` whose lines a test writes itself. */
function raw(args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, 'bin/mcp-pipe.js'), 'stdio', ...args], {
    ...{ cwd, stdio: ['pipe', 'pipe', 'ignore'] },
    env: { PATH: process.env.PATH ?? '', XDG_STATE_HOME: stateFolder, ...env },
  }) as ChildProcess & {
    stdin: NonNullable<ChildProcess['stdin']>;
    stdout: NonNullable<ChildProcess['stdout']>;
  };
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  child.stdin.on('error', () => {});
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const answers = new Map<unknown, { result?: { content?: { text: string }[] }; error?: { code: number } }>();
  const listen = () =>
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { id?: unknown; method?: string };
      if (message.method === undefined) answers.set(message.id, message as never);
    });
  const initialize = () => {
    const clientInfo = { name: 't', version: '1' };
    send({
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
    });
  };
  const call = (id: number, name: string, args: object = {}) =>
    send({ id, method: 'tools/call', params: { name, arguments: args } });
  const answer = (id: unknown) => eventually(() => answers.get(id), { what: `an answer to ${id}` });
  return { child, exited, send, initialize, call, answer, listen };
}

it('a running mcp-pipe that was killed is used again when it is back', async () => {
  const { cwd: here, fake } = await folderAndEndpoint();
  cwd = here;
  env = { XDG_RUNTIME_DIR: cwd };
  await configure({ first: basic, second: basic });
  const start = async () => {
    const daemon = new Cli(['-e', fake.endpoint().href], { cwd, env });
    await daemon.event('open');
    return daemon;
  };
  const before = await start();
  const clients = await Promise.all([stdioV1({ args: [], cwd, env }), stdioV2({ args: [], cwd, env })]);
  const pids = await Promise.all(clients.map((client) => client.call('first__whoami')));
  expect(new Set(pids).size).toBe(1);
  const pending = clients.map((client) =>
    client.call('first__hold', { ms: 60_000 }).catch((error: Error) => error.message),
  );
  await sleep(200);
  before.signal('SIGKILL');
  await before.exited;
  expect(await Promise.all(pending)).toEqual(clients.map(() => expect.stringContaining('was running')));
  const after = await start();
  const again = await Promise.all(
    clients.map((client) => eventually(() => client.call('first__whoami').catch(() => undefined))),
  );
  expect(new Set(again).size).toBe(1);
  expect(descendants(after.pid)).toContain(Number(again[0]));
  await eventually(() => clients.every(({ changes }) => changes > 0));
  for (const { pid } of clients) expect(descendants(pid)).toEqual([]);
  // A restart in good order is one, too.
  after.signal('SIGTERM');
  expect(await after.exited).toBe(0);
  await start();
  for (const client of clients) await eventually(() => client.call('first__whoami').catch(() => undefined));
});

describe('a client of MCP 2026-07-28', () => {
  it.each([['one'], ['one', 'two']])('calls %s %s', async (...names) => {
    await configure(Object.fromEntries(names.map((name) => [name, server('both-eras.mjs')])));
    const client = await stdioV2({ args: [], cwd, env }, 'auto');
    const tools = await client.tools();
    expect(tools.length).toBeGreaterThan(0);
    await client.close();
    await eventually(() => !isAlive(client.pid));
  });
});

it('lines that are no messages harm nothing, and large ones pass in both directions', async () => {
  await configure({ only: basic });
  const { child, exited, initialize, call, answer, listen } = raw([]);
  listen();
  initialize();
  await answer(0);
  const lines = [
    '',
    '   ',
    '{',
    'null',
    '[]',
    '{"jsonrpc":"2.0","id":5}',
    '\u0000\u0001',
    '"'.repeat(1_000),
    '[['.repeat(10_000),
  ];
  child.stdin.write(`${lines.join('\n')}\r\n`);
  child.stdin.write(Buffer.from([0xff, 0xfe, 0x0a]));
  const text = 'á'.repeat(10_000_000);
  call(1, 'echo', { text });
  expect((await answer(1)).result?.content?.[0]?.text).toBe(text);
  child.stdin.write(`{"jsonrpc":"2.0","id":2,"method":"ping","x":"${'y'.repeat(70 * 1024 * 1024)}"}\n`);
  expect((await answer(2)).error?.code).toBe(-31005);
  call(3, 'echo', { text: 'still here' });
  expect((await answer(3)).result?.content?.[0]?.text).toBe('still here');
  child.stdin.end();
  expect(await exited).toBe(0);
});

it('a client that does not read slows the servers down, and gets everything when it reads', async () => {
  await configure({ only: basic });
  const { child, exited, initialize, call, answer, listen } = raw([]);
  initialize();
  const text = 'x'.repeat(1_000_000);
  for (let id = 1; id <= 100; id++) call(id, 'echo', { text });
  await sleep(3_000);
  expect(child.stdout.readableFlowing).not.toBe(true);
  listen();
  for (let id = 1; id <= 100; id++)
    expect((await answer(id)).result?.content?.[0]?.text.length).toBe(1_000_000);
  child.stdin.end();
  expect(await exited).toBe(0);
});

describe.each([{ names: ['only'] }, { names: ['only', 'other'] }])('with %s', ({ names }) => {
  const prefix = names.length > 1 ? 'only__' : '';
  beforeEach(() => configure(Object.fromEntries(names.map((name) => [name, basic]))));
  const started = async () => {
    const client = raw([]);
    client.listen();
    client.initialize();
    client.call(1, `${prefix}whoami`);
    const pid = Number((await client.answer(1)).result?.content?.[0]?.text);
    client.call(2, `${prefix}slow`, { ms: 60_000 });
    return { ...client, pid };
  };

  it('SIGTERM ends it though a call hangs, and its servers', async () => {
    const { child, exited, pid } = await started();
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    await eventually(() => !isAlive(pid));
  });

  it('a client that reads no more ends it', async () => {
    const { child, exited, call, pid } = await started();
    child.stdout.destroy();
    call(3, `${prefix}echo`, { text: 'x' });
    expect(await exited).toBe(0);
    await eventually(() => !isAlive(pid));
  });
});
