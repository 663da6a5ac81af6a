import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listProcesses } from '../../src/process/process-list.js';
import { TreeUsageReader } from '../../src/process/tree-usage.js';
import type { SandboxWay } from '../../src/sandbox/confinement.js';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { makeWorld, OPEN, PROBER, startHeld, stepOf, type World } from '../helpers/held-server.js';
import { isAlive } from '../helpers/is-alive.js';

const NO = { ok: false };
const WAYS: SandboxWay[] = ['bubblewrap', 'landlock'];
const isRoot = process.getuid?.() === 0;

async function held(by: SandboxWay, world: World, more: Partial<typeof OPEN> = {}, env = {}) {
  return startHeld(stepOf(world, { sandbox: { ...OPEN, ...more, by } }), { cwd: world.at('work') }, env);
}

/** A port, and a socket in a folder, that someone on this machine listens on. */
async function listening(at: { port: true } | { path: string }): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) =>
    'path' in at ? server.listen(at.path, resolve) : server.listen(0, '127.0.0.1', resolve),
  );
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function sleeper(): number {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child.pid!;
}

describe.each(WAYS)('in a sandbox by %s', (by) => {
  test('files of the home, of other servers and of mcp-pipe are not read', async () => {
    const world = makeWorld();
    const { at } = world;
    const { call } = await held(by, world, {}, { HOME: world.home });
    for (const path of [
      '.ssh/id_ed25519',
      'private.txt',
      'shared/book.txt',
      'pipe/mcp_config.json',
      'pipe/.env',
      'state/grants.json',
    ])
      expect(await call('read', { path: at(path) }), path).toMatchObject(NO);
    if (isRoot) expect(await call('read', { path: '/etc/shadow' })).toMatchObject(NO);
    expect(await call('read', { path: at('work/own.txt') })).toEqual({ ok: true, value: 'own' });
    expect(await call('read', { path: '/etc/passwd' })).toMatchObject({ ok: true });
  });

  test('the own folder and temporary files are written, and nothing else', async () => {
    const world = makeWorld();
    const { at } = world;
    const { call } = await held(by, world);
    expect(await call('write', { path: at('work/new.txt'), text: 'new' })).toMatchObject({ ok: true });
    expect(readFileSync(at('work/new.txt'), 'utf8')).toBe('new');
    const tmp = (await call('variable', { name: 'TMPDIR' })) as { value: string };
    expect(await call('write', { path: `${tmp.value}/x` })).toMatchObject({ ok: true });
    for (const path of [
      at('private.txt'),
      at('shared/book.txt'),
      at('new.txt'),
      '/usr/mcp-pipe-x',
      '/etc/mcp-pipe-x',
      '/mcp-pipe-x',
      '/proc/sys/vm/stat_refresh',
      '/proc/sys/kernel/acct',
      '/sys/power/state',
    ])
      expect(await call('write', { path }), path).toMatchObject(NO);
    expect(await call('truncate', { path: at('shared/book.txt') })).toMatchObject(NO);
    expect(await call('remove', { path: at('shared/book.txt') })).toMatchObject(NO);
    expect(await call('rename', { path: at('work/own.txt'), to: at('shared/own.txt') })).toMatchObject(NO);
    expect(readFileSync(at('shared/book.txt'), 'utf8')).toBe('book');
    expect(existsSync('/mcp-pipe-x')).toBe(false);
  });

  test('what is named is read and written; a link that it makes leads nowhere else', async () => {
    const world = makeWorld();
    const { at } = world;
    symlinkSync(at('shared'), at('link'));
    mkdirSync(at('out'));
    const more = { read: [at('link')], write: [at('out')], writesOwnFolder: false };
    const { call } = await held(by, world, more);
    expect(await call('read', { path: at('shared/book.txt') })).toEqual({ ok: true, value: 'book' });
    expect(await call('read', { path: at('link/book.txt') })).toEqual({ ok: true, value: 'book' });
    expect(await call('write', { path: at('out/x') })).toMatchObject({ ok: true });
    expect(await call('write', { path: at('work/x') })).toMatchObject(NO);
    expect(await call('write', { path: at('shared/x') })).toMatchObject(NO);
    expect(await call('link', { path: at('private.txt'), to: at('out/trap') })).toMatchObject({ ok: true });
    expect(await call('read', { path: at('out/trap') })).toMatchObject(NO);
  });

  test('beside the configuration it reads what is there, and neither the configuration nor .env', async () => {
    const world = makeWorld();
    const { at } = world;
    const step = stepOf(world, { sandbox: { ...OPEN, by } });
    const { call } = await startHeld(step, { cwd: at('pipe') });
    expect(await call('read', { path: at('pipe/tool.txt') })).toMatchObject({ ok: true });
    for (const path of ['pipe/mcp_config.json', 'pipe/.env']) {
      expect(await call('read', { path: at(path) }), path).toMatchObject(NO);
      expect(await call('write', { path: at(path) }), path).toMatchObject(NO);
      expect(await call('remove', { path: at(path) }), path).toMatchObject(NO);
    }
    expect(await call('write', { path: at('pipe/.env.local') })).toMatchObject(NO);
    expect(readFileSync(at('pipe/.env'), 'utf8')).toBe('TOKEN=secret');
    // As an editor saves them.
    for (const path of ['pipe/mcp_config.json', 'pipe/.env']) {
      writeFileSync(at('pipe/new'), 'other secret');
      renameSync(at('pipe/new'), at(path));
      expect(await call('read', { path: at(path) }), path).toMatchObject(NO);
    }
  });

  test('a link beside the configuration opens nothing that it leads to', async () => {
    const world = makeWorld();
    const { at } = world;
    symlinkSync(at('private.txt'), at('pipe/link'));
    const { call } = await startHeld(stepOf(world, { sandbox: { ...OPEN, by } }), { cwd: at('pipe') });
    expect(await call('read', { path: at('pipe/link') })).toMatchObject(NO);
  });

  test('the network is reached, and not when that is forbidden', async () => {
    const world = makeWorld();
    const port = await listening({ port: true });
    const open = await held(by, world);
    expect(await open.call('connect', { host: '127.0.0.1', port })).toMatchObject({ ok: true });
    const closed = await held(by, world, { network: false });
    expect(await closed.call('connect', { host: '127.0.0.1', port })).toMatchObject(NO);
    expect(await closed.call('echo', { text: 'xin chào' })).toEqual({ ok: true, value: 'xin chào' });
  });

  test('sockets of programs of this machine, as those of Docker and of mcp-pipe, are not reached', async () => {
    const world = makeWorld();
    const path = world.at('state/control.sock');
    await listening({ path });
    const { call } = await held(by, world);
    expect(await call('connect', { path })).toMatchObject(NO);
    await listening({ path: '\0mcp-pipe-test' });
    const line =
      'use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or exit 3; exit(connect($s, pack_sockaddr_un("\\0mcp-pipe-test")) ? 0 : 4)';
    if (by === 'landlock')
      expect(await call('run', { program: 'perl', args: ['-e', line] })).toMatchObject(NO);
  });

  test('other processes are neither ended nor looked into', async () => {
    const world = makeWorld();
    const pid = sleeper();
    const { call } = await held(by, world);
    expect(await call('kill', { pid })).toMatchObject(NO);
    expect(await call('kill', { pid: process.pid })).toMatchObject(NO);
    expect(await call('read', { path: `/proc/${process.pid}/environ` })).toMatchObject(NO);
    const traced = await call('ptrace', { pid });
    expect(traced).not.toEqual({ ok: true, value: '0' });
    expect(isAlive(pid)).toBe(true);
    if (by === 'bubblewrap') {
      const { value } = (await call('processes')) as { value: number };
      expect(value).toBeLessThan(6);
    }
  });

  test('it has no right of root, and gains none', async () => {
    const { call } = await held(by, makeWorld());
    const { value } = (await call('status')) as { value: string };
    expect(value).toMatch(/^CapEff:\t0+$/m);
    expect(value).toMatch(/^NoNewPrivs:\t1$/m);
    if (by === 'landlock') expect(value).toMatch(/^Seccomp:\t2$/m);
  });

  test('bytes pass as they are, of any length', async () => {
    const { call } = await held(by, makeWorld());
    const text = 'tiếng Việt \u2028 "\\ 🙂'.repeat(50_000);
    expect(await call('echo', { text })).toEqual({ ok: true, value: text });
  });

  test('SIGTERM is heard, there is time for last words, and the exit code is the own', async () => {
    const world = makeWorld();
    const said = world.at('work/last.txt');
    const env = { PROBER_LAST_WORDS: said, PROBER_STAYS: '1' };
    const { transport } = await held(by, world, {}, env);
    await transport.close();
    expect(readFileSync(said, 'utf8')).toBe('saved');
    expect(transport.endOf(await transport.closed)).toMatchObject({ kind: 'process', exitCode: 7 });
  });

  test('all of its processes end with it, those of a session of their own too, and so does its temporary folder', async () => {
    const world = makeWorld();
    const { call, transport } = await held(by, world);
    // Found by what it waits for, because its number is another one inside.
    const seconds = `${60_000 + process.pid}.${by.length}`;
    const line = `setsid sleep ${seconds} >/dev/null 2>&1 & sleep ${seconds} >/dev/null 2>&1 & :`;
    expect(await call('run', { program: 'sh', args: ['-c', line] })).toMatchObject({ ok: true });
    const sleeping = await eventually(() => {
      const all = sleepersOf(seconds);
      return all.length === 2 && all;
    });
    const family = [...(await processesOf(transport.pid)), ...sleeping];
    await transport.close();
    await eventually(() => family.every((pid) => !isAlive(pid)), { what: 'the end of all processes' });
    expect(
      readdirSync(tmpdir()).filter((name) => name.startsWith(`mcp-pipe-sandbox-${process.pid}-`)),
    ).toEqual([]);
  });

  test('its memory is measured with all that is inside', async () => {
    const { transport } = await held(by, makeWorld());
    const usage = await new TreeUsageReader().read(new Map([['held', { pid: transport.pid, life: 1 }]]));
    expect((usage as Map<string, { memoryBytes: number }>).get('held')?.memoryBytes).toBeGreaterThan(30e6);
  });

  test.runIf(isRoot)('as another user, with the groups, home and priority of that user', async () => {
    const world = makeWorld();
    const { at } = world;
    for (const name of ['', 'work']) chmodSync(at(name), 0o755);
    chownSync(at('work'), 65534, 65534);
    copyFileSync(PROBER, at('work/prober.mjs'));
    const step = stepOf(world, { user: 'nobody', nice: 7, sandbox: { ...OPEN, by } });
    const { call } = await startHeld(step, { cwd: at('work'), args: [at('work/prober.mjs')] });
    expect(await call('ids')).toMatchObject({
      value: { uid: 65534, gid: 65534, groups: [65534], cwd: at('work'), priority: '7' },
    });
    expect(await call('write', { path: at('work/mine') })).toMatchObject({ ok: true });
  });
});

