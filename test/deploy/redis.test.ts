import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { Cli } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { freePort } from '../helpers/free-port.js';
import { fixture } from '../helpers/link.js';
import { Program } from './programs.js';
import { COMPOSE, copyShipped, needed, ownFolder } from './shipped.js';

const PASSWORD = 'a-password-of-redis-for-tests';

async function composed() {
  const { services } = parse(await readFile(join(COMPOSE, 'docker-compose.prod.yml'), 'utf8'), {
    merge: true,
  }) as { services: { redis: { command: [string] }; pipe: { environment: Record<string, string> } } };
  return services;
}

/** The command of the compose file, with its paths in a folder of the test. */
async function commandIn(folder: string): Promise<string> {
  const services = await composed();
  return services.redis.command[0]
    .replaceAll('$$', '$')
    .replaceAll('/tmp/', `${folder}/tmp/`)
    .replaceAll('/run/secrets/', `${folder}/`)
    .replaceAll('/etc/redis/', `${folder}/`);
}

/** Redis as the compose file starts it, in a folder of the test that has the password as a file. */
async function shippedRedis() {
  needed('redis-server');
  const folder = await ownFolder();
  const port = await freePort();
  for (const name of ['data', 'tmp']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'redis_password'), `${PASSWORD}\n`);
  await copyShipped('redis/redis.conf', join(folder, 'redis.conf'), [
    ['bind 0.0.0.0', 'bind 127.0.0.1'],
    ['port 6379', `port ${port}`],
    ['dir /data', `dir ${folder}/data`],
    ['include /tmp/', `include ${folder}/tmp/`],
  ]);
  const command = await commandIn(folder);
  return { folder, port, start: () => Program.start('sh', ['-c', command], port) };
}

test('Redis asks for its password, shows it nowhere, and keeps what it has acknowledged', async () => {
  const { port, start } = await shippedRedis();
  const cli = (password: string, ...args: string[]) => {
    const env = { ...process.env, REDISCLI_AUTH: password };
    const { stdout, stderr } = spawnSync(needed('redis-cli'), ['-p', String(port), ...args], {
      env,
      encoding: 'utf8',
    });
    return (stdout + stderr).trim();
  };
  const redis = await start();
  expect(cli('', 'get', 'x')).toContain('NOAUTH');
  expect(cli('wrong', 'get', 'x')).toMatch(/WRONGPASS|NOAUTH/);
  expect(cli(PASSWORD, 'ping')).toBe('PONG');
  expect(cli(PASSWORD, 'config', 'get', 'maxmemory-policy')).toContain('noeviction');
  const told = execFileSync('cat', [`/proc/${redis.pid}/cmdline`, `/proc/${redis.pid}/environ`], {
    encoding: 'utf8',
  });
  expect(told).toContain('redis-server');
  expect(told).not.toContain(PASSWORD);
  expect(cli(PASSWORD, 'set', 'lease', 'of-a', 'PX', '600000')).toBe('OK');
  // As long as "everysec" says, and no longer.
  await delay(1_500);
  await redis.kill('SIGKILL');
  await start();
  expect(cli(PASSWORD, 'get', 'lease')).toBe('of-a');
  expect(Number(cli(PASSWORD, 'pttl', 'lease'))).toBeLessThan(600_000);
});

/** A pipe on a machine of its own, with the variables of the compose file, which name this Redis. */
async function pipeOn(redis: { folder: string; port: number }, endpoint: string) {
  const folder = await ownFolder();
  await writeFile(join(redis.folder, 'mcp_endpoint'), endpoint);
  for (const name of ['ui_key', 'metrics_key', 'sentry_dsn']) await writeFile(join(redis.folder, name), '');
  const port = await freePort();
  const config = {
    metrics: { address: `127.0.0.1:${port}` },
    // As short as it may be: so a lease of one that was killed is soon over.
    redis: { ttl: '3s' },
    mcpServers: { one: { command: process.execPath, args: [fixture('basic.mjs')] } },
  };
  await writeFile(join(folder, 'mcp_config.json'), JSON.stringify(config));
  const env = Object.fromEntries(
    Object.entries((await composed()).pipe.environment).map(([name, value]) => [
      name,
      String(value ?? '').replace('/run/secrets/', `${redis.folder}/`),
    ]),
  );
  // What .env.production says there.
  expect(env.MCP_PIPE_REDIS).toBe('$' + '{MCP_PIPE_REDIS:-}');
  Object.assign(env, { MCP_PIPE_REDIS: `redis://127.0.0.1:${redis.port}/0`, DOMAIN: '' });
  const own = { MCP_PIPE_STATE: folder, MCP_PIPE_CONTROL: join(folder, 'control.sock'), HOME: folder };
  const cli = new Cli(['--log-format', 'json'], { cwd: folder, env: { ...env, ...own } });
  return { cli, ready: `http://127.0.0.1:${port}/ready` };
}

test('of two pipes that the compose file tells of Redis, one has the token; the other has it when that one is gone', async () => {
  const redis = await shippedRedis();
  await redis.start();
  const endpoint = await FakeEndpoint.start();
  onTestFinished(() => endpoint.close());
  const address = `ws://127.0.0.1:${endpoint.port}/mcp/?token=of-both`;
  const pipes = [await pipeOn(redis, address), await pipeOn(redis, address)];
  const open = () => endpoint.connections.filter(({ isClosed }) => !isClosed).length;
  const owner = () => pipes.find(({ cli }) => cli.log.some(({ event }) => event === 'open'))!;
  await eventually(() => open() === 1, { what: 'one owner' });
  await eventually(() => owner() !== undefined, { what: 'a log that says so' });
  // As long as several leases.
  await delay(7_000);
  expect(endpoint.connections.length).toBe(1);
  for (const { cli, ready } of pipes) {
    expect(cli.stderr).not.toContain(PASSWORD);
    // One that waits is ready too: a rollout of several does not wait for it in vain.
    await eventually(async () => (await fetch(ready)).status === 200, { what: ready });
  }
  owner().cli.signal('SIGKILL');
  await eventually(() => endpoint.connections.length === 2 && open() === 1, { what: 'the next owner' });
});
