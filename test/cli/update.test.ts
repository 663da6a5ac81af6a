import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askRegistry } from '../../src/cli/update/registry.js';
import { Cli, folder } from '../helpers/cli.js';
import { npmRegistry, shownServer } from '../helpers/npm-registry.js';
import { hasPty, Pty } from '../helpers/pty.js';

/** A registry of npm that knows one package, or none, and the paths that it was asked for. */
async function registry(versions: Record<string, string> | undefined) {
  const asked: string[] = [];
  const server = createServer(({ url }, answer) => {
    asked.push(url!);
    answer.writeHead(versions ? 200 : 404, { 'content-type': 'application/json' });
    const packument = { name: 'mcp-pipe', 'dist-tags': versions, versions: {} };
    const all = Object.values(versions ?? {}).map((version) => [version, { name: 'mcp-pipe', version }]);
    answer.end(JSON.stringify(versions ? { ...packument, versions: Object.fromEntries(all) } : {}));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

test.each([
  {
    registryHas: { latest: '99.1.0' },
    code: 5,
    report: { newest: '99.1.0', newer: true, installedAs: 'clone' },
  },
  { registryHas: undefined, code: 1, report: { newest: null, error: { code: 'UPDATE_NOT_FOUND' } } },
])(
  'update --check asks the registry of npm alone, and ends with $code',
  async ({ registryHas, code, report }) => {
    const { asked, url } = await registry(registryHas);
    const home = await folder();
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const env = { npm_config_registry: url, npm_config_cache: home, HOME: home, XDG_STATE_HOME: home };
    const cli = new Cli(['update', '--check', '--json'], { env });
    expect([await cli.exited, JSON.parse(cli.stdout)]).toEqual([
      code,
      expect.objectContaining(expectation(report)),
    ]);
    expect([...new Set(asked)]).toEqual(['/mcp-pipe']);
  },
);

test('what is locked is asked for by its own name, and what cannot be asked for stays locked, and starts', async () => {
  const home = await folder();
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const packages = await npmRegistry(...shownServer('1.0.0'));
  const env = { npm_config_registry: packages.url, npm_config_cache: join(home, 'npm'), HOME: home };
  const shown = { command: 'npx', args: ['-y', 'shown-server'], endpoint: 'ws://127.0.0.1:9' };
  writeFileSync(join(home, 'mcp_config.json'), JSON.stringify({ mcpServers: { shown } }));
  const said = async (...args: string[]) => {
    const cli = new Cli(args, {
      cwd: home,
      env: { ...env, XDG_STATE_HOME: home, MCP_PIPE_PACKAGES: join(home, 'store') },
    });
    return [await cli.exited, cli.stdout.trim()];
  };
  expect(await said('lock', '--offline')).toEqual([
    1,
    'shown: it is not locked yet. To lock and install it: mcp-pipe lock shown',
  ]);
  expect(await said('lock', 'shown')).toEqual([0, 'shown: shown-server is locked at 1.0.0.']);
  packages.asked.length = 0;
  const latest = 'shown: shown-server 1.0.0 is locked, and the registry has nothing newer for its command.';
  expect(await said('update', 'shown')).toEqual([0, latest]);
  expect(packages.asked).not.toContain('/mcp-pipe');
  packages.publish(shownServer('1.1.0')[0]!);
  // The registry has no mcp-pipe, and something newer.
  expect(await said('update', '--check')).toEqual([
    5,
    expect.stringMatching(/UPDATE_NOT_FOUND[\s\S]*shown: shown-server 1\.0\.0 -> 1\.1\.0\.$/),
  ]);
  await packages.close();
  const [code, text] = await said('update', 'shown');
  expect(code).toBe(1);
  expect(text).toMatch(
    /^shown: whether there is something newer than shown-server 1\.0\.0 is not known, because the registry cannot be reached \([^()]*ECONNREFUSED[^()]*\)\. It stays locked/,
  );
  expect(text).not.toMatch(/errno|syscall/);
  expect(await said('lock', '--offline')).toEqual([0, 'shown: shown-server 1.0.0, as it is locked.']);
  // Doctor starts it as a run does: directly, without its registry.
  const [, report] = await said('doctor', '--json');
  const { items } = JSON.parse(String(report)) as { items: { section: string; id: string }[] };
  const found = items.filter(({ section }) => section === 'registry' || section === 'server');
  expect(found.map(({ id }) => id)).toEqual(['registry-not-needed', 'server-ok']);
});

test('npm gets the variables that it is given, and no other ones', async () => {
  const home = await folder();
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const shown = join(home, 'environment');
  writeFileSync(join(home, 'npm'), `#!/bin/sh\n/usr/bin/env > '${shown}'\necho '{ "latest": "99.1.0" }'\n`, {
    mode: 0o755,
  });
  process.env.A_SECRET = 'key-of-an-0123456789abcdef';
  onTestFinished(() => void delete process.env.A_SECRET);
  const answer = await askRegistry('0.1.0', undefined, { PATH: home, npm_config_registry: 'http://there/' });
  expect(answer).toEqual({ version: '99.1.0' });
  const variables = readFileSync(shown, 'utf8');
  expect(variables).toContain('npm_config_registry=http://there/');
  expect(variables).not.toContain('A_SECRET');
});

const expectation = (report: object) =>
  Object.fromEntries(
    Object.entries(report).map(([key, value]) => [
      key,
      typeof value === 'object' && value !== null ? expect.objectContaining(value) : value,
    ]),
  );

test.skipIf(!hasPty)(
  'a command on a terminal says once a day what a running mcp-pipe has learned',
  async () => {
    const home = await folder();
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    mkdirSync(join(home, 'mcp-pipe'));
    writeFileSync(join(home, 'mcp-pipe/update.json'), '{"newest":"99.1.0"}');
    const env = {
      HOME: home,
      XDG_STATE_HOME: home,
      CI: '',
      MCP_PIPE_NO_UPDATE_NOTICE: '',
      NO_UPDATE_NOTIFIER: '',
    };
    const said = async () => {
      const pty = new Pty(['leases'], { cwd: home, env });
      expect(await pty.exited).toBe(0);
      return pty.screen.lines.join(' ');
    };
    expect(await said()).toContain('mcp-pipe 99.1.0 is there');
    expect(await said()).not.toContain('99.1.0');
  },
);