function sleepersOf(seconds: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1').startsWith(`sleep\0${seconds}`)
        ? [Number(name)]
        : [];
    } catch {
      return [];
    }
  });
}

/** A process and all below it. */
async function processesOf(root: number): Promise<number[]> {
  const listed = await listProcesses();
  if (typeof listed === 'string') throw new Error(listed);
  const found = [root];
  for (const pid of found) found.push(...listed.filter(({ parent }) => parent === pid).map((one) => one.pid));
  return [...new Set([...found, ...listed.filter(({ group }) => group === root).map((one) => one.pid)])];
}

test('a sandbox by nothing that works here is refused, and nothing is started', async () => {
  const world = makeWorld();
  const step = stepOf(world, { sandbox: { ...OPEN, write: [world.at('pipe')] } });
  await expect(startHeld(step, { cwd: world.at('work') })).rejects.toThrow(/decides what is started next/);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`mcp-pipe-sandbox-${process.pid}-`))).toEqual(
    [],
  );
});

test('a user that is not there, and a program that is not, are told as such', async () => {
  const world = makeWorld();
  const cwd = world.at('work');
  await expect(startHeld(stepOf(world, { user: 'no-such-user' }), { cwd })).rejects.toThrow(
    /no user no-such-user/,
  );
  const step = stepOf(world, { sandbox: OPEN });
  await expect(startHeld(step, { cwd, command: 'no-such-program' })).rejects.toMatchObject({
    reason: 'ENOENT',
  });
});

test('mcp-pipe that is killed takes what is in bubblewrap with it', async () => {
  const world = makeWorld();
  const { home, at } = world;
  const config = {
    mcpServers: {
      held: {
        command: process.execPath,
        args: [PROBER],
        cwd: at('work'),
        sandbox: { by: 'bubblewrap' },
        env: { PROBER_STAYS: '1' },
      },
    },
  };
  writeFileSync(at('pipe/mcp_config.json'), JSON.stringify(config));
  const env = { ...process.env, MCP_PIPE_STATE: at('state'), XDG_CACHE_HOME: at('caches'), HOME: home };
  const args = [join(root, 'bin/mcp-pipe.js'), 'serve', '--port', '0'];
  const program = spawn(process.execPath, args, { cwd: at('pipe'), env, stdio: 'ignore' });
  onTestFinished(() => void program.kill('SIGKILL'));
  const family = await eventually(
    async () => {
      const all = await processesOf(program.pid!);
      return all.length >= 4 && all;
    },
    { what: 'the server in its sandbox' },
  );
  program.kill('SIGKILL');
  await eventually(() => family.every((pid) => !isAlive(pid)), { what: 'the end of all processes' });
});
