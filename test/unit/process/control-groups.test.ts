import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findHierarchies } from '../../../src/process/control-groups.js';
import { LimitedGroups } from '../../../src/process/limited-group.js';
import { eventually } from '../../helpers/eventually.js';

/** A system whose control groups are plain files. */
function system(own: string, mounts: (at: string) => string, groups: Record<string, Record<string, string>>) {
  const at = mkdtempSync(join(tmpdir(), 'mcp-pipe-groups-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  mkdirSync(join(at, 'proc/self'), { recursive: true });
  writeFileSync(join(at, 'proc/self/cgroup'), own);
  writeFileSync(join(at, 'proc/self/mountinfo'), mounts(at));
  for (const [folder, files] of Object.entries(groups)) {
    mkdirSync(join(at, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(at, folder, name), text);
  }
  return { at, proc: join(at, 'proc'), systemd: join(at, 'run/systemd') };
}

const V2 = {
  'cgroup.controllers': 'cpuset cpu io memory pids\n',
  'cgroup.subtree_control': '',
  'cgroup.procs': '',
  'cgroup.type': 'domain\n',
};
const second = (at: string, root = '/') =>
  `30 23 0:26 ${root} ${at}/fs rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n`;

test('the group of a container of its own is found', async () => {
  const { at, ...where } = system('0::/\n', second, { fs: V2 });
  expect(await findHierarchies(where)).toEqual([
    { version: 2, folder: `${at}/fs`, controllers: ['memory', 'cpu', 'pids'], isRoot: false },
  ]);
});

test('a group that cannot be written to, that has no controllers, or that is not below the mount, is none', async () => {
  const hidden = system('0::/../other\n', second, { fs: V2 });
  expect(await findHierarchies(hidden)).toEqual([]);
  const bare = system('0::/\n', second, { fs: { ...V2, 'cgroup.controllers': 'hugetlb\n' } });
  expect(await findHierarchies(bare)).toEqual([]);
  const without = system('0::/a\n', second, { fs: V2 });
  expect(await findHierarchies(without)).toEqual([]);
  const elsewhere = system('0::/b\n', (at) => second(at, '/a'), { fs: V2 });
  expect(await findHierarchies(elsewhere)).toEqual([]);
});

test('under systemd only the group of a service with Delegate=yes is used', async () => {
  const unit = 'fs/system.slice/mcp-pipe.service';
  const { at, ...where } = system('0::/system.slice/mcp-pipe.service\n', second, {
    [unit]: V2,
    'run/systemd': {},
  });
  const asked: unknown[] = [];
  const said = (answer: boolean) => async (name: string, isOfUser: boolean) => {
    asked.push([name, isOfUser]);
    return answer;
  };
  expect(await findHierarchies({ ...where, isDelegated: said(false) })).toEqual([]);
  expect(await findHierarchies({ ...where, isDelegated: said(true) })).toMatchObject([
    { folder: `${at}/${unit}` },
  ]);
  expect(asked).toEqual([
    ['mcp-pipe.service', false],
    ['mcp-pipe.service', false],
  ]);
});

test('under systemd the groups of a login session are never used', async () => {
  const session = 'user.slice/user-0.slice/session-1.scope';
  const where = system(`0::/${session}\n`, second, { [`fs/${session}`]: V2, 'run/systemd': {} });
  expect(await findHierarchies({ ...where, isDelegated: async () => true })).toEqual([]);
});

test('a user unit is asked of the manager of that user', async () => {
  const unit = 'user.slice/user-1000.slice/user@1000.service/app.slice/mcp-pipe.service';
  const where = system(`0::/${unit}\n`, second, { [`fs/${unit}`]: V2, 'run/systemd': {} });
  const asked: unknown[] = [];
  const isDelegated = async (...of: unknown[]) => asked.push(of) > 0;
  expect(await findHierarchies({ ...where, isDelegated })).toHaveLength(1);
  expect(asked).toEqual([['mcp-pipe.service', true]]);
});

test('version 1 is used where version 2 has nothing to give; mcp-pipe in its own group makes others beside it', async () => {
  const { at, ...where } = system(
    '8:pids:/\n4:memory:/a/mcp-pipe-itself\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n',
    (root) =>
      [
        `31 23 0:28 / ${root}/memory rw - cgroup cgroup rw,memory`,
        `32 23 0:29 / ${root}/pids\\040x rw - cgroup cgroup rw,pids`,
        `41 31 0:38 / ${root}/unified rw - cgroup2 cgroup2 rw`,
        '',
      ].join('\n'),
    {
      'memory/a': { 'cgroup.procs': '' },
      'pids x': { 'cgroup.procs': '' },
      unified: { ...V2, 'cgroup.controllers': '' },
    },
  );
  expect(await findHierarchies(where)).toEqual([
    { version: 1, folder: `${at}/memory/a`, controllers: ['memory'], isRoot: false },
    { version: 1, folder: `${at}/pids x`, controllers: ['pids'], isRoot: true },
  ]);
});

test('without control groups there are none', async () => {
  expect(await findHierarchies({ proc: '/nowhere' })).toEqual([]);
});

test('the processes of its own group move out of the way before controllers are given on', async () => {
  const { at } = system('', () => '', {
    fs: { ...V2, 'cgroup.procs': '' },
    'fs/mcp-pipe-itself': { 'cgroup.procs': '' },
  });
  const hierarchy = {
    version: 2,
    folder: `${at}/fs`,
    controllers: ['memory', 'pids'],
    isRoot: false,
  } as const;
  const groups = new LimitedGroups([hierarchy], 411);
  expect([...groups.controllers]).toEqual(['memory', 'pids']);
  expect(readFileSync(`${at}/fs/cgroup.subtree_control`, 'utf8')).toMatch(/^\+pids/);
  // Processes that do not leave: plain files do not forget them.
  writeFileSync(`${at}/fs/cgroup.procs`, '1\n2\n');
  expect([...new LimitedGroups([hierarchy], 411).controllers]).toEqual([]);
  expect(readFileSync(`${at}/fs/mcp-pipe-itself/cgroup.procs`, 'utf8')).toBe('2');
});

test('a command enters every group before it begins, with its own words', async () => {
  const { at } = system('', () => '', { memory: {}, pids: {} });
  const groups = new LimitedGroups(
    [
      { version: 1, folder: `${at}/memory`, controllers: ['memory'], isRoot: true },
      { version: 1, folder: `${at}/pids`, controllers: ['pids'], isRoot: true },
    ],
    411,
  );
  const group = groups.make({ memory: 1_000, pids: 8 })!;
  const command = { command: 'sh', args: ['a b', '$x'], cwd: '/', env: { PATH: '/usr/bin:/bin' } };
  const { args } = group.entering(command);
  expect(args.slice(2)).toEqual([
    'sh',
    '2',
    `${at}/memory/mcp-pipe-server-411-1/cgroup.procs`,
    `${at}/pids/mcp-pipe-server-411-1/cgroup.procs`,
    ...['sh', 'a b', '$x'],
  ]);
  const missing = { ...command, command: 'no-such-program' };
  expect(group.entering(missing)).toBe(missing);
  // Plain folders hold no limits.
  expect([...group.holding(process.pid)]).toEqual([]);
  expect(groups.make({ cpu: 50 })).toBeUndefined();
  await group.remove();
});

const real = process.platform === 'linux' ? await findHierarchies() : [];
const pidsHere = real.filter(({ version, controllers }) => version === 1 && controllers.includes('pids'));

test.skipIf(pidsHere.length === 0)(
  'a process is held by a group when it is in it, and not by one that it could not enter',
  async () => {
    const groups = new LimitedGroups(pidsHere);
    const command = { command: 'sleep', args: ['60'], cwd: '/', env: { PATH: process.env.PATH! } };
    const start = async (enter: (args: readonly string[]) => readonly string[]) => {
      const group = groups.make({ pids: 8 })!;
      const { command: program, args } = group.entering(command);
      const child = spawn(program, enter(args));
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await group.remove();
      });
      await once(child, 'spawn');
      const isSleep = () => readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim() === 'sleep' || undefined;
      await eventually(isSleep, { what: 'the command itself' });
      return [...group.holding(child.pid!)];
    };
    expect(await start((args) => args)).toEqual(['pids']);
    // Where it may not write, it begins all the same.
    const elsewhere = (args: readonly string[]) =>
      args.map((one) => (one.endsWith('/cgroup.procs') ? '/proc/nowhere' : one));
    expect(await start(elsewhere)).toEqual([]);
  },
);
