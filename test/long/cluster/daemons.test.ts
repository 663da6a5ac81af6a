import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Cli } from '../../helpers/cli.js';
import { configured, json, place, start, tiny } from '../../helpers/copies.js';
import { eventually } from '../../helpers/eventually.js';
import { freePort } from '../../helpers/free-port.js';
import { HAS_REDIS, redisServer } from '../../helpers/redis-server.js';

const TTL_MS = 4_000;
const PASSWORD = 'a-pässword/of@redis';

/** Machines with one configuration, and an endpoint that allows each token one connection. */
async function machines(count: number, redis: object, tokens = ['one']) {
  const endpoint = await start();
  const servers = tokens.map((name) => [name, { ...tiny, endpoint: endpoint.serverUrl(name) }]);
  const cwd = await configured(Object.fromEntries(servers), {
    mode: 'pipe',
    redis: { ttl: TTL_MS, ...redis },
  });
  // Each has files of its own: that is what makes it another machine.
  const all = Array.from({ length: count }, (_, i) => {
    const env = { ...place().env, MCP_PIPE_MACHINE: `m${i}` };
    return { env, cli: new Cli(json, { cwd, env }), name: `m${i}` };
  });
  const ask = async (of: { env: Record<string, string> }, ...args: string[]) => {
    const cli = new Cli(args, { cwd, env: of.env });
    return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
  };
  const opened = ({ cli }: { cli: Cli }) => cli.log.filter(({ event }) => event === 'open').length;
  const owner = (among = all) =>
    eventually(() => among.find((one) => opened(one) > 0), { what: 'an owner', timeoutMs: 60_000 });
  return { endpoint, all, ask, opened, owner };
}

