import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../helpers/free-port.js';
import { Program } from './programs.js';
import { COMPOSE, copyShipped, needed, ownFolder } from './shipped.js';

const PASSWORD = 'a-password-of-redis-for-tests';

/** The command of the compose file, with its paths in a folder of the test. */
async function commandIn(folder: string): Promise<string> {
  const { services } = parse(await readFile(join(COMPOSE, 'docker-compose.prod.yml'), 'utf8'), {
    merge: true,
  }) as { services: { redis: { command: [string] } } };
  return services.redis.command[0]
    .replaceAll('$$', '$')
    .replaceAll('/tmp/', `${folder}/tmp/`)
    .replaceAll('/run/secrets/', `${folder}/`)
    .replaceAll('/etc/redis/', `${folder}/`);
}

test('Redis asks for its password, shows it nowhere, and keeps what it has acknowledged', async () => {
  needed('redis-server');
  const folder = await ownFolder();
  const port = await freePort();
  for (const name of ['data', 'tmp']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'redis_password'), `${PASSWORD}\n`);
  const conf = join(folder, 'redis.conf');
  await copyShipped('redis/redis.conf', conf, [
    ['bind 0.0.0.0', 'bind 127.0.0.1'],
    ['port 6379', `port ${port}`],
    ['dir /data', `dir ${folder}/data`],
    ['include /tmp/', `include ${folder}/tmp/`],
  ]);
  const command = await commandIn(folder);
  const start = () => Program.start('sh', ['-c', command], port);
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
