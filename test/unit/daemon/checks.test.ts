import { expect, it } from 'vitest';
import { checksOf, type ServerFacts, wordsOf } from '../../../src/daemon/checks.js';
import { Health } from '../../../src/observe/health.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { Status, StatusEvent } from '../../../src/protocol/status.js';

const facts = (name: string, over: Partial<ServerFacts> = {}): ServerFacts => ({
  ...{
    name,
    state: 'ready',
    isHeldOff: false,
    isSilent: false,
    failures: 0,
    isOverLimit: false,
    nextStartMs: undefined,
  },
  ...over,
});
const instance = (name: string, over: Partial<ServerFacts> = {}) => ({
  ...facts(name, over),
  server: name.split('@')[0]!,
});
const failing = { state: 'waiting', failures: 3, nextStartMs: 800 } as const;
const noLinks = { links: [], servers: undefined };

/** The report after these events of links. */
function reportOf(links: readonly string[], events: readonly (StatusEvent & { link: string })[]) {
  const snapshot = new Snapshot(links, () => 1_000);
  const health = new Health(snapshot, 0, (text) => text, 'en');
  for (const event of events) {
    const status = { at: 1_000, ...event } as Status;
    snapshot.onStatus(status);
    health.onStatus(status);
  }
  return health.report(1, 1_000);
}

const ready = (link: string): (StatusEvent & { link: string })[] => [
  { link, type: 'server-state', from: 'initializing', to: 'ready' },
];
const open = (link: string): (StatusEvent & { link: string })[] => [
  { link, type: 'link-state', from: 'dialing', to: 'open' },
];
const down = (link: string, failures: number): StatusEvent & { link: string } =>
  ({
    ...{ link, type: 'server-down', why: 'exited', end: { kind: 'process', exitCode: 7 } },
    ...{ livedMs: 5, failures, nextStartMs: 900, stderrTail: [], serverKind: 'stdio', remote: undefined },
  }) as never;

it.each([
  ['ready', facts('memory'), 'ready', 'healthy'],
  ['starting', facts('memory', { state: 'initializing' }), 'starting', 'degraded'],
  ['silent', facts('memory', { isSilent: true }), 'silent', 'down'],
  ['failing', facts('memory', { isHeldOff: true }), 'failing', 'down'],
  ['refusing', facts('memory', { state: 'refused' }), 'refusing', 'down'],
  ['down', facts('memory', failing), 'down', 'down'],
])('a server of the gateway that is %s', (_, kept, word, status) => {
  const gateway = { names: ['memory', 'own'], kept: [kept], instances: [] };
  expect(wordsOf(gateway)).toEqual({ memory: word, own: 'on-demand' });
  const { servers, links, ...rest } = checksOf({ at: 0, report: noLinks, gateway });
  expect(servers).toMatchObject({ memory: { state: word, status }, own: { status: 'healthy' } });
  expect(links).toEqual({});
  // The other one can still be used.
  expect(rest).toEqual({ status: status === 'healthy' ? 'healthy' : 'degraded', canServe: true });
});

it('a server of which every process for some clients fails is down, with the reason of one', () => {
  const gateway = { names: ['own'], kept: [], instances: [instance('own@a', failing)] };
  expect(wordsOf(gateway)).toEqual({ own: 'down' });
  expect(checksOf({ at: 5, report: noLinks, gateway, whyOf: ({ name }) => `${name} ended` })).toEqual({
    ...{ status: 'down', canServe: false, links: {} },
    servers: { own: { status: 'down', state: 'down', reason: 'own@a ended', failures: 3, nextTryAt: 805 } },
  });
});

it('a server of which one process of several fails is degraded', () => {
  const instances = [instance('own@a', failing), instance('own@b')];
  const gateway = { names: ['own'], kept: [], instances };
  expect(wordsOf(gateway)).toEqual({ own: 'on-demand' });
  expect(checksOf({ at: 0, report: noLinks, gateway })).toMatchObject({
    ...{ status: 'degraded', canServe: true },
    servers: { own: { status: 'degraded', state: 'on-demand', failures: 3 } },
  });
});

it('a link that is connected and whose server answers is healthy', () => {
  const checks = checksOf({ at: 0, report: reportOf(['a'], [...ready('a'), ...open('a')]) });
  expect(checks).toMatchObject({ status: 'healthy', canServe: true });
  expect(checks.links.a).toMatchObject({ status: 'healthy', state: 'open' });
  expect(checks.servers.a).toMatchObject({ status: 'healthy', state: 'ready' });
});

it('a link that is being started is degraded, and cannot serve yet', () => {
  const checks = checksOf({ at: 0, report: reportOf(['a'], []) });
  expect(checks).toMatchObject({ status: 'degraded', canServe: false });
  expect(checks.servers.a).toMatchObject({ status: 'degraded', state: 'down' });
});

