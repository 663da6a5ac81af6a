import { describe, expect, it, test } from 'vitest';
import { formatReport } from '../../../src/cli/commands/health-text.js';
import { savedOf } from '../../../src/cli/commands/status-demand.js';
import { formatStatus } from '../../../src/cli/commands/status-table.js';
import { checksOf } from '../../../src/daemon/checks.js';
import { type Lang, messagesFor } from '../../../src/messages/index.js';
import { demandParts, savedBy } from '../../../src/observe/demand-parts.js';
import { buildState } from '../../../src/observe/feed/build.js';
import { buildDetail } from '../../../src/observe/feed/detail.js';
import { liveLines } from '../../../src/observe/live-lines.js';
import type { DemandFacts } from '../../../src/protocol/demand.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { FeedWorld } from '../../helpers/feed-world.js';
import { everyEvent, serverMove } from '../messages/events.js';

const HOUR = 3_600_000;
const MB = 1_048_576;
const NOW = new Date(2026, 10, 27, 5).getTime();
const at = (hour: number) => new Date(2026, 10, 27, hour).getTime();
const words = (lang: Lang) => messagesFor(lang).demand;
const asleepUntilSeven: DemandFacts = { isKept: false, keepChangesAt: at(7), memoryBytes: 48 * MB };
const opened: StatusEvent[] = [
  { type: 'link-state', from: 'idle', to: 'dialing' },
  { type: 'link-state', from: 'dialing', to: 'open' },
];

describe('beside the state of a server on demand', () => {
  test.each<[Lang, string[]]>([
    ['en', ['saves 48 MiB', 'starts in about 1.2 s', 'runs from 07:00']],
    ['vi', ['đỡ tốn 48 MiB', 'khởi động mất khoảng 1,2 giây', 'chạy sẵn từ 07:00']],
  ])('while it sleeps (%s)', (lang, said) => {
    const server = { isAsleep: true, startMs: 1_200, demand: asleepUntilSeven };
    expect(demandParts(server, NOW, words(lang))).toEqual(said);
  });

  test('while it is kept: until when; else nothing that its state does not say', () => {
    const kept = { isKept: true, keepChangesAt: at(23), memoryBytes: MB };
    expect(demandParts({ isAsleep: false, startMs: 9, demand: kept }, NOW, words('en'))).toEqual([
      'kept running until 23:00',
    ]);
    const free = { isAsleep: false, startMs: 9, demand: { isKept: false } };
    expect(demandParts(free, NOW, words('en'))).toEqual([]);
    expect(demandParts({ isAsleep: true, demand: { isKept: false } }, NOW, words('en'))).toEqual([]);
    expect(demandParts({ isAsleep: true, startMs: 9 }, NOW, words('en'))).toEqual([]);
  });

  test('a time that is not within a day has its date', () => {
    const weekly = { isKept: false, keepChangesAt: at(7) + 72 * HOUR };
    expect(demandParts({ isAsleep: true, demand: weekly }, NOW, words('en'))).toEqual([
      'runs from 2026-11-30 07:00',
    ]);
  });

  test('all together save what was measured', () => {
    const demand = { isKept: false, memoryBytes: 10 * MB };
    const servers = [
      { isAsleep: true, demand },
      { isAsleep: true, demand: { isKept: false } },
      { isAsleep: false, demand },
      { isAsleep: true },
    ];
    expect(savedBy(servers)).toEqual({ servers: 1, bytes: 10 * MB });
    expect(savedBy(servers.slice(1))).toBeUndefined();
  });
});

/** A mux of two servers, of which the one named `files` is started on demand and sleeps. */
function asleep(demand: DemandFacts = asleepUntilSeven) {
  const world = new FeedWorld([{ name: 'mux', kind: 'mux', servers: ['files', 'web'] }]);
  world.at = NOW - 12 * 60_000;
  world.snapshot.demandOf = (name) => (name === 'files' ? demand : undefined);
  for (const event of opened) world.tell('mux', event);
  world.tell('mux', everyEvent['client-initialized']);
  world.tell('mux', { ...everyEvent['server-ready'], tookMs: 1_200 } as StatusEvent, 'files');
  world.tell('mux', everyEvent['server-ready'], 'web');
  world.tell('mux', serverMove('idle-stopped'), 'files');
  world.at = NOW;
  return world;
}

