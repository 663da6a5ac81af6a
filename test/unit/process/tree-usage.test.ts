import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  fromPsLine,
  type ListedProcess,
  listFromProc,
  listFromPs,
} from '../../../src/process/process-list.js';
import { ProcessLooks } from '../../../src/process/process-looks.js';
import { ProcessMarks } from '../../../src/process/process-marks.js';
import { MARK_VARIABLE } from '../../../src/process/strays.js';
import { machineUsage, type TreeUsage, TreeUsageReader } from '../../../src/process/tree-usage.js';
import { eventually } from '../../helpers/eventually.js';

const OWN = 100;

function listed(pid: number, parent: number, more: Partial<ListedProcess> = {}): ListedProcess {
  return { pid, parent, group: pid, born: '1', residentBytes: 1_000, cpuMs: 0, ...more };
}

/** A reader over processes that the test changes. */
function world(...processes: ListedProcess[]) {
  const time = { now: 0 };
  const world = { processes, time, marks: {} as Record<number, string[]>, reads: [] as number[] };
  const looks = new ProcessLooks({ list: async () => world.processes, now: () => time.now, sharedForMs: 0 });
  const marks = new ProcessMarks((pid) => {
    world.reads.push(pid);
    return world.marks[pid] ?? [];
  });
  const reader = new TreeUsageReader({ looks, own: OWN, marks });
  const read = async (roots: Record<string, [pid: number, life?: number]>) => {
    const asked = Object.entries(roots).map(([name, [pid, life = 1]]) => [name, { pid, life }] as const);
    const found = await reader.read(new Map(asked));
    if (typeof found === 'string') throw new Error(found);
    return Object.fromEntries(found) as Record<string, TreeUsage>;
  };
  return { world, time, read };
}