describe.runIf(HAS_REDIS)('machines with one Redis', () => {
  it('have one owner of a token, whom leases names on every machine, whom probe and doctor leave alone, and who is followed', async () => {
    const redis = await redisServer({ requirepass: PASSWORD });
    const { endpoint, all, ask, owner } = await machines(3, { url: redis.url, password: PASSWORD });
    const first = await owner();
    const others = all.filter((one) => one !== first);
    for (const { cli } of others) {
      const waiting = await eventually(
        () => cli.log.find(({ event, holder }) => event === 'lease-waiting' && holder !== undefined),
        { what: 'who has it' },
      );
      expect(waiting.holder).toMatchObject({ machine: first.name, pid: first.cli.pid, link: 'one' });
    }
    // A machine without a daemon knows as much.
    const elsewhere = place();
    const listed = await ask(elsewhere, 'leases', '--json');
    const { redis: said, leases } = JSON.parse(listed.stdout);
    expect(leases).toEqual([]);
    expect(said).toMatchObject({ url: `${redis.url}/0`, reason: null, processes: 3 });
    expect(said.leases).toEqual([
      expect.objectContaining({
        of: 'token',
        machine: first.name,
        pid: first.cli.pid,
        link: 'one',
        fence: expect.any(Number),
      }),
    ]);
    expect(said.leases[0].leftMs).toBeGreaterThan(0);
    expect(said.leases[0].leftMs).toBeLessThanOrEqual(TTL_MS);
    const text = await ask(elsewhere, 'leases');
    expect(text.stdout).toMatch(new RegExp(`token #[0-9a-f]{8} +${first.name} +one .*fence \\d+ .*left`));
    const probed = await ask(elsewhere, 'probe', '--token-of', 'one', '--yes');
    expect(probed.code).not.toBe(0);
    expect(probed.stderr).toContain(`on the machine ${first.name} uses token #`);
    const examined = await ask(elsewhere, 'doctor', '--json', '--timeout-ms', '30000');
    expect(examined.stdout).toContain('not dialled: process');
    expect(examined.stdout).toContain('answers in');
    // It keeps no append-only file.
    expect(examined.stdout).toContain('keeps no append-only file');
    expect(endpoint.stats.accepted).toBe(1);

    first.cli.signal('SIGKILL');
    const killedAt = performance.now();
    const next = await owner(others);
    // The rest is for processes on a busy machine.
    expect(performance.now() - killedAt).toBeLessThan(TTL_MS * 1.5 + 10_000);
    expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
    next.cli.signal('SIGTERM');
    await next.cli.exited;
    // Given back: no time to live has to end.
    await owner(others.filter((one) => one !== next));
    expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
    for (const { cli } of all) expect(cli.stderr).not.toContain(PASSWORD);
  });

  it('keep a connection while Redis is away for less than the lease, close it before another could dial, and go on', async () => {
    const redis = await redisServer();
    const { endpoint, all, ask, owner, opened } = await machines(2, { url: redis.url });
    const first = await owner();
    const told = (name: string) =>
      all.map(({ cli }) => cli.log.filter(({ code, event }) => code === name || event === name).length);
    await redis.kill();
    await eventually(() => first.cli.log.some(({ event }) => event === 'lease-lost'), {
      what: 'a lease that is lost',
      timeoutMs: 60_000,
    });
    await eventually(() => told('REDIS_DOWN').every((n) => n === 1), { what: 'both say that Redis is away' });
    const status = await ask(first, 'status');
    expect(status.stdout).toContain(`127.0.0.1:${redis.port}`);
    expect(status.stdout).toContain('does not answer');
    const listed = await ask(first, 'leases');
    expect(listed.code).toBe(1);
    expect(listed.stdout).toContain('does not answer');
    const probed = await ask(place(), 'probe', '--token-of', 'one', '--yes');
    expect(probed.stderr).toContain('is not known');
    expect(endpoint.stats.accepted).toBe(1);
    await redis.start();
    await eventually(() => all.some((one) => opened(one) > (one === first ? 1 : 0)), {
      what: 'the next connection',
      timeoutMs: 60_000,
    });
    await eventually(() => told('redis-recovered').every((n) => n === 1), {
      what: 'both say that it is back',
    });
    expect(told('REDIS_DOWN')).toEqual([1, 1]);
    expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
  });

  it('dial nothing with a wrong password, and say so without it', async () => {
    const redis = await redisServer({ requirepass: 'another' });
    const { endpoint, all, ask } = await machines(1, { url: redis.url, password: PASSWORD });
    const [{ cli }] = all as [(typeof all)[0]];
    const waiting = await cli.event('lease-waiting');
    expect(waiting.obstacle).toMatchObject({ why: 'store-down' });
    const down = await eventually(() => cli.log.find(({ code }) => code === 'REDIS_DOWN'), { what: 'why' });
    expect(down.msg).toMatch(/WRONGPASS|NOAUTH/);
    const examined = await ask(place(), 'doctor', '--json', '--timeout-ms', '30000');
    expect(examined.stdout).toContain('does not let mcp-pipe in');
    expect(examined.stdout).toContain('another machine might be using the token');
    expect(endpoint.stats.accepted).toBe(0);
    expect(cli.stderr + examined.stdout + examined.stderr).not.toContain(PASSWORD);
  });

  it('reach it over TLS with an authority of their own, and not without', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-redis-tls-'));
    const [key, ca] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', ca, ...names], {
      stdio: 'ignore',
    });
    const tlsPort = await freePort();
    const files = { 'tls-cert-file': ca, 'tls-key-file': key, 'tls-ca-cert-file': ca };
    await redisServer({ 'tls-port': tlsPort, ...files, 'tls-auth-clients': 'no' });
    const url = `rediss://localhost:${tlsPort}`;
    const trusting = await machines(1, { url, ca });
    await trusting.owner();
    expect(trusting.all[0]!.cli.log.find(({ event }) => event === 'redis-connected')?.msg).toContain(url);
    const doubting = await machines(1, { url });
    const waiting = await doubting.all[0]!.cli.event('lease-waiting');
    expect(waiting.obstacle).toMatchObject({ why: 'store-down' });
    expect(doubting.endpoint.stats.accepted).toBe(0);
    writeFileSync(ca, 'no certificate');
    const { code, stderr } = await trusting.ask(place(), 'check');
    expect(code).not.toBe(0);
    expect(stderr + (await trusting.ask(place(), 'check')).stdout).toContain('redis.ca');
  });

  it('respect a copy of one machine that knows no Redis', async () => {
    const redis = await redisServer();
    const { endpoint, all, owner, opened } = await machines(1, { url: redis.url });
    const [first] = all as [(typeof all)[0]];
    await owner();
    const cwd = await configured({ one: { ...tiny, endpoint: endpoint.serverUrl('one') } });
    const second = new Cli(json, { cwd, env: first.env });
    expect((await second.event('lease-waiting')).holder).toMatchObject({ pid: first.cli.pid });
    first.cli.signal('SIGTERM');
    await second.event('open');
    // And the other way: the file of that one is seen before Redis is asked.
    const third = new Cli(json, { cwd: cwd, env: first.env });
    await third.event('lease-waiting');
    expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
    expect(opened(first)).toBe(1);
  });
});
