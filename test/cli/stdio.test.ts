import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { startControl } from '../../src/faces/control/server.js';
import { Cli, descendants, folder, folderAndEndpoint } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { isAlive } from '../helpers/is-alive.js';
import { fixture } from '../helpers/link.js';
import { stdioV1, stdioV2 } from '../helpers/stdio-clients.js';

const basic = { command: process.execPath, args: [fixture('basic.mjs')] };
const asker = { command: process.execPath, args: [fixture('asker.mjs')] };

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await folder();
  // Sockets of the test's own.
  env = { XDG_RUNTIME_DIR: cwd };
});

const configure = (mcpServers: object, more = {}) =>
  writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers, ...more }));

async function end(args: string[]) {
  const cli = new Cli(args, { cwd, env });
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr.replace(/\s+/g, ' ') };
}

it('the client of SDK 1.x has all configured servers as one, which end with it', async () => {
  await configure({ first: basic, second: basic });
  const client = await stdioV1({ args: [], cwd, env });
  expect(client.serverName).toBe('mcp-pipe');
  expect(await client.tools()).toEqual(expect.arrayContaining(['first__whoami', 'second__whoami']));
  const pids = await Promise.all(['first__whoami', 'second__whoami'].map((name) => client.call(name)));
  expect(new Set(pids).size).toBe(2);
  await client.close();
  await eventually(() => ![client.pid, ...pids.map(Number)].some(isAlive));
});

it('the client of SDK 2.x has one server alone as it is, which may ask for what the client has declared', async () => {
  await configure({ only: asker, other: basic });
  const client = await stdioV2({ args: ['--server', 'only'], cwd, env });
  expect(client.serverName).toBe('asker');
  await client.call('say', { line: '{"jsonrpc":"2.0","id":"r","method":"roots/list"}' });
  const received = await eventually(async () => {
    const lines = JSON.parse(await client.call('received')) as string[];
    return lines.some((line) => line.includes('file:///home/an')) ? lines : undefined;
  });
  // No other process was initialised before.
  expect(JSON.parse(received[0]!)).toMatchObject({ params: { clientInfo: { name: 'desktop' } } });
  await client.close();
});

it('uses the servers of the running mcp-pipe, each started once, and says when that has ended', async () => {
  const { cwd: here, fake } = await folderAndEndpoint();
  cwd = here;
  env = { XDG_RUNTIME_DIR: cwd };
  await configure({ first: basic, second: basic });
  const daemon = new Cli(['-e', fake.endpoint().href], { cwd, env });
  await daemon.event('open');
  const [one, two] = await Promise.all([
    stdioV1({ args: [], cwd, env }),
    stdioV2({ args: ['first'], cwd, env }),
  ]);
  const pid = await one.call('first__whoami');
  expect(await two.call('whoami')).toBe(pid);
  expect(descendants(daemon.pid)).toContain(Number(pid));
  expect(descendants(one.pid)).toEqual([]);
  expect(one.stderr).toContain(`the running mcp-pipe (pid ${daemon.pid}): first, second.`);
  daemon.signal('SIGKILL');
  await eventually(() => one.stderr.includes('The running mcp-pipe has ended.'));
  // The client does not hang: it may end, or wait for the next mcp-pipe.
  await one.close();
  await eventually(() => !isAlive(one.pid));
});

it('starts servers beside an mcp-pipe that takes no clients, answers what came before stdin ended, and exits with 0', async () => {
  await configure({ only: basic });
  const uid = process.getuid?.();
  const { platform } = process;
  const paths = [join(cwd, 'old.sock')];
  const old = await startControl({
    paths,
    ownFolders: false,
    methods: { holder: () => ({}) },
    uid,
    platform,
  });
  onTestFinished(() => old.close());
  const request = (id: number, method: string, params: object = {}) =>
    JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const lines = [
    request(1, 'initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    }),
    '{"jsonrpc":"2.0","id":7,"method":"tools/list",}',
    request(2, 'tools/call', { name: 'slow', arguments: { ms: 200 } }),
  ];
  await writeFile(join(cwd, 'lines'), `${lines.join('\n')}\n`);
  const cli = new Cli(['stdio', '--control', 'old.sock'], { cwd, env, stdin: join(cwd, 'lines') });
  expect(await cli.exited).toBe(0);
  expect(cli.stderr).toContain('older version that takes no clients');
  const answers = cli.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers.map(({ id }) => id).sort()).toEqual([1, 2, 7]);
  expect(answers.find(({ id }) => id === 7)).toMatchObject({ error: { code: -32700 } });
});

it('says what is missing, and prints what to paste', async () => {
  const missing = await end(['stdio']);
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  expect(missing.stderr).toContain(`There is no mcp_config.json in ${cwd}`);
  await configure({ only: basic });
  const block = await end(['stdio', '--print-config', 'vscode', '--server', 'only']);
  expect(block).toMatchObject({ code: 0, stderr: expect.stringContaining('.vscode/mcp.json') });
  const args = ['stdio', '--config', join(cwd, 'mcp_config.json'), '--server', 'only'];
  expect(JSON.parse(block.stdout)).toMatchObject({
    servers: {
      'mcp-pipe': {
        type: 'stdio',
        command: process.execPath,
        args: [expect.stringMatching(/bin\/mcp-pipe\.js$/), ...args],
        env: { PATH: process.env.PATH },
      },
    },
  });
});

it('starts no server on demand whose lists an earlier run has learned, before a call needs it', async () => {
  const starts = join(cwd, 'starts');
  const noting = `data:text/javascript,import fs from "node:fs";fs.appendFileSync(${JSON.stringify(starts)},"x")`;
  const { command, args } = basic;
  await configure({ only: { command, args: ['--import', noting, ...args], start: 'demand' } });
  const started = () => readFile(starts, 'utf8').catch(() => '');
  const options = { args: [], cwd, env: { ...env, MCP_PIPE_STATE: join(cwd, 'state') } };
  const first = await stdioV1(options);
  const tools = await first.tools();
  // It is parked, and what it said is kept.
  await eventually(async () => (await readdir(join(cwd, 'state'), { recursive: true })).length > 1);
  await first.close();
  expect(await started()).toBe('x');
  const second = await stdioV1(options);
  expect(await second.tools()).toEqual(tools);
  expect(await started()).toBe('x');
  await second.call('whoami');
  expect(await started()).toBe('xx');
  await second.close();
});
