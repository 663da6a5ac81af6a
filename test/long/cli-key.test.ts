import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { hasPty, Pty } from '../helpers/pty.js';

const server = {
  command: process.execPath,
  args: [join(import.meta.dirname, '../fixtures/servers/basic.mjs')],
};
const KEY = /^mcpp_[0-9a-f]{12}_[\w-]{43}$/;

/** A folder with a configuration, and a state folder of its own. */
async function place(gateway: object = { port: 0 }) {
  const cwd = await folder();
  const env = { XDG_STATE_HOME: join(cwd, 'state') };
  await writeFile(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({ mcpServers: { memory: server, files: server }, gateway }),
  );
  const key = async (...args: string[]) => {
    const cli = new Cli(['key', ...args], { cwd, env });
    return { code: await cli.exited, out: cli.stdout, err: cli.stderr };
  };
  return { cwd, env, key };
}

/** Every file below a folder, as one text. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'))
    .join('\n');
}

test('a key is printed once, and stands nowhere else, whatever is done with it', async () => {
  const { cwd, env, key } = await place({ port: 0, keys: { me: 'a-key-of-me-0123456789' } });
  const running = new Cli(['--log-format', 'json', '--log-level', 'trace', '--ui', '127.0.0.1:0'], {
    cwd,
    env,
  });
  const { url } = await running.event('gateway-address');
  const made = await key(
    ...['add', 'an', '--servers', 'memory', '--tools', '*', '--rate', '100/m', '--expires', '90d'],
  );
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^\S+\n$/) });
  const secret = made.out.trim();
  expect(secret).toMatch(KEY);
  expect(made.err).toContain('has taken that over');
  // There are two keys now: servers have a process for each from here on.
  await running.event('config-reloaded');
  const ask = (path: string, name = 'authorization', value = `Bearer ${secret}`) =>
    fetch(new URL(path, url as string), { headers: { [name]: value } });
  // Known without a restart.
  expect((await ask('/status')).status).toBe(200);
  expect((await ask('/servers/memory/mcp', 'x-api-key', secret)).status).not.toBe(401);
  expect((await ask('/servers/files/health')).status).toBe(404);
  const answers = await Promise.all(
    ['/', '/status', '/health', '/nothing', '/metrics', `/${secret.slice(0, 4)}`].map(async (path) =>
      (await ask(path)).text(),
    ),
  );
  await ask('/status', 'authorization', `Bearer ${secret}x`);
  const list = await key('list');
  const json = await key('list', '--json');
  expect(list.out).toMatch(/^KEY .*\nan +servers memory; tools \*; 100\/m +in 9\d days/);
  expect(JSON.parse(json.out).keys).toMatchObject([{ name: 'an', servers: ['memory'], rate: '100/m' }]);
  const revoked = await key('revoke', 'an');
  expect(revoked).toMatchObject({ code: 0, err: expect.stringContaining('No key is left') });
  expect((await ask('/status')).status).toBe(401);
  running.signal('SIGTERM');
  await running.exited;
  const said = [made.err, list.out, list.err, json.out, revoked.out, revoked.err, ...answers];
  // The id alone is no secret; what opens the gateway is behind it.
  const part = secret.slice('mcpp_0123456789ab_'.length);
  expect(said.join('\n') + running.stdout + running.stderr + everythingIn(cwd)).not.toContain(part);
});

test('wrong names and options are refused with code 2, and change nothing', async () => {
  const { cwd, key } = await place({ port: 0, keys: { me: 'a-key-of-me-0123456789' } });
  const wrong = [
    ['add'],
    ['add', 'a/b'],
    ['add', ' '],
    ['add', 'me'],
    ['add', 'an', '--rate', 'often'],
    ['add', 'an', '--expires', 'yesterday'],
    ['add', 'an', '--expires', '2020-01-01'],
    ['revoke', 'an'],
    ['revoke', '__proto__'],
    ['rotate', 'me'],
    ['list', '--rate', '1/m'],
    ['give', 'an'],
    ['hash'],
  ];
  const all = await Promise.all(wrong.map((args) => key(...args)));
  expect(all.map(({ code }, i) => [wrong[i], code])).toEqual(wrong.map((args) => [args, 2]));
  for (const { out } of all) expect(out).toBe('');
  expect(existsSync(join(cwd, 'state'))).toBe(false);
});

test('commands at the same time lose no key, and one of two equal names wins', async () => {
  const { key } = await place();
  const names = ['an', 'binh', 'chi', 'an'];
  const made = await Promise.all(names.map((name) => key('add', name)));
  expect(made.map(({ code }) => code).sort()).toEqual([0, 0, 0, 2]);
  const list = JSON.parse((await key('list', '--json')).out);
  expect(list.keys.map(({ name }: { name: string }) => name).sort()).toEqual(['an', 'binh', 'chi']);
  expect(statSync(list.file).mode & 0o777).toBe(0o600);
});

test('a broken file is told, left alone, and opens nothing', async () => {
  const { cwd, env, key } = await place();
  const { out } = await key('add', 'an');
  const { file } = JSON.parse((await key('list', '--json')).out);
  const running = new Cli(['--log-format', 'json'], { cwd, env });
  const { url } = await running.event('gateway-address');
  const status = async (headers: Record<string, string> = {}) =>
    (await fetch(new URL('/status', url as string), { headers })).status;
  writeFileSync(file, '{"version":1,"keys":[');
  const told = await eventually(() => running.log.find(({ code }) => code === 'KEYS_UNUSABLE'));
  expect(told).toMatchObject({
    level: 'warn',
    why: 'not-json',
    msg: expect.stringContaining('1 key from before'),
  });
  expect(await status()).toBe(401);
  expect(await status({ 'x-api-key': out.trim() })).toBe(200);
  for (const args of [['list'], ['add', 'binh'], ['revoke', 'an']])
    expect(await key(...args)).toMatchObject({ code: 2, err: expect.stringContaining(file) });
  expect(readFileSync(file, 'utf8')).toBe('{"version":1,"keys":[');
});

test('metrics at the address of the gateway need a key that opens everything', async () => {
  const { cwd, env, key } = await place();
  const file = join(cwd, 'mcp_config.json');
  // With the same address as the gateway, they share a listener.
  const config = { ...JSON.parse(readFileSync(file, 'utf8')), metrics: { address: '127.0.0.1:0' } };
  writeFileSync(file, JSON.stringify(config));
  const all = (await key('add', 'all', '--rate', '100/m')).out.trim();
  const some = (await key('add', 'some', '--servers', 'memory')).out.trim();
  const running = new Cli(['--log-format', 'json'], { cwd, env });
  const { url } = await running.event('gateway-address');
  const status = async (headers: Record<string, string>) =>
    (await fetch(new URL('/metrics', url as string), { headers })).status;
  expect(await status({})).toBe(401);
  expect(await status({ 'x-api-key': some })).toBe(403);
  expect(await status({ authorization: `Bearer ${all}` })).toBe(200);
});

test('a key for another file, unknown servers, another language, and a hash', async () => {
  const { cwd, env, key } = await place();
  const other = join(cwd, 'secrets', 'keys.json');
  const made = await key('add', 'an', '--servers', 'memroy', '--key-file', other, '--lang', 'vi', '--json');
  expect(made).toMatchObject({ code: 0, err: expect.stringContaining('memroy') });
  expect(JSON.parse(made.out)).toMatchObject({ file: other, key: expect.stringMatching(KEY) });
  expect((await key('list', '--key-file', other, '--lang', 'vi')).out).toContain('KHÓA');
  // A key can be revoked whatever the configuration looks like.
  writeFileSync(join(cwd, 'mcp_config.json'), '{ "mcpServers": ');
  expect((await key('revoke', 'an')).code).toBe(2);
  expect((await key('revoke', 'an', '--key-file', other)).code).toBe(0);

  const stdin = join(cwd, 'chi.key');
  writeFileSync(stdin, 'a-key-of-a-person-0123456789\n');
  const hash = new Cli(['key', 'hash'], { cwd, env, stdin });
  expect(await hash.exited).toBe(0);
  expect(hash.stdout).toMatch(/^scrypt:32768:8:1:[\w-]{22}:[\w-]{43}\n$/);
  expect(hash.stderr).toBe('');
});

test.runIf(hasPty)('on a terminal, a key comes with what to paste', async () => {
  const { cwd, env } = await place({ port: 18_999 });
  const pty = new Pty(['key', 'add', 'an', '--agents', 'kitchen'], { cwd, env, columns: 200 });
  expect(await pty.exited).toBe(0);
  const [key] = /mcpp_[0-9a-f]{12}_[\w-]{43}/.exec(pty.raw)!;
  expect(pty.raw).toContain('shown this once');
  expect(pty.raw).toContain(
    `claude mcp add --transport http mcp-pipe http://127.0.0.1:18999/agents/kitchen/mcp --header "Authorization: Bearer ${key}"`,
  );
});
