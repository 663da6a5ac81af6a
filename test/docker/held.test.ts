import { spawn } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { inContainer } from '../../src/sandbox/image-step.js';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { PROBER, startHeld } from '../helpers/held-server.js';
import { closed, docker, folder, inspect } from './engine.js';
import { execute } from './execute.js';

const why = inject('noEngine');
const NO = { ok: false };

/** The image under test has Node: it stands for an image with a server. */
async function world() {
  const home = await folder();
  await copyFile(PROBER, join(home, 'prober.mjs'));
  for (const name of ['in', 'out']) await mkdir(join(home, name), { mode: 0o777 });
  await execute('chmod', ['777', join(home, 'out')]);
  await writeFile(join(home, 'in/book.txt'), 'book');
  const image = {
    name: inject('image'),
    network: 'none',
    entrypoint: 'node',
    variables: ['API_KEY'],
    mounts: [
      { from: home, to: '/srv', isWritable: false },
      { from: join(home, 'out'), to: '/out', isWritable: true },
    ],
  };
  return { home, image };
}

const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PATH|HOME|DOCKER_HOST)$/.test(name)),
  ),
  API_KEY: 'a-secret-value-4711',
} as Record<string, string>;

async function started(limits = {}) {
  const { home, image } = await world();
  const step = inContainer({ image, limits, own: [], shared: [] });
  const held = await startHeld(step, { cwd: home, args: ['/srv/prober.mjs'] }, env);
  const name = await docker(['ps', '--filter', 'label=mcp-pipe.owner', '--latest', '--format', '{{.Names}}']);
  return { ...held, home, name };
}

/** The engine removes it in its own time, once it has been told to. */
async function goes(name: string): Promise<void> {
  await eventually(
    async () => (await docker(['ps', '--all', '--filter', `name=${name}`, '--quiet'])) === '',
    {
      what: 'the end of the container',
    },
  );
}

