import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerPlan } from '../../src/config/plan.js';
import { registryTargets } from '../../src/daemon/doctor/registry.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, descendants, root } from '../helpers/cli.js';
import { spellings, untar } from '../helpers/untar.js';

const TOKEN = 'the-long-secret-token-of-the-doctor';
const CALCULATOR = { command: process.execPath, args: [join(root, 'examples/calculator.js')] };

function folder(config: object | string, dotenv = ''): string {
  const cwd = mkdtempSync(join(tmpdir(), 'mcp-pipe-doctor-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, 'mcp_config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  writeFileSync(join(cwd, '.env'), dotenv);
  chmodSync(join(cwd, '.env'), 0o600);
  return cwd;
}

describe('mcp-pipe doctor', { timeout: 120_000 }, () => {
  test('tries twenty servers, of which one hangs and one wants a terminal, ends in time and leaves no process', async () => {
    const endpoint = await startEndpoint({ port: 0 });
    onTestFinished(() => endpoint.close());
    const good = Array.from({ length: 18 }, (_, i) => [`server-${i}`, CALCULATOR]);
    const mcpServers = {
      hangs: { command: process.execPath, args: ['-e', 'process.stdin.resume()'] },
      tty: { command: process.execPath, args: ['-e', 'if (!process.stdin.isTTY) throw new Error("no TTY")'] },
      ...Object.fromEntries(good),
    };
    const cwd = folder({ mcpServers }, `MCP_ENDPOINT=${endpoint.serverUrl(TOKEN)}\n`);
    const doctor = new Cli(['doctor', '--json', '--timeout-ms', '20000'], {
      cwd,
      env: { XDG_STATE_HOME: cwd },
    });
    const startedAt = performance.now();
    expect(await doctor.exited).toBe(1);
    expect(doctor.stderr).toBe('');
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    const { items } = JSON.parse(doctor.stdout) as { items: { id: string; about: string }[] };
    const about = (id: string) => items.filter((one) => one.id === id).map((one) => one.about);
    expect(about('server-late')).toEqual(['hangs']);
    expect(about('server-failed')).toEqual(['tty']);
    expect(about('server-ok')).toHaveLength(18);
    expect(about('dialled')).toEqual(['mux']);
    if (process.platform === 'linux') expect(descendants(doctor.pid)).toEqual([]);
  });

  test('asks nothing outside of this computer with --offline, and starts servers all the same', async () => {
    const endpoint = await startEndpoint({ port: 0 });
    onTestFinished(() => endpoint.close());
    const cwd = folder({ mcpServers: { calc: CALCULATOR } }, `MCP_ENDPOINT=${endpoint.serverUrl(TOKEN)}\n`);
    const doctor = new Cli(['doctor', '--json', '--offline'], { cwd, env: { XDG_STATE_HOME: cwd } });
    expect(await doctor.exited).toBe(0);
    expect(doctor.stdout).toContain('"server-ok"');
    expect(doctor.stdout).not.toMatch(/"(reached|dial\w*|clock-\w+|unreachable)"/);
    expect(endpoint.stats.accepted).toBe(0);
  });

  test('writes an archive of a configuration that is no JSON, without what stands in it', async () => {
    const broken = `{ "mcpServers": { "a": { "command": "x", "env": { "KEY": "secret-in-no-json-1" } }`;
    const cwd = folder(broken, 'OTHER=secret-of-dotenv-2\n');
    writeFileSync(join(cwd, 'a.txt'), '');
    const doctor = new Cli(['doctor', '--bundle', 'b.tgz'], { cwd, env: { XDG_STATE_HOME: cwd } });
    expect(await doctor.exited).toBe(2);
    const files = untar(readFileSync(join(cwd, 'b.tgz')));
    expect(JSON.parse(files.get('mcp-pipe-support/configuration.json')!)).toMatchObject({
      unreadable: [{ line: 1 }],
    });
    for (const [name, text] of files) {
      for (const secret of ['secret-in-no-json-1', 'secret-of-dotenv-2']) {
        expect({ name, found: spellings(secret).filter(({ reveals }) => text.includes(reveals)) }).toEqual({
          name,
          found: [],
        });
      }
    }
  });

  // npm takes a second to start.
  test('npm itself says which registry and proxy it would use, of a scope as well', {
    timeout: 60_000,
  }, async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'mcp-pipe-npm-'));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    writeFileSync(join(cwd, 'package.json'), '{}');
    writeFileSync(
      join(cwd, '.npmrc'),
      'registry=http://plain.example/npm\n@mine:registry=http://mine.example/\nhttps-proxy=http://proxy.example:3128\n',
    );
    const { PATH = '', HOME = cwd } = process.env;
    const server = (name: string, pkg: string, env = {}): ServerPlan =>
      ({
        name,
        kind: 'stdio',
        launch: { command: 'npx', args: ['-y', pkg], cwd, env: { PATH, HOME, ...env } },
        options: {},
      }) as never;
    const servers = [
      server('a', 'pkg'),
      server('b', '@mine/pkg'),
      server('c', 'pkg', { npm_config_registry: 'http://environment.example/' }),
    ];
    const targets = await registryTargets(servers, new AbortController().signal);
    expect(targets.map(({ registry, pkg, proxy }) => [registry.href, pkg, String(proxy)])).toEqual([
      ['http://plain.example/npm/', 'pkg', 'proxy.example:3128'],
      ['http://mine.example/', '@mine/pkg', 'proxy.example:3128'],
      ['http://environment.example/', 'pkg', 'proxy.example:3128'],
    ]);
  });
});
