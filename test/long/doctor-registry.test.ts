import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ServerPlan } from '../../src/config/plan.js';
import { registryTargets } from '../../src/daemon/doctor/registry.js';

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
