import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Cli, folder, folderAndEndpoint, root } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';

const run = promisify(execFile);
const bundle = join(root, 'dist/bundle');

/** The files of the bundle that a command has loaded. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const cwd = await folder();
  const coverage = join(cwd, 'coverage');
  const ended = run(process.execPath, [join(root, 'bin/mcp-pipe.js'), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8', NODE_V8_COVERAGE: coverage },
  });
  // A command that ends with an error has loaded files all the same.
  await ended.catch(({ code }) => expect(code).toBe(2));
  const report = JSON.parse(readFileSync(join(coverage, readdirSync(coverage)[0]!), 'utf8')) as {
    result: { url: string }[];
  };
  return report.result.flatMap(({ url }) => /\/dist\/bundle\/([^/]+\.cjs)$/.exec(url)?.[1] ?? []);
}

const hasZod = (name: string) => readFileSync(join(bundle, name), 'utf8').includes('ZodError');

/** Names of files of the bundle without their hashes. rolldown-runtime is the bundler's own, 1 KB. */
const named = (files: readonly string[]) => files.map((name) => name.replace(/-[\w-]{8}\.cjs$/, '')).sort();

it.each([
  [['--version'], ['rolldown-runtime', 'version', 'version.cjs']],
  [['--help'], ['base', 'commands', 'main.cjs', 'rolldown-runtime', 'start.cjs', 'told', 'version']],
  [
    ['check', '--help'],
    ['base', 'commands', 'main.cjs', 'rolldown-runtime', 'start.cjs', 'told', 'version'],
  ],
])('%j loads these files of the bundle and no other', async (args, expected) => {
  const loaded = await loadedBy(...args);
  expect([...new Set(named(loaded))]).toEqual(expected);
  expect(loaded.filter(hasZod)).toEqual([]);
});

/** The files that a command loads that reads this configuration. */
async function loadedFor(config: object, command: string): Promise<string[]> {
  const cwd = await folder();
  writeFileSync(join(cwd, 'mcp_config.json'), JSON.stringify(config));
  return loadedBy(command, '--config', join(cwd, 'mcp_config.json'));
}

const server = {
  command: 'node',
  args: ['server.js', 1],
  env: { A: '1' },
  endpoint: 'ws://127.0.0.1:9/',
  start: 'demand',
};

it('a run loads neither what describes the commands nor zod', async () => {
  // It reads its configuration before it finds that there is no such server.
  const loaded = await loadedFor({ mcpServers: { calc: server } }, 'no-such-server');
  expect(named(loaded)).toContain('run');
  expect(named(loaded)).not.toContain('commands');
  expect(loaded.filter(hasZod)).toEqual([]);
});

it('a configuration that is right loads no zod, whatever sections it has', async () => {
  const config = {
    mcpServers: { calc: { ...server, tools: ['a*'], calls: { rate: '5/s', timeout: '30s' } } },
    settings: { minDelayMs: 500 },
    agents: { kitchen: { endpoint: 'ws://127.0.0.1:9/x', servers: ['calc'] } },
    tokens: { MCP_ENDPOINT_CALC: { mode: 'pipe' } },
    gateway: {
      port: 0,
      keys: { me: 'k'.repeat(40), an: { key: 'n'.repeat(40), readOnly: true } },
      oauth: true,
    },
    ...{
      ui: { address: 0 },
      metrics: {},
      audit: { size: '10MB' },
      alerts: { slack: { url: 'https://127.0.0.1/x' } },
    },
  };
  const loaded = await loadedFor(config, 'check');
  expect(named(loaded)).toContain('config');
  expect(loaded.filter(hasZod)).toEqual([]);
});

it('one that is wrong loads zod, which says what is wrong', async () => {
  const loaded = await loadedFor({ mcpServers: { calc: { ...server, args: 'x' } } }, 'check');
  expect(loaded.filter(hasZod)).not.toEqual([]);
});

it('a run keeps its compiled code for the next one', async () => {
  const { cwd, fake } = await folderAndEndpoint();
  const server = join(root, 'test/fixtures/servers/basic.mjs');
  const cli = new Cli(['--', process.execPath, server], {
    cwd,
    env: { XDG_CACHE_HOME: cwd, MCP_ENDPOINT: fake.endpoint().href },
  });
  // Only with the flags that V8 had when it started is anything written.
  const kept = join(cwd, 'mcp-pipe/compiled');
  await eventually(() => existsSync(kept) && readdirSync(kept).some((name) => name.endsWith('dist_bundle')));
  cli.signal('SIGTERM');
  expect(await cli.exited).toBe(0);
});
