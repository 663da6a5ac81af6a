import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Cli, isAlive } from '../helpers/cli.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { ServiceWorld } from '../helpers/service-world.js';

let world: ServiceWorld;
beforeEach(async () => {
  world = await ServiceWorld.open();
});

test('install writes, starts and waits; status tells; again is no second copy; uninstall removes', async () => {
  const installed = await world.json('install', '--user', '--linger', '--log-file', 'pipe.log');
  expect(installed).toMatchObject({
    ...{
      code: 0,
      file: world.unit,
      running: true,
      answers: true,
      enabled: true,
      afterReboot: 'before-login',
    },
    log: join(world.cwd, 'pipe.log'),
  });
  expect(installed.pid).toBe(world.startedPid);
  expect(world.orders).toEqual([
    '--user daemon-reload',
    '--user enable mcp-pipe.service',
    '--user restart mcp-pipe.service',
    expect.stringContaining('enable-linger'),
  ]);
  expect(readFileSync(world.unit, 'utf8')).not.toContain('token-of-this-test');

  const status = await world.service('status', '--user', '--lang', 'vi');
  expect(status).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('chạy trước khi có ai đăng nhập'),
  });

  const again = await world.json('install', '--user');
  expect(again).toMatchObject({ code: 0, running: true, answers: true });
  expect(again.pid).not.toBe(installed.pid);
  expect(await world.json('install', '--user', '--name', 'second')).toMatchObject({
    ...{ code: 1, error: { code: 'SERVICE_INSTALLED_ALREADY' } },
  });

  expect(await world.json('uninstall', '--user')).toMatchObject({ code: 0, removed: true });
  expect(existsSync(world.unit)).toBe(false);
  expect(isAlive(again.pid)).toBe(false);
  expect(await world.json('uninstall', '--user')).toMatchObject({ code: 0, removed: false });
  expect(await world.json('status', '--user')).toMatchObject({ code: 4, installed: false });
});

describe('install refuses, and writes nothing', () => {
  test('a second copy of a configuration that runs, and its token under another one', async () => {
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    world.endpoint(fake.endpoint().href);
    const running = new Cli([], { cwd: world.cwd, env: world.env });
    await (await fake.connection()).greet();
    expect(await world.json('install', '--user')).toMatchObject({
      ...{
        code: 1,
        error: { code: 'SERVICE_COPY_RUNS', message: expect.stringContaining(`${running.pid}`) },
      },
    });
    writeFileSync(join(world.cwd, 'other.json'), readFileSync(join(world.cwd, 'mcp_config.json')));
    expect(await world.json('install', '--user', '--config', 'other.json')).toMatchObject({
      ...{ code: 1, error: { code: 'SERVICE_TOKEN_TAKEN' } },
    });
    expect(existsSync(world.unit)).toBe(false);
  });

  test('a configuration that works only with variables of the shell', async () => {
    const text = readFileSync(join(world.cwd, '.env'), 'utf8');
    rmSync(join(world.cwd, '.env'));
    world.env.MCP_ENDPOINT = text.trim().slice('MCP_ENDPOINT='.length);
    const { code, stderr } = await world.service('install', '--user');
    expect(code).toBe(1);
    expect(stderr).toContain('[SERVICE_VARIABLES]');
    expect(stderr).toContain(join(world.cwd, '.env'));
    expect(existsSync(world.unit)).toBe(false);
  });

  test('where systemd does not run, and a file of others', async () => {
    world.env.FAKE_SYSTEMD_STATE = 'offline';
    expect(await world.json('install', '--user')).toMatchObject({
      ...{ code: 1, error: { code: 'SERVICE_MANAGER_ABSENT' } },
    });
    expect(existsSync(world.unit)).toBe(false);
    delete world.env.FAKE_SYSTEMD_STATE;
    mkdirSync(dirname(world.unit), { recursive: true });
    writeFileSync(world.unit, '[Service]\nExecStart=/bin/true\n');
    for (const action of ['install', 'uninstall']) {
      expect(await world.json(action, '--user')).toMatchObject({
        ...{ code: 1, error: { code: 'SERVICE_FILE_FOREIGN' } },
      });
    }
    expect(readFileSync(world.unit, 'utf8')).toContain('/bin/true');
  });

  test('a masked unit; with --force the link goes, and what it led to stays', async () => {
    mkdirSync(dirname(world.unit), { recursive: true });
    // Stands for /dev/null, to which systemctl mask links.
    const device = join(world.cwd, 'run', 'device');
    const server = createServer().listen(device);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    symlinkSync(device, world.unit);
    expect(await world.json('install', '--user')).toMatchObject({
      ...{ code: 1, error: { code: 'SERVICE_FILE_FOREIGN' } },
    });
    expect(await world.json('install', '--user', '--force')).toMatchObject({ code: 0, running: true });
    expect([lstatSync(world.unit).isFile(), lstatSync(device).isSocket()]).toEqual([true, true]);
  });
});
