import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ServerPlan } from '../../../src/config/plan.js';
import { defaultOptions } from '../../../src/config/server-options.js';
import { packageStates } from '../../../src/daemon/doctor/package-states.js';
import { knownServersOf } from '../../../src/daemon/known-of-run.js';
import { auditPackages } from '../../../src/daemon/package-audit/audit-packages.js';
import { lockServers } from '../../../src/daemon/packages/lock-servers.js';
import { lockStates } from '../../../src/daemon/packages/lock-states.js';
import { lockStep } from '../../../src/daemon/packages/lock-step.js';
import { LOCK_FILE } from '../../../src/packages/lock-file.js';
import type { LockedPackage } from '../../../src/packages/locked-package.js';
import { commandOfLocked } from '../../../src/packages/start-locked.js';

const INTEGRITY = [`sha512-${'a'.repeat(86)}==`];

function entry(version: string): LockedPackage {
  return {
    ...{ registry: 'npm', name: 'memory', version, integrity: INTEGRITY, bin: 'memory' },
    ...{ entry: 'node_modules/memory/index.js', lockedAt: '2026-11-27T00:00:00.000Z' },
    packages: [
      {
        ...{ name: 'memory', version, integrity: INTEGRITY, at: 'node_modules/memory' },
        resolved: `https://registry.npmjs.org/memory/-/memory-${version}.tgz`,
      },
    ],
  };
}

const lockOfAll = (packages: Record<string, LockedPackage>) => JSON.stringify({ lockVersion: 1, packages });

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-lock-states-'));
  file = join(folder, LOCK_FILE);
  writeFileSync(file, lockOfAll({ 'npm:memory': entry('1.0.0') }));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Stdio = Extract<ServerPlan, { kind: 'stdio' }>;

function server(
  name: string,
  line: string,
  { lock = true, ...more }: { lock?: boolean; confinement?: object } = {},
) {
  const [command, ...args] = line.split(' ') as [string, ...string[]];
  return {
    ...{ name, kind: 'stdio', options: { ...defaultOptions, lock } },
    launch: { command, args, cwd: folder, env: {} },
    ...more,
  } as Stdio;
}

const servers = () => [
  server('locked', 'npx -y memory --key'),
  server('other', 'npx -y other'),
  server('own', 'node own.js'),
  server('shell', 'npx -c memory'),
  server('off', 'npx -y memory', { lock: false }),
  server('image', 'npx -y memory', { confinement: { image: {} } }),
  server('user', 'npx -y memory', { confinement: { user: 'mcp' } }),
];

it('a server is locked when a lock file has the package that its command asks for', () => {
  const states = lockStates(
    [...servers(), { name: 'remote', options: { lock: true } }],
    ['/nowhere/x', file],
  );
  expect([...states].map(([name, { is }]) => [name, is])).toEqual([
    ['locked', 'locked'],
    ['other', 'unlocked'],
  ]);
  expect(states.get('locked')).toMatchObject({ file, locked: { version: '1.0.0' } });
});

it('with "lock": false, no part takes the lock of another server for its own', async () => {
  const places = { lockFiles: [file], store: join(folder, 'store') };
  const off = [server('off', 'npx -y memory', { lock: false })];
  const { signal } = new AbortController();
  expect([...lockStates(off, [file])]).toEqual([]);
  expect([...packageStates(off, places)]).toEqual([]);
  expect(lockStep(off[0]!, { places })).toBeUndefined();
  const audit = await auditPackages(off, { lockFiles: [file], folder, ask: 'kept', signal });
  expect(audit).toMatchObject({ packages: [], notLocked: [], asWritten: ['off'] });
  for await (const said of lockServers(off, { places, does: 'lock-offline', signal }))
    expect(said).toBeUndefined();
});

it('the first file counts that has it; what is wrong with one is told where none has it', async () => {
  const second = join(folder, 'second.json');
  writeFileSync(second, lockOfAll({ 'npm:memory': entry('2.0.0'), 'npm:other': entry('3.0.0') }));
  const found = (files: string[]) => lockStates(servers(), files);
  const versionOf = (name: string, files: string[]) => {
    const lock = found(files).get(name);
    return lock?.is === 'locked' ? lock.locked.version : lock?.problem;
  };
  expect(versionOf('locked', [file, second])).toBe('1.0.0');
  expect(versionOf('other', [file, second])).toBe('3.0.0');
  // As editors on Windows write it.
  writeFileSync(second, `\uFEFF${lockOfAll({ 'npm:memory': entry('2.0.0') })}`);
  expect(versionOf('locked', [second])).toBe('2.0.0');
  writeFileSync(second, '{');
  expect(versionOf('other', [second])).toBe('not-json');
  expect(versionOf('locked', [second, file])).toBe('1.0.0');
});

it('a package that is installed in the folder of its server is not locked, for any part', async () => {
  mkdirSync(join(folder, 'node_modules/memory'), { recursive: true });
  const here = [server('here', 'npx -y memory')];
  const { signal } = new AbortController();
  const places = { lockFiles: [file], store: join(folder, 'store') };
  expect([...lockStates(here, [file])]).toEqual([]);
  const { launch } = here[0]!;
  const started = await commandOfLocked(launch, 'here', places, signal);
  expect(started?.start).toMatchObject({ isDirect: false, why: 'installed-here' });
});

it('what is known of a server goes by its locked version, but for one that is never locked', () => {
  const config = join(folder, 'mcp_config.json');
  writeFileSync(config, '{"mcpServers":{}}');
  const before = process.env.MCP_PIPE_STATE;
  process.env.MCP_PIPE_STATE = join(folder, 'state');
  try {
    const known = knownServersOf(config);
    const stores = [servers()[0]!, server('off', 'npx -y memory', { lock: false })].map(
      (one) => known.storeOf(one, one.name)!,
    );
    const legacy = {
      asked: Buffer.from('{"jsonrpc":"2.0","id":0,"method":"initialize"}'),
      answer: Buffer.from('{"jsonrpc":"2.0","id":0,"result":{}}'),
      lists: new Map(),
    };
    for (const store of stores) store.write({ last: 'legacy', legacy });
    expect(stores.map((store) => store.read()?.last)).toEqual(['legacy', 'legacy']);
    for (const store of stores) store.began!();
    // The package of the other one is not started.
    writeFileSync(file, lockOfAll({ 'npm:memory': entry('1.0.1') }));
    expect(stores.map((store) => store.read()?.last)).toEqual([undefined, 'legacy']);
    // What is put to sleep now has begun in the version before.
    for (const store of stores) store.write({ last: 'legacy', legacy });
    expect(stores.map((store) => store.read()?.last)).toEqual([undefined, 'legacy']);
    for (const store of stores) store.began!();
    for (const store of stores) store.write({ last: 'legacy', legacy });
    expect(stores.map((store) => store.read()?.last)).toEqual(['legacy', 'legacy']);
  } finally {
    if (before === undefined) delete process.env.MCP_PIPE_STATE;
    else process.env.MCP_PIPE_STATE = before;
  }
});