describe('the usage of a tree of processes', () => {
  it('is that of the root, its descendants, and those of its session whose parent has ended', async () => {
    const { read } = world(
      listed(1, 0),
      listed(OWN, 1),
      listed(200, OWN),
      listed(201, 200, { group: 200 }),
      listed(202, 201, { group: 202 }),
      listed(203, 1, { group: 200 }),
      listed(300, OWN, { residentBytes: 7 }),
      listed(400, 1, { group: 400 }),
    );
    const found = await read({ a: [200], b: [300] });
    expect(found.a).toMatchObject({ processes: 4, memoryBytes: 4_000, cpuPercent: undefined });
    expect(found.b).toMatchObject({ processes: 1, memoryBytes: 7 });
  });

  it('is also that of processes that have left it as daemons do, by the mark of the server', async () => {
    const { world: now, read } = world(
      listed(1, 0, { born: '1' }),
      listed(50, 1, { born: '5' }),
      ...[200, 300].map((pid) => listed(pid, OWN, { born: '10' })),
      listed(401, 1, { born: '11' }),
      listed(402, 401, { born: '12' }),
      listed(501, 1, { born: '13' }),
      listed(601, 1, { born: '14' }),
    );
    // Above this mcp-pipe is another one; the server of 300 has started 501 by an mcp-pipe of its own.
    now.marks = { 50: ['outer', 'a'], 200: ['outer', 'a'], 300: ['outer', 'b'], 401: ['outer', 'a'] };
    now.marks[501] = ['outer', 'b', 'inner'];
    now.marks[601] = ['outer', 'gone'];
    const found = await read({ a: [200], b: [300] });
    expect(found.a!.pids).toEqual([200, 401, 402]);
    expect(found.b!.pids).toEqual([300, 501]);
    // Once for each, and not of what was there before the servers.
    expect(now.reads.sort()).toEqual([200, 300, 401, 501, 601]);
    await read({ a: [200], b: [300] });
    expect(now.reads).toHaveLength(5);
    now.processes = now.processes.map((one) => (one.pid === 601 ? { ...one, born: '15' } : one));
    now.marks[601] = ['outer', 'a'];
    expect((await read({ a: [200], b: [300] })).a!.pids).toEqual([200, 401, 402, 601]);
  });

  it.runIf(process.platform === 'linux')('has a real daemon, whose parent has ended, in it', async () => {
    const env = { ...process.env, [MARK_VARIABLE]: `test-${process.pid}` };
    const child = spawn('sh', ['-c', '(setsid sleep 60 &) ; exec sleep 60'], { env, detached: true });
    child.on('error', () => {});
    let pids: readonly number[] = [];
    onTestFinished(() => {
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    });
    const reader = new TreeUsageReader();
    const all = async () => {
      const found = await reader.read(new Map([['a', { pid: child.pid!, life: 1 }]]));
      pids = typeof found === 'string' ? [] : (found.get('a')?.pids ?? []);
      return pids.length === 2 || undefined;
    };
    await eventually(all, { what: 'both processes' });
    expect(pids[0]).toBe(child.pid);
  });

  it.runIf(process.platform === 'linux')('has no daemon of a server whose mark was taken away', async () => {
    // Two servers, as people write them whose daemons are to be left alone.
    const env = { ...process.env, [MARK_VARIABLE]: '' };
    const script = `(setsid sh -c 'echo $$; exec sleep 60' &) ; exec sleep 60`;
    const started = ['a', 'b'].map(() => {
      const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
      const child = spawn('sh', ['-c', script], { env, stdio, detached: true });
      child.on('error', () => {});
      child.stdout.on('error', () => {});
      return child;
    });
    const daemons: number[] = [];
    onTestFinished(() => {
      for (const pid of [...started.map((child) => child.pid!), ...daemons]) process.kill(pid, 'SIGKILL');
    });
    for (const { stdout } of started) daemons.push(Number(String((await once(stdout, 'data'))[0])));
    const roots = started.map(({ pid }, i) => [String(i), { pid: pid!, life: 1 }] as const);
    const found = await new TreeUsageReader().read(new Map(roots));
    const pids = typeof found === 'string' ? found : [...found.values()].map((usage) => usage.pids);
    expect(pids).toEqual(started.map(({ pid }) => [pid]));
  });

  it('counts processor time between two measurements, of new processes all of it', async () => {
    const { world: now, time, read } = world(listed(200, OWN, { cpuMs: 50_000 }));
    await read({ a: [200] });
    time.now = 10_000;
    now.processes = [
      listed(200, OWN, { cpuMs: 51_000 }),
      listed(201, 200, { group: 200, cpuMs: 500, born: '2' }),
    ];
    expect((await read({ a: [200] })).a!.cpuPercent).toBe(15);
    time.now = 20_000;
    // Another process with the number of one that has ended.
    now.processes = [
      listed(200, OWN, { cpuMs: 51_000 }),
      listed(201, 200, { group: 200, cpuMs: 100, born: '3' }),
    ];
    expect((await read({ a: [200] })).a!.cpuPercent).toBe(1);
  });

  it('does not count another process that has the number by now', async () => {
    const { world: now, read } = world(listed(200, OWN));
    expect(Object.keys(await read({ a: [200] }))).toEqual(['a']);
    now.processes = [listed(200, OWN, { born: '2' })];
    expect(await read({ a: [200] })).toEqual({});
    // The next life of the server has the same number.
    expect(Object.keys(await read({ a: [200, 2] }))).toEqual(['a']);
    // Not a child of mcp-pipe.
    now.processes = [listed(500, 1)];
    expect(await read({ a: [500, 3] })).toEqual({});
    expect(await read({ a: [501, 4] })).toEqual({});
  });

  it('goes through parents in a circle once', async () => {
    const { read } = world(
      listed(200, OWN),
      listed(201, 202, { group: 200 }),
      listed(202, 201, { group: 200 }),
    );
    expect((await read({ a: [200] })).a!.processes).toBe(3);
  });

  it('says why where processes cannot be listed', async () => {
    const reader = new TreeUsageReader({ looks: new ProcessLooks({ list: async () => 'no-ps' }) });
    expect(await reader.read(new Map())).toBe('no-ps');
    expect(await listFromPs('no-such-ps-of-mcp-pipe')).toBe('no-ps');
    expect(await listFromPs('/bin/false')).toBe('ps-failed');
    const empty = mkdtempSync(join(tmpdir(), 'no-proc-'));
    onTestFinished(() => rmSync(empty, { recursive: true }));
    expect(await listFromProc(empty)).toBe('no-proc');
    expect(await listFromProc(join(empty, 'missing'))).toBe('no-proc');
  });

  it.skipIf(process.platform === 'win32')('lists real processes, by either way alike', async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 60 & echo up; wait'], { detached: true, stdio: 'pipe' });
    onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'));
    await once(child.stdout, 'data');
    const ways = process.platform === 'linux' ? [listFromProc, listFromPs] : [listFromPs];
    const roots = new Map([['sh', { pid: child.pid!, life: 1 }]]);
    const found = await Promise.all(
      ways.map(async (list) => {
        const looks = new ProcessLooks({ list: () => list() });
        const trees = await new TreeUsageReader({ looks }).read(roots);
        return typeof trees === 'string' ? undefined : trees.get('sh');
      }),
    );
    for (const tree of found) {
      expect(tree).toMatchObject({ processes: 2 });
      // A shell and a sleep.
      expect(tree!.memoryBytes).toBeGreaterThan(200_000);
      expect(tree!.memoryBytes).toBeLessThan(50_000_000);
    }
  });

  it('knows the memory of mcp-pipe itself and of the machine', () => {
    const { ownBytes, totalBytes } = machineUsage();
    expect(ownBytes).toBeGreaterThan(20_000_000);
    expect(totalBytes).toBeGreaterThan(ownBytes);
    expect(Number.isSafeInteger(totalBytes)).toBe(true);
  });
});

