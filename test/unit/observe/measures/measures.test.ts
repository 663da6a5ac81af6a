import { describe, expect, it } from 'vitest';
import { Measures } from '../../../../src/observe/measures/measures.js';
import type { TreeUsage } from '../../../../src/process/tree-usage.js';
import type { FeedClass } from '../../../../src/protocol/feed.js';
import type { FinishedCall } from '../../../../src/protocol/finished-call.js';
import type { OpenCall } from '../../../../src/protocol/link-traffic.js';
import type { Status, StatusEvent } from '../../../../src/protocol/status.js';
import { ManualClock, settled } from '../../../helpers/manual-clock.js';

const endpoint = {} as never;
const MINUTE = 60_000;

function plan(links: Record<string, readonly string[]>, servers: readonly string[] = []) {
  return {
    ...{ secrets: [], servers: servers.map((name) => ({ name })) },
    links: Object.entries(links).map(([name, of]) => ({ name, servers: of, endpoint })),
  };
}

let keys = 0;

function finished(more: Partial<FinishedCall> = {}): FinishedCall {
  keys += 1;
  return {
    ...{ key: keys, link: 'room', server: 'calc', method: 'tools/call', tool: 'add', id: '1', ms: 100 },
    ...{ endedAt: 0 },
    ...{ outcome: 'ok', code: undefined, requestBytes: 10, replyBytes: 20, legs: undefined, ...more },
  };
}

function world(links: Record<string, readonly string[]> = { room: ['calc', 'news'] }) {
  const clock = new ManualClock();
  const start = Date.parse('2026-11-26T12:00:00');
  const wallNow = () => start + clock.now();
  const reads: ReadonlyMap<string, { pid: number }>[] = [];
  const usage = new Map<string, TreeUsage>();
  const reader = {
    read: async (roots: ReadonlyMap<string, { pid: number }>) => {
      reads.push(roots);
      return new Map([...usage].filter(([name]) => roots.has(name)));
    },
  };
  const measures = new Measures({ plan: plan(links), clock, wallNow, reader });
  const tell = (event: StatusEvent, of: Partial<Status> = {}) =>
    measures.onStatus({ at: wallNow(), link: 'room', ...of, ...event } as Status);
  return { clock, start, wallNow, measures, tell, reads, usage };
}

const ready = (pid: number) =>
  ({ type: 'server-ready', pid, tookMs: 1, name: undefined, again: false }) as const;
const starting: StatusEvent = {
  ...{ type: 'server-starting' as const, serverKind: 'stdio', attempt: 1, shown: 'calc', fetcher: undefined },
};
const lost: StatusEvent = {
  ...{ type: 'down', diagnosis: { cause: 'network' }, attempt: 1, nextDialMs: 1_000, pending: 0 },
  stderrTail: [],
} as unknown as StatusEvent;
const down = (stderrTail: readonly string[] = []) =>
  ({
    ...{
      type: 'server-down',
      serverKind: 'stdio',
      why: 'exit',
      end: { kind: 'exited', code: 1 },
      livedMs: 5,
    },
    ...{ failures: 1, nextStartMs: 1_000, pendingFailed: 0, stderrTail },
  }) as never as StatusEvent;

