import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { configured, json, linksOf, place, raceOfCopies, start, tiny } from '../helpers/copies.js';
import { eventually } from '../helpers/eventually.js';

// A hundred times: test/long/copies-at-once.test.ts.
it('two copies started at the same instant never hold more than the one connection', () => raceOfCopies(8));

it('two copies with ten tokens and two connections for each never hold more, and no token is left out', async () => {
  const endpoint = await start();
  const { env } = place();
  const names = Array.from({ length: 10 }, (_, i) => `race-${i}`);
  const servers = names.flatMap((name) =>
    ['a', 'b'].map((of) => [`${name}${of}`, { ...tiny, endpoint: endpoint.serverUrl(name) }] as const),
  );
  const cwd = await configured(Object.fromEntries(servers), {
    mode: 'pipe',
    settings: { maxParallelStarts: 10, connectionsPerToken: 2 },
  });
  const copies = [new Cli(json, { cwd, env }), new Cli(json, { cwd, env })];
  const all = (name: string) => copies.flatMap((copy) => linksOf(copy, name));
  await eventually(() => all('client-initialized').length === 20 && all('lease-waiting').length === 20, {
    timeoutMs: 60_000,
    what: 'two winners and two losers of each token',
  });
  expect(endpoint.stats.maxConcurrentPerToken).toBe(2);
});

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'the copy that waits says who holds the token, and takes over when that one is ended by %s',
  async (signal) => {
    const endpoint = await start();
    const { env } = place();
    const cwd = await configured({ one: { ...tiny, endpoint: endpoint.serverUrl('one') } });
    const first = new Cli(json, { cwd, env });
    await first.event('client-initialized');
    const second = new Cli(json, { cwd, env });
    const waiting = await second.event('lease-waiting');
    expect(waiting).toMatchObject({ level: 'warn', link: 'one', of: 'token', slots: 1, isOwn: false });
    expect(waiting.holder).toMatchObject({ pid: first.pid, link: 'one' });
    expect(waiting.msg).toContain(`(pid ${first.pid}) has the one connection of token #`);
    first.signal(signal);
    await second.event('client-initialized');
    expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
  },
);

it('a copy that is stopped is not robbed, and leases tells of it and of who waits', async () => {
  const endpoint = await start();
  const { env } = place();
  const cwd = await configured({ one: { ...tiny, endpoint: endpoint.serverUrl('one') } });
  const first = new Cli(json, { cwd, env });
  await first.event('client-initialized');
  const control = { XDG_RUNTIME_DIR: await folder() };
  const second = new Cli(json, { cwd, env: { ...env, ...control } });
  await second.event('lease-waiting');
  first.signal('SIGSTOP');
  const list = async () => {
    const leases = new Cli(['leases', '--json'], { cwd, env: { ...env, ...control } });
    expect(await leases.exited).toBe(0);
    return JSON.parse(leases.stdout);
  };
  const since = expect.any(Number);
  const label = expect.stringMatching(/^[0-9a-f]{8}$/);
  const holder = { link: 'one', pid: first.pid, since };
  expect(await list()).toEqual({
    folder: expect.any(String),
    leases: [{ of: 'token', label, slot: 0, ...holder, alive: true }],
    redis: null,
    daemon: true,
    waiting: [{ link: 'one', since, of: 'token', label, slots: 1, isOwn: false, holder, obstacle: null }],
  });
  const health = new Cli(['health'], { cwd, env: { ...env, ...control } });
  expect(await health.exited).toBe(0);
  expect(health.stdout).toMatch(
    /^one\s+waiting for a connection for .*Waiting for a connection: another mcp-pipe on this machine/,
  );
  const silent = new Cli(['health'], { cwd, env });
  expect(await silent.exited).toBe(1);
  expect(silent.stderr).toContain('did not answer within 3 s');
  first.signal('SIGKILL');
  await second.event('client-initialized');
  const text = new Cli(['leases'], { cwd, env: { ...env, ...control } });
  await text.exited;
  expect(text.stdout).toMatch(/^token #[0-9a-f]{8}\s+connection 1\s+one\s+pid \d+\s+since \S+\s+alive\n$/);
  expect(text.stdout).not.toContain('?token=');
  const inVietnamese = new Cli(['leases', '--lang', 'vi'], { cwd, env: { ...env, ...control } });
  await inVietnamese.exited;
  expect(inVietnamese.stdout).toMatch(
    /^token #[0-9a-f]{8}\s+kết nối 1\s+one\s+pid \d+\s+từ \S+\s+đang chạy\n$/,
  );
});

it('runs where no lock file can be made, and says so once', async () => {
  const endpoint = await start();
  const { env } = place();
  await writeFile(join(env.XDG_STATE_HOME!, 'mcp-pipe'), '');
  const cwd = await configured({
    one: { ...tiny, endpoint: endpoint.serverUrl('one') },
    two: { ...tiny, endpoint: endpoint.serverUrl('two') },
  });
  const cli = new Cli(json, { cwd, env });
  await eventually(() => linksOf(cli, 'client-initialized').length === 2);
  expect(cli.log.filter(({ code }) => code === 'LEASES_UNAVAILABLE')).toHaveLength(1);
});