describe.skipIf(why)(`a server in a container${why && `: ${why}`}`, () => {
  test('reads what is mounted, writes what may be written and /tmp, and nothing else', async () => {
    const { call } = await started();
    expect(await call('read', { path: '/srv/in/book.txt' })).toEqual({ ok: true, value: 'book' });
    expect(await call('write', { path: '/out/x' })).toMatchObject({ ok: true });
    expect(await call('write', { path: '/tmp/x' })).toMatchObject({ ok: true });
    for (const path of ['/srv/in/x', '/x', '/etc/x', '/home/mcp/x', '/app/x'])
      expect(await call('write', { path }), path).toMatchObject(NO);
    expect(await call('read', { path: join(root, 'package.json') })).toMatchObject(NO);
  });

  test('has no network, no rights, and sees no process of others', async () => {
    const { call } = await started();
    expect(await call('list', { path: '/sys/class/net' })).toEqual({ ok: true, value: ['lo'] });
    expect(await call('connect', { host: '1.1.1.1', port: 443 })).toMatchObject(NO);
    const { value } = (await call('status')) as { value: string };
    expect(value).toMatch(/^CapEff:\t0+$/m);
    expect(value).toMatch(/^CapBnd:\t0+$/m);
    expect(value).toMatch(/^NoNewPrivs:\t1$/m);
    expect(((await call('processes')) as { value: number }).value).toBeLessThan(4);
  });

  test('gets its variables, whose values no list of processes shows', async () => {
    const { call, transport } = await started();
    expect(await call('variable', { name: 'API_KEY' })).toEqual({ ok: true, value: 'a-secret-value-4711' });
    const { stdout } = await execute('ps', ['-ww', '-o', 'args=', '-p', String(transport.pid)]);
    expect(stdout).toContain('--env API_KEY');
    expect(stdout).not.toContain('a-secret-value-4711');
  });

  test('has the bounds of its entry: a flood of processes ends at their number', async () => {
    const { call, name } = await started({ pids: 30, memoryBytes: 200 * 1024 * 1024, cpuPercent: 50 });
    expect(await inspect(name, '.HostConfig.Memory')).toBe(String(200 * 1024 * 1024));
    expect(await inspect(name, '.HostConfig.NanoCpus')).toBe('500000000');
    const line = 'for i in $(seq 60); do sleep 20 & done; :';
    expect(await call('run', { program: 'sh', args: ['-c', line] })).toMatchObject(NO);
  });

  test('finds its bounds in there, and outlives a program of its own that takes more memory', async () => {
    const memoryBytes = 200 * 1024 * 1024;
    const { call } = await started({ pids: 30, memoryBytes, cpuPercent: 50 });
    const group = async (...files: string[]) => {
      const all = await Promise.all(files.map((file) => call('read', { path: `/sys/fs/cgroup/${file}` })));
      return all
        .filter(({ ok }) => ok)
        .map((one) => (one as { value: string }).value.trim())
        .join(' ');
    };
    expect(await group('memory.max', 'memory/memory.limit_in_bytes')).toBe(String(memoryBytes));
    expect(await group('pids.max', 'pids/pids.max')).toBe('30');
    expect(await group('cpu.max', 'cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us')).toBe('50000 100000');
    const takes = 'Buffer.alloc(400 * 1024 * 1024, 1)';
    expect(await call('run', { program: 'node', args: ['-e', takes] })).toMatchObject(NO);
    expect(await call('echo', { text: 'here' })).toEqual({ ok: true, value: 'here' });
  });

  test('goes with an mcp-pipe that was killed, when its server ends with its stdin', async () => {
    const { home, image } = await world();
    const cwd = await folder();
    const mounts = image.mounts.map(({ from, to }) => `${from}:${to}`);
    const held = { image: { name: image.name, mounts }, command: 'node', args: ['/srv/prober.mjs'] };
    await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { held } }));
    const args = [join(root, 'bin/mcp-pipe.js'), 'serve', '--port', '0'];
    const program = spawn(process.execPath, args, { cwd, stdio: 'ignore' });
    onTestFinished(() => void program.kill('SIGKILL'));
    const mounted = ['--filter', `volume=${home}`, '--format', '{{.Names}}'];
    const name = await eventually(async () => (await docker(['ps', ...mounted])) || undefined);
    program.kill('SIGKILL');
    await goes(name);
  });

  test('ends with its server, also when the client of the engine is killed', async () => {
    const { transport, name } = await started();
    await transport.close();
    await goes(name);
    const second = await started();
    process.kill(second.transport.pid, 'SIGKILL');
    await second.transport.closed;
    await second.transport.close();
    await goes(second.name);
  });

  test('is removed by the next start, when its mcp-pipe was killed and it stays', async () => {
    const { home, image } = await world();
    const { mounts } = image;
    const config = {
      mcpServers: {
        held: {
          image: { name: image.name, mounts: mounts.map(({ from, to }) => `${from}:${to}`) },
          command: 'sh',
          // Its stdin ends, and it stays.
          args: ['-c', 'node /srv/prober.mjs; sleep 600'],
        },
      },
    };
    await mkdir(join(home, '../', `${home.split('/').at(-1)}-conf`));
    const cwd = join(home, '../', `${home.split('/').at(-1)}-conf`);
    onTestFinished(async () => void (await execute('rm', ['-rf', cwd])));
    await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify(config));
    const listed = () => docker(['ps', '--filter', 'label=mcp-pipe.owner', '--format', '{{.Names}}']);
    const start = () => {
      const args = [join(root, 'bin/mcp-pipe.js'), 'serve', '--port', '0'];
      const program = spawn(process.execPath, args, { cwd, stdio: 'ignore' });
      onTestFinished(() => void program.kill('SIGTERM'));
      return program;
    };
    const first = start();
    const left = await eventually(async () => (await listed()) || undefined);
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('exit', resolve));
    expect(await listed()).toBe(left);
    const second = start();
    await eventually(async () => {
      const now = await listed();
      return now !== '' && !now.includes(left);
    });
    second.kill('SIGTERM');
    await new Promise((resolve) => second.once('exit', resolve));
    await eventually(async () => (await listed()) === '', { what: 'the end of the second container' });
  });

  test('an image that is not there, and cannot be pulled, is told as such', async () => {
    const { home, image } = await world();
    const step = inContainer({
      image: { ...image, name: '127.0.0.1:1/none:1' },
      limits: {},
      own: [],
      shared: [],
    });
    await expect(startHeld(step, { cwd: home }, env)).rejects.toThrow(/127\.0\.0\.1:1\/none:1 is not here/);
  });

  test('a mount with the configuration is refused', async () => {
    const { home, image } = await world();
    const step = inContainer({ image, limits: {}, own: [join(home, 'in/book.txt')], shared: [] });
    await expect(startHeld(step, { cwd: home }, env)).rejects.toThrow(/decides what is started next/);
  });
});