describe('measures of calls', () => {
  it('are kept for the server and for the link', async () => {
    const { clock, measures } = world();
    expect(measures.hasBeenCalled).toBe(false);
    expect(measures.server('calc')).toMatchObject({ perMinute: 0, spark: [], p50: undefined, restarts: 0 });
    measures.onCall(finished({ ms: 100 }));
    measures.onCall(finished({ server: 'news', ms: 3_000 }));
    measures.onCall(finished({ server: undefined, method: 'tools/list', tool: undefined, ms: 1 }));
    expect(measures.hasBeenCalled).toBe(true);
    expect(measures.server('calc')).toMatchObject({ perMinute: 1, spark: [1] });
    expect(measures.server('calc').p50).toBeCloseTo(100, -1);
    expect(measures.link('room').perMinute).toBe(3);
    expect(measures.link('room').p99! / 3_000).toBeCloseTo(1, 1);
    await clock.advance(10 * MINUTE);
    expect(measures.server('calc').perMinute).toBe(0);
    const { charts } = measures.serverDetail('calc');
    expect(charts).toMatchObject({ everyMs: 10_000 });
    expect(charts!.calls).toHaveLength(61);
    expect(charts!.calls[0]).toBe(1);
    expect(charts!.memory.every((one) => one === null)).toBe(true);
  });

  it('have no time when they were cancelled or lost', () => {
    const { measures } = world();
    for (const outcome of ['cancelled', 'lost'] as const) measures.onCall(finished({ outcome, ms: 9_000 }));
    expect(measures.server('calc')).toMatchObject({ perMinute: 2, p50: undefined });
    expect(measures.hasBeenCalled).toBe(false);
    measures.onCall(finished({ outcome: 'timed-out', ms: 9_000 }));
    expect(measures.server('calc').p50! / 9_000).toBeCloseTo(1, 1);
  });

  it('of clients of the gateway count for the server, also when a client has a process of its own', () => {
    const { measures } = world();
    measures.onClientCall(finished({ link: 'http #1', server: 'calc' }));
    measures.onClientCall(finished({ link: 'http #2', server: 'calc#2' }));
    measures.onClientCall(finished({ link: 'http #3', server: 'calc@alice-1f0c9b2e' }));
    measures.onClientCall(finished({ link: 'http #4', server: 'other#2' }));
    expect(measures.server('calc').perMinute).toBe(3);
    expect(measures.link('http #1').perMinute).toBe(0);
    expect(measures.serverDetail('calc').calls.map(({ link }) => link)).toEqual([
      'http #3',
      'http #2',
      'http #1',
    ]);
  });

  it('show the last twenty, those that run first, with texts of a bounded length', async () => {
    const { clock, start, measures } = world();
    await clock.advance(1_000);
    const long = 'x'.repeat(10_000);
    for (let i = 0; i < 30; i++)
      measures.onCall(
        finished({ id: String(i), tool: long, ms: 250.04, requestBytes: 10_100, endedAt: 1_000 }),
      );
    const open = {
      key: 7,
      server: 'calc',
      method: 'tools/call',
      tool: long,
      id: '"run"',
      requestBytes: 5,
      at: 400,
    };
    const calls: OpenCall[] = [open, { ...open, key: 8, server: 'news' }];
    measures.onTraffic('room', { bytesIn: 3, bytesOut: 4, openCalls: () => calls });
    const found = measures.serverDetail('calc').calls;
    expect(found).toHaveLength(20);
    expect(found[0]).toEqual({
      ...{ key: 7, at: start + 400, server: 'calc', link: 'room', method: 'tools/call' },
      ...{ tool: `${'x'.repeat(128)}…`, id: '"run"', requestBytes: 5 },
    });
    expect(found[1]).toMatchObject({ id: '29', at: start + 750, ms: 250, outcome: 'ok' });
    expect(found.at(-1)!.id).toBe('11');
    expect(measures.linkDetail('room').calls.filter(({ ms }) => ms === undefined)).toHaveLength(2);
  });

  it('are counted by tool for today, of a bounded number of tools', async () => {
    const { clock, measures } = world();
    for (let i = 0; i < 10_000; i++) measures.onCall(finished({ tool: `made-up-${i}-${'y'.repeat(100)}` }));
    const counts = measures.serverDetail('calc').toolCalls!;
    expect(Object.keys(counts)).toHaveLength(201);
    expect(counts['…']).toBe(9_800);
    expect(Math.max(...Object.keys(counts).map(({ length }) => length))).toBeLessThanOrEqual(65);
    measures.onCall(finished({ method: 'prompts/get', tool: 'made-up-0' }));
    await clock.advance(13 * 60 * MINUTE);
    expect(measures.serverDetail('calc').toolCalls).toBeUndefined();
    measures.onCall(finished());
    expect(measures.serverDetail('calc').toolCalls).toEqual({ add: 1 });
  });

  it('add the bytes of links that were made anew', () => {
    const { measures } = world();
    const traffic = (bytesIn: number, bytesOut: number) => ({ bytesIn, bytesOut, openCalls: () => [] });
    for (const bytes of [1, 10, 100, 1_000]) measures.onTraffic('room', traffic(bytes, 2 * bytes));
    expect(measures.link('room')).toMatchObject({ bytesIn: 1_111, bytesOut: 2_222 });
    measures.onTraffic('http #1', traffic(5, 5));
    measures.onClientStatus({ at: 0, link: 'http #1', type: 'client-left', forMs: 1, reason: undefined });
    expect(measures.link('http #1')).toMatchObject({ bytesIn: 0, bytesOut: 0 });
  });
});