describe('readers of one process', () => {
  /** Readers over processes that the test changes. */
  function readers() {
    const time = { now: 0 };
    const looks: (readonly number[] | undefined)[] = [];
    const here = { processes: [listed(200, OWN), listed(300, OWN)] };
    const shared = new ProcessLooks({
      list: async (only) => {
        looks.push(only);
        return here.processes;
      },
      now: () => time.now,
    });
    const read = async (reader: TreeUsageReader, pids: readonly number[], only?: readonly number[]) => {
      const found = await reader.read(new Map(pids.map((pid) => [String(pid), { pid, life: pid }])), only);
      return typeof found === 'string' ? found : Object.fromEntries(found);
    };
    const made = () => new TreeUsageReader({ looks: shared, own: OWN });
    return { time, looks, here, read, made };
  }

  it('share one look that they ask for within a moment, and each has its own processor time', async () => {
    const { time, looks, here, read, made } = readers();
    const [page, limits] = [made(), made()];
    // At once, while the look goes on.
    await Promise.all([read(page, [200]), read(limits, [300])]);
    expect(looks).toHaveLength(1);
    time.now = 1_000;
    here.processes = [listed(200, OWN, { cpuMs: 100 }), listed(300, OWN)];
    expect(await read(page, [200])).toMatchObject({ 200: { cpuPercent: 10 } });
    time.now = 1_100;
    here.processes = [listed(200, OWN, { cpuMs: 500 })];
    // What the look has seen counts for the time of the look.
    expect(await read(limits, [200, 300])).toMatchObject({ 300: { cpuPercent: 0 } });
    expect(looks).toHaveLength(2);
    time.now = 1_300;
    expect(await read(page, [200])).toMatchObject({ 200: { cpuPercent: 133.3 } });
    expect(looks).toHaveLength(3);
  });

  it('look again for a process that has begun since, and when nobody has asked for a moment', async () => {
    const { time, looks, here, read, made } = readers();
    const reader = made();
    await read(reader, [200]);
    here.processes = [...here.processes, listed(400, OWN)];
    expect(await read(reader, [400])).toHaveProperty('400');
    expect(looks).toHaveLength(2);
    time.now = 250;
    await read(reader, [200]);
    expect(looks).toHaveLength(3);
  });

  it('take the whole look that was just made for some processes only, but not the other way round', async () => {
    const { looks, read, made } = readers();
    const reader = made();
    await read(reader, [200], [200]);
    await read(reader, [200]);
    await read(reader, [200], [200]);
    expect(looks).toEqual([[200], undefined]);
  });
});

describe('a line of ps', () => {
  it('is read with the times of Linux and macOS', () => {
    const rest = { pid: 812, parent: 1, group: 812, residentBytes: 10_485_760 };
    const line = (time: string) => `  812     1   812  10240 ${time} Thu Nov 26 10:00:00 2026`;
    expect(fromPsLine(line('1-02:03:04'))).toMatchObject({ ...rest, cpuMs: 93_784_000 });
    expect(fromPsLine(line('0:01.23'))).toMatchObject({ cpuMs: 1_230, born: 'Thu Nov 26 10:00:00 2026' });
    expect(fromPsLine(line('100:00.00'))).toMatchObject({ cpuMs: 6_000_000 });
    expect(fromPsLine('')).toBeUndefined();
    expect(fromPsLine('ps: something is wrong')).toBeUndefined();
  });
});
