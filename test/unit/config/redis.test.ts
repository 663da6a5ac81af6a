// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test

import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../src/config/check/check.js';
import { thisMachine } from '../../../src/config/check/host.js';
import { diffPlan } from '../../../src/config/diff-plan.js';
import { loadConfig } from '../../../src/config/load.js';
import { makePlan } from '../../../src/config/plan.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { launchOf } from '../../helpers/launch-of.js';
import { ADDRESS, folderWith, load, plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const PASSWORD = 'p@ss/wörd-123456';
const IN_URL = encodeURIComponent(PASSWORD);
const ENV = { MCP_ENDPOINT: ADDRESS };
const config = (redis?: unknown) => ({
  mcpServers: { calc: { command: 'node', args: ['a.js'], cwd: '/' } },
  ...(redis === undefined ? {} : { redis }),
});

describe('the section "redis"', () => {
  test('is an address, with the usual port and database', async () => {
    const made = await plan(config('redis://10.0.0.5'), ENV);
    expect(made.warnings).toEqual([]);
    expect({ ...made.redis }).toEqual({ url: 'redis://10.0.0.5:6379/0', ttlMs: 45_000 });
  });

  test('takes a password out of the address, hides it in every spelling, and gives its variable to no server', async () => {
    const REDIS_URL = `rediss://an:${IN_URL}@[::1]:6390/3`;
    const made = await plan(config('${REDIS_URL}'), { ...ENV, REDIS_URL });
    expect({ ...made.redis }).toEqual({
      ...{ url: 'rediss://[::1]:6390/3', username: 'an', password: PASSWORD, ttlMs: 45_000 },
    });
    expect(made.warnings).toEqual([]);
    expect(made.secrets).toEqual(expect.arrayContaining([REDIS_URL, PASSWORD, IN_URL]));
    const shown = inspect(made, { depth: 9 }) + JSON.stringify(made);
    expect(shown).not.toContain(PASSWORD);
    expect(shown).not.toContain(IN_URL);
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('REDIS_URL');
  });

  test('is an object with more', async () => {
    const written = {
      ...{ url: 'redis://cache:6380/1', username: 'an', password: '${PW}', ttl: '60s', machine: 'vps-1' },
    };
    const made = await plan(config(written), { ...ENV, PW: PASSWORD });
    expect({ ...made.redis }).toEqual({
      ...{ url: 'redis://cache:6380/1', username: 'an', password: PASSWORD, ttlMs: 60_000, machine: 'vps-1' },
    });
    expect(made.secrets).toContain(PASSWORD);
    expect(launchOf(made.servers[0]!).env).not.toHaveProperty('PW');
  });

  test('comes from the environment where the file says nothing, and false turns it off', async () => {
    const folder = folderWith({ 'mcp_config.json': config(), pw: `${PASSWORD}\n` });
    const env = {
      ...{ ...ENV, MCP_PIPE_REDIS: 'redis://cache', MCP_PIPE_MACHINE: 'vps-2' },
      MCP_PIPE_REDIS_PASSWORD_FILE: join(folder, 'pw'),
    };
    const { redis, servers } = makePlan(await loadConfig({ cwd: folder, env }), { cwd: folder });
    expect({ ...redis }).toEqual({
      ...{ url: 'redis://cache:6379/0', password: PASSWORD, ttlMs: 45_000, machine: 'vps-2' },
    });
    expect(launchOf(servers[0]!).env).not.toHaveProperty('MCP_PIPE_REDIS_PASSWORD');
    expect((await plan(config(false), env)).redis).toBeUndefined();
    expect(
      (await plan(config({ ttl: '50s' }), { ...env, MCP_PIPE_REDIS_PASSWORD_FILE: '' })).redis,
    ).toMatchObject({
      ...{ url: 'redis://cache:6379/0', ttlMs: 50_000 },
    });
    expect((await plan(config(), { ...ENV, MCP_PIPE_REDIS: '' })).redis).toBeUndefined();
  });

  test('counts for a script without a configuration as well', async () => {
    const folder = folderWith({ 'a.js': '' });
    const options = { cwd: folder, env: { ...ENV, MCP_PIPE_REDIS: 'redis://cache' } };
    const target = { target: { name: join(folder, 'a.js'), args: [] }, cwd: folder };
    expect(makePlan(await loadConfig(options), target).redis).toMatchObject({ url: 'redis://cache:6379/0' });
    const wrong = await loadConfig({ ...options, env: { ...ENV, MCP_PIPE_REDIS: 'cache' } });
    // Without it, the script would dial what another machine has.
    expect(() => makePlan(wrong, target)).toThrow(/unusable|cannot be used/);
  });

  test.each([
    ['http://10.0.0.5', 'redis', 'redis-url'],
    ['redis://10.0.0.5/x', 'redis', 'redis-url'],
    ['redis://10.0.0.5/0?password=x', 'redis', 'redis-url'],
    ['redis:///0', 'redis', 'redis-url'],
    [{ url: 'redis://a:%E0%A4%A@b' }, 'redis.url', 'redis-url'],
    [{ password: 'x' }, 'redis', 'redis-nowhere'],
    [{ url: 'redis://:a@b', password: 'c' }, 'redis.url', 'redis-password-twice'],
    [{ url: 'redis://b', ca: 'absent.pem' }, 'redis.ca', 'redis-ca'],
    [{ url: 'rediss://b', ca: 'mcp_config.json' }, 'redis.ca', 'redis-ca'],
    [{ url: 'redis://b', machine: 'a\nb' }, 'redis.machine', 'redis-machine'],
    [{ url: 'redis://b', ttl: '2s' }, 'redis.ttl', 'shape'],
    [{ url: 'redis://b', ttl: '1h' }, 'redis.ttl', 'shape'],
    [{ url: 'redis://b', tls: true }, 'redis.tls', 'unknown-setting'],
    [true, 'redis', 'shape'],
    [['redis://b'], 'redis', 'shape'],
  ])('%j is refused, with its place', async (written, path, id) => {
    const findings = await refusal(plan(config(written), ENV));
    expect(findings.map((finding) => [finding.path, finding.id])).toContainEqual([path, id]);
    expect(findings.find((finding) => finding.id === id)?.line).toBeGreaterThan(0);
    expect(JSON.stringify(findings)).not.toContain('%E0');
  });

  test('says what a short time to live means', async () => {
    const { warnings, redis } = await plan(config({ url: 'redis://b', ttl: '15s' }), ENV);
    expect(warnings.map(({ id, path }) => [id, path])).toEqual([['redis-ttl-short', 'redis.ttl']]);
    expect(redis?.ttlMs).toBe(15_000);
  });

  test('is told as another one when it differs, without its password', async () => {
    const [one, same, other] = await Promise.all(
      ['a', 'a', 'b'].map((password) => plan(config({ url: 'redis://b', password }), ENV)),
    );
    expect(diffPlan(one!, same!).redis).toBeUndefined();
    expect(diffPlan(one!, other!).redis).toBe(true);
    expect(diffPlan(one!, await plan(config(false), ENV)).redis).toBe(true);
  });

  test('is not used for an embedded endpoint', async () => {
    const folder = folderWith({ 'mcp_config.json': config('redis://b') });
    const loaded = await loadConfig({ cwd: folder, env: ENV });
    const endpointFor = () => new Endpoint('ws://127.0.0.1:1/');
    expect(makePlan(loaded, { cwd: folder, endpointFor }).redis).toBeUndefined();
  });
});

test.each([
  ['redis://redis.example.com', ['redis-unencrypted']],
  ['redis://10.0.0.5', []],
  ['redis://redis', []],
  ['rediss://redis.example.com', []],
])('check warns of a password that crosses the internet: %s', async (url, ids) => {
  const loaded = await load(config({ url, password: 'not-short-at-all' }), ENV);
  const { findings, redis } = await checkConfig(loaded, { cwd: loaded.folder }, thisMachine());
  expect(findings.filter(({ path }) => path.startsWith('redis')).map(({ id }) => id)).toEqual(
    expect.arrayContaining(ids),
  );
  expect(findings.some(({ id }) => id === 'redis-unencrypted')).toBe(ids.length > 0);
  expect(redis?.url).toContain('redis');
  expect(JSON.stringify(redis)).not.toContain('not-short-at-all');
});
