import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLock } from '../../../src/packages/read-lock.js';
import { installationFolder } from '../../../src/packages/store.js';
import { Cli, descendants } from '../../helpers/cli.js';
import { eventually } from '../../helpers/eventually.js';
import { connectV1 } from '../../helpers/http-clients.js';
import { lockedServers, type PublishedServers, refusingRegistry } from '../../helpers/published-servers.js';

/** Ten servers are installed over the network; on a machine that does nothing else it takes a minute. */
const INSTALL_TIMEOUT_MS = 600_000;
const START_TIMEOUT_MS = 240_000;

let world: PublishedServers;
beforeAll(async () => {
  world = await lockedServers();
}, INSTALL_TIMEOUT_MS);
afterAll(() => world?.remove());

const RUNNER = /\bnpm (exec|x)\b|npx|(^|[\s/])(uv|uvx|npm)(\s|$)/;
const commandLine = (pid: number) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();

test(
  'ten published servers of npm and PyPI start from the lock while every registry refuses, and none is asked',
  async () => {
    const { servers, folder, store } = world;
    const names = servers.map(({ name }) => name);
    const registry = await refusingRegistry();
    const env = world.away(registry);
    world.write(names, { gateway: { port: 0 } });
    const cli = new Cli(['--log-format', 'json', '--log-level', 'debug'], { cwd: folder, env });
    const { url } = await cli.event('gateway-address');
    const { origin } = new URL(url as string);
    // Ten at once on a busy machine take longer than a client waits.
    const ready = () => cli.log.filter(({ event }) => event === 'server-ready').length === servers.length;
    await eventually(ready, { timeoutMs: START_TIMEOUT_MS / 2, what: 'all are ready' });
    const each = servers.map(async ({ name, call }) => {
      const client = await connectV1(`${origin}/servers/${name}/mcp`);
      try {
        expect(await client.tools()).toContain(call.name);
      } finally {
        await client.close();
      }
    });
    for (const one of await Promise.allSettled(each)) if (one.status === 'rejected') throw one.reason;
    const starts = cli.log.filter(({ event }) => event === 'server-package');
    expect(starts.map(({ server, link }) => server ?? link).sort()).toEqual([...names].sort());
    const byName = new Map(servers.map(({ name, version }) => [name, version]));
    for (const { server, link, isDirect, version } of starts)
      expect([isDirect, version]).toEqual([true, byName.get((server ?? link) as string)]);
    const running = descendants(cli.pid).map(commandLine);
    expect(running.filter((line) => RUNNER.test(line))).toEqual([]);
    expect(running.filter((line) => line.includes(store))).toHaveLength(servers.length);
    expect(registry.asked).toEqual([]);
    expect([env.npm_config_cache!, env.UV_CACHE_DIR!].filter(existsSync)).toEqual([]);
    cli.signal('SIGTERM');
    expect(await cli.exited).toBe(0);
  },
  START_TIMEOUT_MS,
);

test.each(['memory', 'calculator'])(
  'as its command says, %s asks the registry and does not start',
  async (name) => {
    const registry = await refusingRegistry();
    const { command, args } = world.entry(name);
    const child = spawn(command, args, {
      ...{ cwd: world.folder, env: { ...process.env, ...world.away(registry) }, stdio: 'ignore' },
    });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).not.toBe(0);
    expect(registry.asked.length).toBeGreaterThan(0);
  },
);

test.each([
  ['memory', 'sha512-'],
  ['calculator', 'sha256-'],
])(
  '%s is refused when its installation or its archive is not the locked one, with the hash',
  async (name, kind) => {
    const { folder, store, env, lockFile, servers } = world;
    world.write([name]);
    const tools = async () => {
      const cli = new Cli(['tools', name], { cwd: folder, env });
      return { code: await cli.exited, said: cli.stdout + cli.stderr };
    };
    const [key, locked] = [...readLock(lockFile).packages].find(
      ([, one]) => one.name === servers.find((server) => server.name === name)!.package,
    )!;
    const installation = installationFolder(store, locked);
    const entry = join(installation, locked.entry);
    const before = await tools();
    expect(before.said).toContain(servers.find((server) => server.name === name)!.call.name);
    appendFileSync(entry, '\n');
    const changed = await tools();
    expect(changed.code).not.toBe(0);
    expect(changed.said).toContain(locked.entry);

    const other = `${kind}${createHash(kind.slice(0, -1)).update('another archive').digest('base64')}`;
    const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
    const entryOf = lock.packages[key];
    entryOf.integrity = [other];
    for (const one of entryOf.packages) if (one.name === locked.name) one.integrity = [other];
    writeFileSync(lockFile, JSON.stringify(lock));
    const tampered = await tools();
    expect(tampered.code).not.toBe(0);
    expect(tampered.said).toContain('what the registry sends for');
    expect(tampered.said).toContain(other);
  },
  START_TIMEOUT_MS,
);