describe('people see a server that sleeps', () => {
  it('on a terminal, with how long it has slept', () => {
    const { lines } = liveLines({
      ...{ links: asleep().snapshot.links, now: NOW, columns: 160, rows: 24, colour: false },
    });
    expect(lines.join('\n')).toMatch(
      /files.*asleep until a call comes.*for 12 min, saves 48 MiB, starts in about 1\.2 s, runs from 07:00/,
    );
  });

  it('in health and status, as one that works', () => {
    const world = asleep();
    const report = { ...world.health.report(1, NOW), at: NOW };
    const text = formatReport(report, 'en');
    expect(text).toContain('2 of 2 servers ready');
    expect(text).toMatch(
      /files.*asleep until a call comes.* for 12 min {2}saves 48 MiB {2}starts in about 1\.2 s/,
    );
    const table = formatStatus(report as never, 'en').join('\n');
    expect(table).toMatch(
      /files +asleep until a call comes[^\n]*\n {4}saves 48 MiB; starts in about 1\.2 s; runs from 07:00/,
    );
    expect(formatStatus(report as never, 'vi').join('\n')).toContain('chạy sẵn từ 07:00');
    const { status, canServe, servers } = checksOf({ at: NOW, report });
    expect({ status, canServe }).toEqual({ status: 'healthy', canServe: true });
    expect(servers.files).toMatchObject({ status: 'healthy', state: 'parked' });
  });

  it('several of them in one sentence', () => {
    const world = asleep();
    world.snapshot.demandOf = () => asleepUntilSeven;
    world.tell('mux', serverMove('idle-stopped'), 'web');
    const report = world.health.report(1, NOW);
    expect(savedOf(report)).toEqual({ servers: 2, bytes: 96 * MB });
    expect(formatStatus({ ...report, at: NOW } as never, 'en').join('\n')).toContain(
      '2 servers are asleep until a call comes, which saves about 96 MiB.',
    );
  });

  it('on the page: why, when it runs next, and a button that starts it', () => {
    const { sources } = asleep();
    const files = buildState(sources, NOW, 'en').servers.find(({ name }) => name === 'files')!;
    expect(files).toMatchObject({
      ...{ state: 'asleep', class: 'rest', actions: ['wake', 'pause'] },
      ...{ why: 'No call needs it now. The next one starts it, in about 1.2 s. Meanwhile it saves 48 MiB.' },
      ...{ nextAt: at(7), next: 'start', since: NOW - 12 * 60_000 },
    });
    const detail = buildDetail(sources, { of: 'server', name: 'files', lang: 'vi' })!;
    expect(detail.facts.start).toContain('khi có lời gọi, đỡ tốn 48 MiB, khởi động mất khoảng 1,2 giây');
    expect(buildDetail(sources, { of: 'server', name: 'web', lang: 'vi' })!.facts).not.toHaveProperty(
      'start',
    );
  });

  it('on the page, one that runs can be put to sleep while it works on nothing', () => {
    const world = asleep();
    world.tell('mux', serverMove('ready'), 'files');
    const actionsOf = (name: string) =>
      buildState(world.sources, NOW, 'en').servers.find((server) => server.name === name)!.actions;
    expect(actionsOf('files')).toEqual(['restart', 'sleep', 'pause']);
    expect(actionsOf('web')).toEqual(['restart', 'pause']);
  });
});

describe('a server of the gateway that sleeps', () => {
  const sleeping = {
    name: 'files',
    state: 'idle-stopped',
    ...{ isHeldOff: false, isSilent: false, failures: 0, isOverLimit: false, nextStartMs: undefined },
  } as const;
  const checked = (server: { failures?: number }) =>
    checksOf({
      at: NOW,
      report: { links: [], servers: undefined },
      gateway: { names: ['files'], kept: [{ ...sleeping, ...server }], instances: [] },
    });

  it('is well, and can be called', () => {
    expect(checked({})).toMatchObject({ status: 'healthy', canServe: true });
    expect(checked({}).servers.files).toEqual({ status: 'healthy', state: 'on-demand' });
  });

  it('unless its last start failed', () => {
    expect(checked({ failures: 2 }).servers.files).toMatchObject({ status: 'down', state: 'down' });
  });
});