it('a link that waits for its turn at the token can serve', () => {
  const events: (StatusEvent & { link: string })[] = [
    ...ready('a'),
    { link: 'a', type: 'link-state', from: 'dialing', to: 'waiting-for-lease' },
  ];
  expect(checksOf({ at: 0, report: reportOf(['a'], events) })).toMatchObject({
    ...{ status: 'healthy', canServe: true },
    links: { a: { state: 'parked' } },
  });
});

/** Others have the token, and the server was never needed. */
const waiting = (link: string, obstacle?: object) =>
  [
    { link, type: 'link-state', from: 'idle', to: 'waiting-for-lease' },
    {
      ...{ link, type: 'lease-waiting', of: 'token', label: '#1', slots: 1, holder: undefined, isOwn: false },
      ...(obstacle ? { obstacle } : {}),
    },
  ] as (StatusEvent & { link: string })[];

it('a link that has waited for its turn since it began can serve, though its server starts only then', () => {
  expect(checksOf({ at: 0, report: reportOf(['a'], waiting('a')) })).toMatchObject({
    ...{ status: 'healthy', canServe: true },
    links: { a: { state: 'parked', status: 'healthy' } },
    servers: { a: { state: 'parked', status: 'healthy' } },
  });
  // Redis does not answer: nobody knows whose turn it is.
  const obstacle = { why: 'store-down', store: 'redis://r', reason: 'refused' };
  expect(checksOf({ at: 0, report: reportOf(['a'], waiting('a', obstacle)) })).toMatchObject({
    ...{ status: 'degraded', canServe: false },
    links: { a: { state: 'parked', status: 'degraded' } },
  });
  // The same while its server still runs.
  const running = reportOf(['a'], [...ready('a'), ...waiting('a', obstacle)]);
  expect(checksOf({ at: 0, report: running })).toMatchObject({
    ...{ status: 'degraded', canServe: false },
    links: { a: { status: 'degraded', reason: expect.stringContaining('does not answer') } },
  });
  // A server that has failed before its link had to wait is no reason to be content.
  const failed = reportOf(['a'], [down('a', 1), ...waiting('a')]);
  expect(checksOf({ at: 0, report: failed })).toMatchObject({ status: 'degraded', canServe: false });
});

it('a run is down only when every link has failed and no server of its gateway can be used', () => {
  const failed = [1, 2, 3].map((failures) => down('a', failures));
  const report = reportOf(['a'], failed);
  const alone = checksOf({ at: 0, report });
  expect(alone).toMatchObject({ status: 'down', canServe: false, links: { a: { status: 'down' } } });
  expect(alone.servers.a?.reason).toContain('exit code 7');
  expect(alone.status !== 'down').toBe(report.healthy);
  const both = reportOf(['a', 'b'], [...failed, ...ready('b'), ...open('b')]);
  expect(checksOf({ at: 0, report: both })).toMatchObject({ status: 'degraded', canServe: true });
  const gateway = (kept: ServerFacts) => ({ names: ['g'], kept: [kept], instances: [] });
  expect(checksOf({ at: 0, report, gateway: gateway(facts('g')) })).toMatchObject({ status: 'degraded' });
  expect(checksOf({ at: 0, report, gateway: gateway(facts('g', failing)) })).toMatchObject({
    status: 'down',
  });
});

it('a process that a link and the gateway share has one check; another process of its name counts besides', () => {
  const report = reportOf(['a'], [...ready('a'), ...open('a')]);
  const kept = { names: ['a'], kept: [facts('a', { isSilent: true })], instances: [] };
  expect(checksOf({ at: 0, report, gateway: kept }).servers.a).toMatchObject({
    status: 'down',
    state: 'ready',
  });
  const own = { names: ['a'], kept: [], instances: [instance('a@k', failing)] };
  expect(checksOf({ at: 0, report, gateway: own }).servers.a).toMatchObject({ status: 'degraded' });
});

it('nothing to check is healthy', () => {
  const gateway = { names: [], kept: [], instances: [] };
  expect(checksOf({ at: 0, report: noLinks, gateway })).toMatchObject({ status: 'healthy', canServe: false });
});

it.each([
  [0, 'healthy'],
  [1, 'degraded'],
])('a server that is stopped until its turn and failed %i times the last time is %s', (server, status) => {
  const [link] = reportOf(['a'], [...ready('a'), ...open('a')]).links;
  const stopped = { ...link!, server: 'parked' as const, failures: { dial: 0, server } };
  expect(checksOf({ at: 0, report: { ...noLinks, links: [stopped] } })).toMatchObject({
    ...{ status, canServe: true, servers: { a: { state: 'parked', status } }, links: { a: { status } } },
  });
});
