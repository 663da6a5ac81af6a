import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/config/plan.js';
import { defaultOptions, type ServerOptions } from '../../../src/config/server-options.js';
import { DemandWatch } from '../../../src/daemon/demand-watch.js';
import { KeepTimes } from '../../../src/daemon/keep-times.js';
import { LastMemory } from '../../../src/daemon/last-memory.js';
import type { TreeRoot } from '../../../src/process/tree-usage.js';
import type { Status, StatusEvent } from '../../../src/protocol/status.js';
import { readTimes, type WeeklyTimes } from '../../../src/time/schedule.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const HOUR = 3_600_000;
const times = (...written: string[]) => written.map((text) => readTimes(text) as WeeklyTimes);
/** A Friday, by the clock of this machine. */
const friday = (hour: number, minute = 0) => new Date(2026, 10, 27, hour, minute).getTime();

function serverNamed(name: string) {
  const events: StatusEvent[] = [];
  const warm: boolean[] = [];
  let isKeptWarm = false;
  return {
    ...{ name, events, warm },
    parking: {
      get isKeptWarm() {
        return isKeptWarm;
      },
      set isKeptWarm(to: boolean) {
        isKeptWarm = to;
        warm.push(to);
      },
    },
    report: (event: StatusEvent) => void events.push(event),
  };
}

function worldAt(start: number) {
  const clock = new ManualClock();
  const wall = { at: start - clock.now() };
  const keepTimes = new KeepTimes({ clock, wallNow: () => clock.now() + wall.at });
  return { clock, wall, keepTimes };
}

