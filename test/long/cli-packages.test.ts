import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder } from '../helpers/cli.js';
import { fixture } from '../helpers/link.js';
import { keepingServer, npmRegistry, shownServer } from '../helpers/npm-registry.js';
import { hasPty, Pty } from '../helpers/pty.js';

const LOGGED = ['--log-level', 'debug', '--log-format', 'json'];

/** A configuration with a server of npm and another one, and what runs with it. */
async function world(shownMore: object = {}, more: object = {}) {
  const home = await folder();
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  const registry = await npmRegistry(...shownServer('1.0.0'));
  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  const shown = { command: 'npx', args: ['-y', 'shown-server'], endpoint: endpoint.serverUrl('shown') };
  const beside = {
    ...{ command: process.execPath, args: [fixture('basic.mjs')] },
    endpoint: endpoint.serverUrl('beside'),
  };
  const mcpServers = { shown: { ...shown, ...shownMore }, beside };
  writeFileSync(join(home, 'mcp_config.json'), JSON.stringify({ mcpServers, ...more }));
  const env = {
    ...{ npm_config_registry: registry.url, npm_config_cache: join(home, 'npm'), HOME: home },
    ...{ XDG_STATE_HOME: home, XDG_RUNTIME_DIR: home, MCP_PIPE_PACKAGES: join(home, 'store') },
  };
  const mcpPipe = async (...args: string[]) => {
    const cli = new Cli(args, { cwd: home, env });
    return { code: await cli.exited, ...cli };
  };
  const daemon = () => new Cli(['--log-format', 'json', '--log-level', 'debug'], { cwd: home, env });
  return { home, registry, mcpPipe, daemon, env };
}

const starts = (cli: Cli, name: string, event = 'server-package') =>
  cli.log.filter((one) => one.event === event && (one.server ?? one.link) === name);

test('update locks what is newer, and a running mcp-pipe restarts that server alone', async () => {
  const { registry, mcpPipe, daemon } = await world();
  expect(await mcpPipe('lock', '--json')).toMatchObject({ code: 0 });
  const running = daemon();
  await expect.poll(() => starts(running, 'shown', 'server-ready').length, { timeout: 60_000 }).toBe(1);
  await expect.poll(() => starts(running, 'beside', 'server-ready').length, { timeout: 60_000 }).toBe(1);
  expect(starts(running, 'shown')).toMatchObject([{ isDirect: true, version: '1.0.0' }]);
  const status = await mcpPipe('status');
  expect(status.stdout).toContain('shown-server 1.0.0, started directly');

  registry.publish(shownServer('1.1.0')[0]!);
  const check = await mcpPipe('update', 'shown', '--check', '--json');
  const newer = { server: 'shown', is: 'newer', package: 'shown-server', version: '1.1.0', before: '1.0.0' };
  expect(check.code).toBe(5);
  expect(JSON.parse(check.stdout)).toEqual({ packages: [newer] });
  expect(starts(running, 'shown', 'server-ready')).toHaveLength(1);

  const updated = await mcpPipe('update', 'shown', '--json');
  expect([updated.code, JSON.parse(updated.stdout)]).toEqual([0, { packages: [newer] }]);
  await expect.poll(() => starts(running, 'shown', 'server-ready').length, { timeout: 60_000 }).toBe(2);
  expect(starts(running, 'shown')).toMatchObject([
    { version: '1.0.0' },
    { isDirect: true, version: '1.1.0' },
  ]);
  expect(starts(running, 'beside', 'server-ready')).toHaveLength(1);
  const json = JSON.parse((await mcpPipe('status', '--json')).stdout) as { links: { name: string }[] };
  expect(json.links.find(({ name }) => name === 'shown')).toMatchObject({
    package: { isDirect: true, package: 'shown-server', version: '1.1.0' },
  });
});