describe.skipIf(why)('in the container of mcp-pipe', () => {
  /** A server with these keys, in a container as docker-compose.yml runs it, with /work as a folder to write. */
  async function inside(keys: object) {
    const cwd = await folder();
    await copyFile(PROBER, join(cwd, 'prober.mjs'));
    const server = { command: 'node', args: ['/srv/prober.mjs'], ...keys };
    await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { held: server } }));
    const places = ['/cache', '/home/mcp', '/work'].flatMap((place) => ['--tmpfs', `${place}:uid=1001`]);
    const mount = ['--mount', `type=bind,source=${cwd},target=/srv,readonly`];
    const endpoint = ['--env', 'MCP_ENDPOINT=ws://127.0.0.1:1/mcp/?token=x'];
    const run = ['run', '--rm', ...endpoint, ...closed, ...places, ...mount, inject('image')];
    const line = [...run, '--config', '/srv/mcp_config.json'];
    return {
      run: (...args: string[]) => execute('docker', [...line, ...args]),
      call: async (tool: string, args: object): Promise<unknown> =>
        JSON.parse(await docker([...line, 'call', 'held', tool, JSON.stringify(args)])),
    };
  }

  test('Landlock holds a server, without any right for the container', async () => {
    const { call } = await inside({ sandbox: { read: ['/srv/prober.mjs'], network: false } });
    expect(await call('echo', { text: 'hi' })).toEqual({ ok: true, value: 'hi' });
    expect(await call('read', { path: '/srv/mcp_config.json' })).toMatchObject(NO);
    expect(await call('write', { path: '/home/mcp/x' })).toMatchObject(NO);
    expect(await call('connect', { host: '127.0.0.1', port: 1 })).toMatchObject({ code: 'EPERM' });
  });

  test('"auto" lets it write its own folder and temporary files, and check says what holds it', async () => {
    const { call, run } = await inside({ cwd: '/work', sandbox: 'auto' });
    expect(await call('write', { path: '/work/x' })).toMatchObject({ ok: true });
    expect(await call('run', { program: 'sh', args: ['-c', 'touch "$TMPDIR/x"'] })).toMatchObject({
      ok: true,
    });
    for (const path of ['/home/mcp/x', '/cache/x', '/run/mcp-pipe/x'])
      expect(await call('write', { path }), path).toMatchObject(NO);
    expect(await call('connect', { host: '127.0.0.1', port: 1 })).toMatchObject({ code: 'ECONNREFUSED' });
    expect((await run('check')).stdout).toContain('in a sandbox (Landlock)');
  });

  test.each([
    [
      'bubblewrap',
      { sandbox: { by: 'bubblewrap' } },
      /bubblewrap (is not installed|may make no namespaces)[\s\S]*leave out `by`/,
    ],
    ['an image', { image: 'x', command: undefined, args: [] }, /In a container of mcp-pipe there is none/],
    ['another user', { user: 'nobody' }, /only root may start programs as another user/],
  ])('%s cannot be had there: check says so, and the server is not started', async (_, keys, words) => {
    const { run } = await inside(keys);
    const checked = await run('check');
    expect(checked.exitCode).toBe(2);
    expect(checked.stdout).toMatch(words);
    const called = await run('call', 'held', 'echo', '{"text":"hi"}');
    expect(called.exitCode).not.toBe(0);
    expect(called.stdout).not.toContain('hi');
    expect(called.stdout + called.stderr).toMatch(words);
  });
});
