import { spawn } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { inContainer } from '../../src/sandbox/image-step.js';
import { root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { PROBER, startHeld } from '../helpers/held-server.js';
import { docker, folder, inspect } from './engine.js';
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
  const step = inContainer({ image, limits, own: [] });
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
    const step = inContainer({ image: { ...image, name: '127.0.0.1:1/none:1' }, limits: {}, own: [] });
    await expect(startHeld(step, { cwd: home }, env)).rejects.toThrow(/127\.0\.0\.1:1\/none:1 is not here/);
  });

  test('a mount with the configuration is refused', async () => {
    const { home, image } = await world();
    const step = inContainer({ image, limits: {}, own: [join(home, 'in/book.txt')] });
    await expect(startHeld(step, { cwd: home }, env)).rejects.toThrow(/decides what is started next/);
  });
});

describe.skipIf(why)('in the container of mcp-pipe', () => {
  test('Landlock holds a server, without any right for the container', async () => {
    const cwd = await folder();
    await copyFile(PROBER, join(cwd, 'prober.mjs'));
    const server = {
      command: 'node',
      args: ['/srv/prober.mjs'],
      sandbox: { read: ['/srv/prober.mjs'], network: false },
    };
    await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { held: server } }));
    const run = [
      'run',
      '--rm',
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
    ];
    const rest = [
      '--tmpfs',
      '/cache:uid=1001',
      '--tmpfs',
      '/home/mcp:uid=1001',
      '--tmpfs',
      '/run/mcp-pipe:uid=1001',
    ];
    const mount = ['--mount', `type=bind,source=${cwd},target=/srv,readonly`];
    const call = async (tool: string, args: object) => {
      const line = ['--config', '/srv/mcp_config.json', 'call', 'held', tool, JSON.stringify(args)];
      return docker([...run, ...rest, ...mount, inject('image'), ...line]);
    };
    expect(JSON.parse(await call('echo', { text: 'hi' }))).toEqual({ ok: true, value: 'hi' });
    expect(JSON.parse(await call('read', { path: '/srv/mcp_config.json' }))).toMatchObject(NO);
    expect(JSON.parse(await call('write', { path: '/home/mcp/x' }))).toMatchObject(NO);
    expect(JSON.parse(await call('connect', { host: '127.0.0.1', port: 1 }))).toMatchObject({
      code: 'EPERM',
    });
  });
});