it('links that left the plan long ago are forgotten with their traffic', async () => {
  const { measures, clock } = world();
  for (let i = 0; i < 100; i++) {
    await clock.advance(1);
    measures.onTraffic(`link-${i}`, { bytesIn: 1, bytesOut: 1, openCalls: () => [] });
    measures.onPlan(plan({ [`link-${i}`]: ['calc'] }));
  }
  const known = Array.from({ length: 100 }, (_, i) => measures.link(`link-${i}`).bytesIn);
  expect(known.filter((bytes) => bytes > 0)).toHaveLength(65);
});

describe('measures of a life', () => {
  it('has moves of server and link, with the class right after each', () => {
    const { start, measures, tell } = world();
    let is: FeedClass = 'busy';
    measures.classes = {
      ofLink: () => ({ link: 'ok', servers: new Map([['calc', is]]) }),
      ofServer: () => undefined,
    };
    tell(starting, { server: 'calc' });
    is = 'ok';
    tell(ready(9), { server: 'calc' });
    is = 'bad';
    tell(down(Array.from({ length: 50 }, (_, i) => `line ${i}`)), { server: 'calc' });
    tell({ type: 'open', tookMs: 3 });
    measures.acted({ at: start, action: 'restart', names: ['calc', 'no such'], from: 'page', key: '#1' });
    measures.acted({ at: start, action: 'reload', names: [], from: 'socket' });
    const ofServer = measures.serverDetail('calc');
    expect(ofServer.moves.map((move) => [move.class, move.status?.type ?? move.act?.action])).toEqual([
      ['bad', 'reload'],
      ['bad', 'restart'],
      ['bad', 'server-down'],
      ['ok', 'server-ready'],
    ]);
    expect(ofServer.moves[2]!.status).toMatchObject({ stderrTail: ['line 47', 'line 48', 'line 49'] });
    expect(ofServer.band.classes).toHaveLength(288);
    expect(ofServer.band.classes.at(-1)).toBe('bad');
    expect(ofServer.band.classes.at(-2)).toBeNull();
    const ofLink = measures.linkDetail('room').moves;
    expect(ofLink.map((move) => move.status?.type ?? move.act?.action)).toEqual(['reload', 'open']);
  });

  it('shows a lost connection as what it has made of the link', () => {
    const { measures, tell } = world();
    let is: FeedClass = 'ok';
    measures.classes = { ofLink: () => ({ link: is, servers: new Map() }), ofServer: () => undefined };
    tell({ type: 'open', tookMs: 3 });
    tell(lost);
    is = 'busy';
    tell({ type: 'link-state', from: 'open', to: 'waiting' });
    is = 'ok';
    tell({ type: 'link-state', from: 'waiting', to: 'dialing' });
    expect(measures.linkDetail('room').moves.map((move) => move.class)).toEqual(['busy', 'ok']);
  });

  it('keeps twenty moves', () => {
    const { measures, tell } = world();
    for (let i = 0; i < 100; i++) tell(ready(i), { server: 'calc' });
    const { moves } = measures.serverDetail('calc');
    expect(moves).toHaveLength(20);
    expect(moves[0]!.status).toMatchObject({ pid: 99 });
  });

  it('counts restarts, and no first start', () => {
    const { measures, tell } = world({ calc: ['calc'] });
    const tellOf = (event: StatusEvent) => tell(event, { link: 'calc' });
    tellOf(starting);
    tellOf(ready(1));
    expect(measures.server('calc').restarts).toBe(0);
    for (let i = 0; i < 3; i++) {
      tellOf(down());
      tellOf(starting);
    }
    expect(measures.server('calc').restarts).toBe(3);
  });

  it('outlives a pause, and is forgotten of names that never come back', async () => {
    const { clock, measures } = world();
    measures.onCall(finished());
    measures.onPlan(plan({ room: ['news'] }));
    measures.onPlan(plan({ room: ['calc', 'news'] }));
    expect(measures.server('calc').perMinute).toBe(1);
    measures.onPlan(plan({}));
    for (let i = 0; i < 100; i++) {
      await clock.advance(1);
      measures.onPlan(plan({ [`room ${i}`]: [`s${i}`] }));
    }
    expect(measures.server('calc').perMinute).toBe(0);
  });

  it('has servers that only clients of the gateway use', () => {
    const { measures, wallNow } = world();
    measures.onPlan(plan({ room: ['calc'] }, ['calc', 'kept']));
    measures.onClientStatus({ at: wallNow(), link: 'kept', ...ready(5) });
    expect(measures.serverDetail('kept').moves).toHaveLength(1);
  });
});

