import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askRegistry } from '../../src/cli/update/registry.js';
import { Cli, folder } from '../helpers/cli.js';
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
