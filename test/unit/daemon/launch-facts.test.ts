import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { noteOf } from '../../../src/cli/commands/status-demand.js';
import type { ServerPlan } from '../../../src/config/plan.js';
import { launchFacts } from '../../../src/daemon/launch-facts.js';
import { changeLock, LOCK_FILE } from '../../../src/packages/lock-file.js';
import type { LockedPackage } from '../../../src/packages/locked-package.js';
import type { PackageStart } from '../../../src/protocol/package-start.js';

const HASH = `sha512-${'a'.repeat(86)}==`;

function entry(version: string): LockedPackage {
  const at = 'node_modules/memory';
  const resolved = `https://registry.npmjs.org/memory/-/memory-${version}.tgz`;
  return {
    ...{ registry: 'npm', name: 'memory', version, integrity: [HASH], bin: 'memory' },
    ...{ entry: `${at}/index.js`, lockedAt: '2026-11-27T00:00:00.000Z' },
    packages: [{ name: 'memory', version, integrity: [HASH], at, resolved }],
  } as LockedPackage;
}

function server(
  name: string,
  command: string,
  more: { lock?: boolean; confinement?: object; args?: string[] } = {},
): ServerPlan {
  const { lock = true, confinement, args = ['-y', 'memory'] } = more;
  return {
    ...{ name, kind: 'stdio', options: { lock }, launch: { command, args, cwd: tmpdir(), env: {} } },
    ...(confinement ? { confinement: { own: [], ...confinement } } : {}),
  } as unknown as ServerPlan;
}

function lockFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-launch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, LOCK_FILE);
}

const notLocked: PackageStart = { isDirect: false, package: 'memory', why: 'not-locked' };
const direct = (version: string): PackageStart => ({ isDirect: true, package: 'memory', version });

it('says what the lock has now, whichever process has written it', async () => {
  const file = lockFile();
  const servers = [server('memory', 'npx'), server('own', 'node', { args: ['server.js'] })];
  const now = () => launchFacts(servers, [file]);
  expect(await now()).toEqual({ memory: { locked: null } });
  await changeLock(file, new Map([['npm:memory', entry('1.0.0')]]));
  expect(await now()).toEqual({ memory: { locked: { package: 'memory', version: '1.0.0' } } });
  await changeLock(file, new Map([['npm:memory', entry('1.1.0')]]));
  expect(await now()).toEqual({ memory: { locked: { package: 'memory', version: '1.1.0' } } });
  await changeLock(file, new Map([['npm:memory', undefined]]));
  expect(await now()).toEqual({ memory: { locked: null } });
  // A run in which no package is locked.
  expect(await launchFacts(servers, undefined)).toEqual({});
});

it('says what holds a server, and that its package is never locked', async () => {
  const sandbox = { read: [], write: [], writesOwnFolder: true, network: false };
  const image = { name: 'mcp/time', network: 'none', mounts: [], variables: [] };
  const servers = [
    server('user', 'npx', { confinement: { user: 'mcp', nice: 10 } }),
    server('sandbox', 'npx', { confinement: { sandbox } }),
    server('image', 'npx', { confinement: { image } }),
    server('off', 'npx', { lock: false }),
    server('nothing', 'node', { lock: false, confinement: { nice: 0 }, args: ['server.js'] }),
  ];
  expect(await launchFacts(servers, [lockFile()])).toEqual({
    user: { holding: { user: 'mcp', nice: 10 } },
    sandbox: { holding: { sandbox: 'some', isOffline: true }, locked: null },
    image: { holding: { image: 'mcp/time', isPinned: false, isOffline: true } },
    off: { isLockOff: true },
  });
});

it.each([
  ['locked meanwhile', notLocked, '1.0.0', 'memory 1.0.0, locked: started directly from its next start on'],
  ['not locked yet', notLocked, null, 'not started directly: it is not locked yet'],
  ['as it is locked', direct('1.0.0'), '1.0.0', 'memory 1.0.0, started directly'],
  ['updated', direct('1.0.0'), '1.1.0', 'memory 1.0.0, started directly; 1.1.0 from its next start on'],
  [
    ...(['not locked any more', direct('1.0.0'), null] as const),
    'memory 1.0.0, started directly; not locked any more: as its command says from its next start on',
  ],
  ['asleep since mcp-pipe runs', undefined, null, undefined],
  [
    ...(['with an installation that failed', { ...notLocked, why: 'no-program', word: 'npm' }] as const),
    ...(['1.0.0', 'not started directly: npm is not there'] as const),
  ],
])('status of a server that is %s', (_, last, version, said) => {
  const locked = version === null ? null : { package: 'memory', version };
  const one = { state: 'ready', startMs: 1, demand: undefined, limits: undefined, package: last } as const;
  const note = noteOf(one as never, { at: 0, lang: 'en', launch: { locked } }).note;
  expect(note).toBe(said);
});

it('status has a word for what holds a server and for "lock": false, in both languages', () => {
  const launch = {
    holding: { sandbox: 'some', isOffline: true, user: 'mcp', nice: 10 },
    isLockOff: true,
  } as const;
  const one = {
    state: 'ready',
    startMs: 1,
    demand: undefined,
    limits: undefined,
    package: undefined,
  } as never;
  expect(noteOf(one, { at: 0, lang: 'en', launch }).note).toBe(
    'in a sandbox, no network, as user mcp, nice 10; its package is never locked ("lock": false)',
  );
  expect(noteOf(one, { at: 0, lang: 'vi', launch }).note).toBe(
    'trong sandbox, không có mạng, chạy bằng người dùng mcp, nice 10; package của nó không được khóa ("lock": false)',
  );
});