describe('measures of memory', () => {
  it('are taken only while they are wanted, as often as the most eager reader wants', async () => {
    const { clock, measures, tell, reads, usage } = world();
    usage.set('41', { memoryBytes: 5_000, cpuPercent: 3, processes: 2 });
    tell(ready(41), { server: 'calc' });
    await clock.advance(MINUTE);
    expect(reads).toEqual([]);
    expect(measures.machine().ownBytes).toBeUndefined();
    let told = 0;
    const leave = measures.measure(10_000);
    await clock.advance(0);
    expect(reads).toHaveLength(1);
    expect(reads[0]!.get('41')).toMatchObject({ pid: 41 });
    const leavePage = measures.measure(2_000, () => {
      told += 1;
    });
    await clock.advance(10_000);
    expect([reads.length, told]).toEqual([6, 5]);
    expect(measures.server('calc').usage).toEqual({ memoryBytes: 5_000, cpuPercent: 3, processes: 2 });
    expect(measures.machine()).toMatchObject({ serversBytes: 5_000, notMeasured: undefined });
    expect(measures.serverDetail('calc').charts!.memory.filter((bytes) => bytes === 5_000)).toHaveLength(2);
    leavePage();
    await clock.advance(20_000);
    expect(reads).toHaveLength(8);
    leave();
    await clock.advance(10 * MINUTE);
    expect(reads).toHaveLength(8);
    expect(clock.pending).toBe(0);
  });

  it('end with the process, and add the processes of clients', async () => {
    const { clock, wallNow, measures, tell, usage } = world();
    usage.set('41', { memoryBytes: 5_000, cpuPercent: undefined, processes: 1 });
    usage.set('42', { memoryBytes: 700, cpuPercent: 2, processes: 1 });
    tell(ready(41), { server: 'calc' });
    measures.onClientStatus({ at: wallNow(), link: 'http #3', server: 'calc#3', ...ready(42) });
    measures.measure(2_000);
    await clock.advance(0);
    await settled();
    expect(measures.server('calc').usage).toEqual({ memoryBytes: 5_700, cpuPercent: 2, processes: 2 });
    tell(down(), { server: 'calc' });
    expect(measures.server('calc').usage).toBeUndefined();
    await clock.advance(2_000);
    expect(measures.server('calc').usage).toMatchObject({ memoryBytes: 700 });
  });

  it('are of all processes of a server with several, and end with each of them', async () => {
    const { clock, measures, tell, usage } = world();
    const copy = (number: number, rest: object) =>
      tell({ type: 'server-copy', copy: number, of: 2, ...rest } as StatusEvent, { server: 'calc' });
    for (const pid of ['41', '42', '43']) usage.set(pid, { memoryBytes: 1_000, cpuPercent: 1, processes: 1 });
    tell(ready(41), { server: 'calc' });
    copy(2, { to: 'ready', pid: 42 });
    measures.measure(2_000);
    await clock.advance(0);
    expect(measures.server('calc').usage).toEqual({ memoryBytes: 2_000, cpuPercent: 2, processes: 2 });
    expect(measures.machine().serversBytes).toBe(2_000);
    copy(1, { to: 'down' });
    await clock.advance(2_000);
    expect(measures.server('calc').usage).toMatchObject({ memoryBytes: 1_000 });
    copy(1, { to: 'ready', pid: 43 });
    await clock.advance(2_000);
    expect(measures.server('calc').usage).toMatchObject({ memoryBytes: 2_000 });
    tell(down(), { server: 'calc' });
    await clock.advance(2_000);
    expect(measures.server('calc').usage).toBeUndefined();
  });

  it('say why they cannot be taken here', async () => {
    const clock = new ManualClock();
    const reader = { read: async () => 'no-ps' as const };
    const measures = new Measures({ plan: plan({ room: ['calc'] }), clock, reader });
    measures.measure(2_000);
    await clock.advance(0);
    expect(measures.machine()).toMatchObject({ serversBytes: undefined, notMeasured: 'no-ps' });
    expect(measures.machine().ownBytes).toBeGreaterThan(0);
  });
});