describe('servers are kept at their times', () => {
  test('from the minute in which a time begins, to that in which it ends', async () => {
    const { clock, keepTimes } = worldAt(friday(6, 59));
    const web = serverNamed('web');
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    expect(keepTimes.of('web')).toEqual({ isWithin: false, changesAt: friday(7) });
    await clock.advance(59_999);
    expect(web.warm).toEqual([]);
    await clock.advance(1);
    expect(web.warm).toEqual([true]);
    await clock.advance(16 * HOUR - 1);
    expect(web.warm).toEqual([true]);
    await clock.advance(1);
    expect(web.warm).toEqual([true, false]);
    expect(web.events).toEqual([
      { type: 'server-keep', isKept: true, changesAt: friday(23) },
      { type: 'server-keep', isKept: false, changesAt: friday(7 + 24) },
    ]);
  });

  test('one that is planned within its time, at once', () => {
    const { keepTimes } = worldAt(friday(12));
    const web = serverNamed('web');
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    expect(web.warm).toEqual([true]);
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    expect(web.warm).toEqual([true]);
    expect(web.events).toHaveLength(1);
  });

  test('each at its own, by one timer', async () => {
    const { clock, keepTimes } = worldAt(friday(6));
    const [web, files] = [serverNamed('web'), serverNamed('files')];
    keepTimes.planned([
      { server: web, keep: times('07:00-08:00') },
      { server: files, keep: times('07:30-09:00') },
    ]);
    expect(clock.pending).toBe(1);
    await clock.advance(1.5 * HOUR);
    expect([web.warm, files.warm]).toEqual([[true], [true]]);
    await clock.advance(HOUR);
    expect([web.warm, files.warm]).toEqual([[true, false], [true]]);
    expect(clock.pending).toBe(1);
  });

  test('a machine that slept into its time is noticed within a minute, and at once when that is told', async () => {
    const { clock, wall, keepTimes } = worldAt(friday(3));
    const web = serverNamed('web');
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    wall.at += 5 * HOUR;
    await clock.advance(60_000);
    expect(web.warm).toEqual([true]);
    wall.at += 16 * HOUR;
    keepTimes.look();
    expect(web.warm).toEqual([true, false]);
  });

  test('a clock that is set back takes the server out of its time', async () => {
    const { clock, wall, keepTimes } = worldAt(friday(7, 30));
    const web = serverNamed('web');
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    wall.at -= HOUR;
    await clock.advance(60_000);
    expect(web.warm).toEqual([true, false]);
    await clock.advance(HOUR);
    expect(web.warm).toEqual([true, false, true]);
  });

  test('other times count from when they are planned; without any, it is let go, and nothing is looked at', async () => {
    const { clock, keepTimes } = worldAt(friday(12));
    const web = serverNamed('web');
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    keepTimes.planned([{ server: web, keep: times('07:00-11:00') }]);
    expect(web.warm).toEqual([true, false]);
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    keepTimes.planned([{ server: web, keep: [] }]);
    expect(web.warm).toEqual([true, false, true, false]);
    expect(keepTimes.of('web')).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  test('a server that was made anew is kept as the one before', () => {
    const { keepTimes } = worldAt(friday(12));
    const [old, next] = [serverNamed('web'), serverNamed('web')];
    keepTimes.planned([{ server: old, keep: times('07:00-23:00') }]);
    keepTimes.planned([{ server: next, keep: times('07:00-23:00') }]);
    expect(next.warm).toEqual([true]);
  });

  test('nothing happens after the end', async () => {
    const { clock, keepTimes } = worldAt(friday(6));
    const web = serverNamed('web');
    keepTimes.planned([{ server: web, keep: times('07:00-23:00') }]);
    keepTimes.stop();
    await clock.advance(2 * HOUR);
    expect(web.warm).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

const status = (event: StatusEvent): Status => ({ at: 0, link: 'web', ...event });
const ready = (pid: number) =>
  status({ type: 'server-ready', pid, tookMs: 900, again: false } as unknown as StatusEvent);
const asleep = status({ type: 'server-state', from: 'ready', to: 'idle-stopped' });

function memoryWorld(memoryOf: (pid: number) => number | undefined) {
  const clock = new ManualClock();
  const looks: number[][] = [];
  const read = async (roots: ReadonlyMap<string, TreeRoot>) => {
    looks.push([...roots.values()].map(({ pid }) => pid));
    const found = [...roots].flatMap(([key, { pid }]) => {
      const memoryBytes = memoryOf(pid);
      return memoryBytes === undefined
        ? []
        : [[key, { memoryBytes, cpuPercent: undefined, processes: 1 }] as const];
    });
    return new Map(found);
  };
  return { clock, looks, memory: new LastMemory({ clock, reader: { read } }) };
}

describe('what servers took when they ran last', () => {
  test('is measured at once, and when they have settled, of all in one look', async () => {
    const { clock, looks, memory } = memoryWorld((pid) => pid * 1_000);
    memory.onStatus(ready(7), 'web');
    await clock.advance(1_000);
    memory.onStatus(ready(8), 'files');
    await clock.advance(4_000);
    expect(looks).toEqual([[7], [8], [7, 8]]);
    expect([memory.of('web'), memory.of('files')]).toEqual([7_000, 8_000]);
    await clock.advance(HOUR);
    expect(looks).toHaveLength(3);
  });

  test('is kept while they are parked, and measured anew with the next process', async () => {
    const { clock, memory } = memoryWorld((pid) => pid * 1_000);
    memory.onStatus(ready(7), 'web');
    await clock.advance(5_000);
    memory.onStatus(asleep, 'web');
    expect(memory.of('web')).toBe(7_000);
    memory.onStatus(ready(9), 'web');
    await clock.advance(5_000);
    expect(memory.of('web')).toBe(9_000);
  });

  test('is that of all processes of a server with several, without those that were not needed any more', async () => {
    const { clock, looks, memory } = memoryWorld((pid) => pid * 1_000);
    const copy = (number: number, to: string, pid?: number) =>
      status({ type: 'server-copy', copy: number, of: 3, to, pid } as unknown as StatusEvent);
    memory.onStatus(ready(7), 'web');
    memory.onStatus(copy(2, 'ready', 8), 'web');
    memory.onStatus(copy(3, 'ready', 9), 'web');
    await clock.advance(5_000);
    expect(looks).toEqual([
      [7, 8, 9],
      [7, 8, 9],
    ]);
    expect(memory.of('web')).toBe(24_000);
    memory.onStatus(copy(3, 'ended'), 'web');
    expect(memory.of('web')).toBe(15_000);
    // Parking saves them all.
    memory.onStatus(asleep, 'web');
    expect(memory.of('web')).toBe(15_000);
    memory.onStatus(ready(10), 'web');
    await clock.advance(5_000);
    expect(memory.of('web')).toBe(10_000);
  });

  test('is not that of a process that has ended before, nor of another one with its number', async () => {
    const { clock, looks, memory } = memoryWorld((pid) => pid * 1_000);
    memory.onStatus(ready(7), 'web');
    memory.onStatus(asleep, 'web');
    await clock.advance(5_000);
    expect(looks).toEqual([]);
    expect(memory.of('web')).toBeUndefined();
  });
});

describe('what is known of servers on demand', () => {
  const planOf = (servers: Record<string, Partial<ServerOptions>>) =>
    ({
      servers: Object.entries(servers).map(([name, options]) => ({
        name,
        options: { ...defaultOptions, ...options },
      })),
    }) as unknown as Plan;

  test('undefined for those that are started with mcp-pipe', () => {
    const clock = new ManualClock();
    const web = serverNamed('web');
    const serverOf = (name: string) => (name === 'web' ? web : undefined);
    const watch = new DemandWatch({ serverOf, clock, wallNow: () => friday(12) });
    watch.planned(
      planOf({
        web: { start: 'demand', keep: times('07:00-23:00') },
        files: {},
        shell: { idlePark: 60_000 },
        gone: { start: 'demand', keep: times('07:00-23:00') },
      }),
    );
    expect(watch.of('web')).toEqual({ isKept: true, keepChangesAt: friday(23) });
    expect(watch.of('files')).toBeUndefined();
    expect(watch.of('shell')).toEqual({ isKept: false });
    expect(watch.of('web@alice')).toMatchObject({ isKept: false });
    watch.planned(planOf({ web: { keep: times('07:00-23:00') } }));
    expect(watch.of('web')).toBeUndefined();
    expect(web.warm).toEqual([true, false]);
    watch.stop();
  });
});