test('what is known of a server on demand is of its version: after an update it is asked for its lists again', async () => {
  const { registry, mcpPipe, daemon } = await world({}, { settings: { start: 'demand' } });
  const publish = (version: string, tool: string) => {
    const [shown] = shownServer(version);
    const files = { 'cli.js': shown!.files['cli.js']!.replace("name: 'show',", `name: '${tool}',`) };
    registry.publish({ ...shown!, files });
  };
  const tools = async () => (await mcpPipe('tools', 'shown', '--json')).stdout;
  const asleep = (cli: Cli, times: number) =>
    expect.poll(() => starts(cli, 'shown', 'server-idle-stopped').length, { timeout: 60_000 }).toBe(times);
  expect(await mcpPipe('lock', '--json')).toMatchObject({ code: 0 });
  const first = daemon();
  await asleep(first, 1);
  expect(await tools()).toContain('"show"');
  first.signal('SIGTERM');
  await first.exited;

  publish('1.1.0', 'show_more');
  expect(await mcpPipe('update', 'shown')).toMatchObject({ code: 0 });
  const next = daemon();
  // Nothing is known of this version.
  await asleep(next, 1);
  expect(await tools()).toContain('"show_more"');
  expect(starts(next, 'shown', 'server-ready')).toHaveLength(1);

  // It sleeps, so its next call starts the newer one, which says that its list is another.
  publish('1.2.0', 'show_most');
  expect(await mcpPipe('update', 'shown')).toMatchObject({ code: 0 });
  expect((await mcpPipe('call', 'shown', 'show_more')).stdout).toContain('1.2.0');
  await expect.poll(tools, { timeout: 60_000 }).toContain('"show_most"');
});

