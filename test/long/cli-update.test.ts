import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Cli, folder } from '../helpers/cli.js';
import { npmRegistry, shownServer } from '../helpers/npm-registry.js';

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