test('a running mcp-pipe says at once that another process has locked what it started as written', async () => {
  const { mcpPipe, daemon } = await world();
  const running = daemon();
  await expect.poll(() => starts(running, 'shown', 'server-ready').length, { timeout: 60_000 }).toBe(1);
  expect((await mcpPipe('status')).stdout).toContain('not started directly: it is not locked yet');
  expect(await mcpPipe('lock')).toMatchObject({ code: 0 });
  const { stdout } = await mcpPipe('status');
  expect(stdout).toContain('shown-server 1.0.0, locked: started directly from its next start on');
  expect((await mcpPipe('status', '--json')).stdout).toMatch(/"launches":\s*\{\s*"shown":\s*\{\s*"locked"/);
});

test('tools and doctor start what is locked directly, without the registry', async () => {
  const { home, env, registry, mcpPipe } = await world();
  expect(await mcpPipe('lock')).toMatchObject({ code: 0 });
  await registry.close();
  const tools = new Cli(['tools', 'shown', '--json', ...LOGGED], { cwd: home, env });
  expect(await tools.exited).toBe(0);
  expect(tools.stdout).toContain('"show"');
  expect(starts(tools, 'shown')).toMatchObject([{ isDirect: true, version: '1.0.0' }]);
  const doctor = await mcpPipe('doctor', '--json');
  const { items } = JSON.parse(doctor.stdout) as { items: { about: string; severity: string; id: string }[] };
  expect(items.filter(({ about }) => about === 'shown')).toContainEqual(
    expect.objectContaining({ severity: 'ok' }),
  );
});

test('where the folder of the configuration cannot be written, the lock is in the state folder, and counts', async () => {
  const { home, registry, env } = await world();
  const folder = join(home, 'conf');
  mkdirSync(folder);
  writeFileSync(join(folder, 'mcp_config.json'), readFileSync(join(home, 'mcp_config.json')));
  chmodSync(folder, 0o555);
  // Nothing is forbidden to root.
  const nobody = { uid: 65534, gid: 65534 };
  const as = process.getuid?.() === 0 ? nobody : undefined;
  if (as) chownSync(home, as.uid, as.gid);
  onTestFinished(() => chmodSync(folder, 0o755));
  const mcpPipe = (...args: string[]) => new Cli(args, { cwd: folder, env, ...(as ? { as } : {}) });
  const lock = mcpPipe('lock', '--json');
  expect([await lock.exited, lock.stderr]).toEqual([0, '']);
  expect(readdirSync(folder)).toEqual(['mcp_config.json']);
  const written = readdirSync(home, { recursive: true }).map(String);
  const [file] = written.filter((path) => path.endsWith('mcp_lock.json'));
  expect(readFileSync(join(home, file!), 'utf8')).toContain('"shown-server"');
  await registry.close();
  const tools = mcpPipe('tools', 'shown', '--json', ...LOGGED);
  expect(await tools.exited).toBe(0);
  expect(starts(tools, 'shown')).toMatchObject([{ isDirect: true, version: '1.0.0' }]);
});

test('a lock file that is broken is told, and stops no server', async () => {
  const { home, mcpPipe, daemon } = await world();
  writeFileSync(join(home, 'mcp_lock.json'), '{ "lockVersion": 1, "packages": {');
  const running = daemon();
  await expect.poll(() => starts(running, 'shown', 'server-ready').length, { timeout: 60_000 }).toBe(1);
  expect(starts(running, 'shown')).toMatchObject([{ isDirect: false, why: 'lock-broken', level: 'warn' }]);
  expect((await mcpPipe('status')).stdout).toContain('not started directly: mcp_lock.json cannot be used');
  const lock = await mcpPipe('lock');
  expect([lock.code, lock.stdout]).toEqual([1, expect.stringContaining('mcp_lock.json')]);
  // It is not written over: a person may have more in it.
  expect(readFileSync(join(home, 'mcp_lock.json'), 'utf8')).toBe('{ "lockVersion": 1, "packages": {');
});

test.each([
  ['"lock": false', { lock: false }, {}],
  ['settings.lock', {}, { settings: { lock: false } }],
])('%s turns it off', async (_, shownMore, more) => {
  const { mcpPipe, daemon } = await world(shownMore, more);
  expect((await mcpPipe('lock')).stdout).toContain('No server has a command that fetches a package.');
  const running = daemon();
  await expect.poll(() => starts(running, 'shown', 'server-ready').length, { timeout: 60_000 }).toBe(1);
  expect(starts(running, 'shown')).toEqual([]);
});

test('what kill -9 has interrupted is installed by the next one, of which there may be two', async () => {
  const { home, registry, mcpPipe } = await world();
  let go = () => {};
  const going = new Promise<void>((resolve) => {
    go = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    registry.onArchive = async (_, archive) => {
      resolve();
      await going;
      return archive;
    };
  });
  const env = {
    ...{ npm_config_registry: registry.url, npm_config_cache: join(home, 'npm'), HOME: home },
    ...{ XDG_STATE_HOME: home, MCP_PIPE_PACKAGES: join(home, 'store') },
  };
  const killed = new Cli(['lock'], { cwd: home, env });
  await asked;
  killed.signal('SIGKILL');
  await killed.exited;
  go();
  const both = await Promise.all([mcpPipe('lock'), mcpPipe('lock')]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await mcpPipe('lock', '--offline')).toMatchObject({ code: 0 });
  const names = readdirSync(join(home, 'store', 'npm')).filter((name) => !name.startsWith('.part-'));
  expect(names.filter((name) => !name.endsWith('.json') && !name.endsWith('.lock'))).toHaveLength(1);
});

test('what a server in a sandbox wrote beside its code is not lost by a lock: it stays with npx', async () => {
  const { home, registry, mcpPipe } = await world();
  registry.publish(keepingServer('1.0.0'));
  const write = (...args: string[]) => {
    const keeping = { command: 'npx', args, cwd: home, sandbox: { network: true } };
    writeFileSync(join(home, 'mcp_config.json'), JSON.stringify({ mcpServers: { keeping } }));
  };
  write('-y', 'keeping-server');
  const counted = async () => (await mcpPipe('call', 'keeping', 'count')).stdout;
  expect(await counted()).toContain('1 calls of ');
  const lock = await mcpPipe('lock');
  expect([lock.code, lock.stdout]).toEqual([1, expect.stringContaining('keeps data beside its code')]);
  expect(await counted()).toContain('2 calls of ');
}, 240_000);

test.skipIf(!hasPty)(
  'on a terminal, lock says what it does and how far it is; Ctrl-C ends it; into a pipe it says nothing of that',
  async () => {
    const { home, env, registry, mcpPipe } = await world();
    const mcpServers = Object.fromEntries(
      ['one', 'two'].map((name, i) => [name, { command: 'npx', args: ['-y', 'shown-server', String(i)] }]),
    );
    writeFileSync(join(home, 'mcp_config.json'), JSON.stringify({ mcpServers }));
    let go = () => {};
    const going = new Promise<void>((resolve) => {
      go = resolve;
    });
    registry.onArchive = async (_, archive) => {
      await going;
      return archive;
    };
    const stopped = new Pty(['lock'], { cwd: home, env });
    await stopped.shows('1 of 2, one: installing shown-server');
    stopped.press('\x03');
    expect(await stopped.exited).toBe(130);
    expect(stopped.screen.text).not.toMatch(/installing|defect/);

    const shown = new Pty(['lock', '--lang', 'vi'], { cwd: home, env });
    await shown.shows('1/2, one: đang cài shown-server');
    go();
    expect(await shown.exited).toBe(0);
    expect(shown.raw).toContain('one: đang chọn phiên bản của shown-server');
    // What was done stays, and what was said meanwhile goes.
    expect(shown.screen.text.trim().split('\n')).toEqual([
      'one: shown-server đã được khóa ở 1.0.0.',
      'two: shown-server 1.0.0, đúng như đã khóa.',
    ]);

    expect((await mcpPipe('lock')).stderr).toBe('');
    const json = new Pty(['lock', '--json'], { cwd: home, env });
    expect(await json.exited).toBe(0);
    expect(json.raw).not.toContain('of 2');
  },
);
