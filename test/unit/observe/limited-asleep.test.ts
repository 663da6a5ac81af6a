import { expect, it } from 'vitest';
import { formatReport } from '../../../src/cli/commands/health-text.js';
import { formatStatus } from '../../../src/cli/commands/status-table.js';
import { checksOf, type ServerFacts, wordsOf } from '../../../src/daemon/checks.js';
import { judgeReported, reportedServers } from '../../../src/daemon/doctor/running.js';
import { sightingsOf } from '../../../src/observe/alerts/sightings.js';
import { buildState } from '../../../src/observe/feed/build.js';
import { ALERT_KINDS } from '../../../src/protocol/alert.js';
import type { ServerEnd } from '../../../src/protocol/server-end.js';
import { FeedWorld } from '../../helpers/feed-world.js';
import { everyEvent, serverDown, serverMove } from '../messages/events.js';

const MB = 1024 ** 2;
const MINUTE = 60_000;
const OVER: ServerEnd = {
  kind: 'over-limit',
  ...{ of: 'memory', limit: 300 * MB, used: 352 * MB, times: 1, exitCode: undefined, signal: 'SIGKILL' },
};
const WHY = /more memory than its limit|over its memory limit|352 MiB > 300 MiB/;

/** A server on demand that was ended, and sleeps since a minute. */
function asleepAfter(end: Parameters<typeof serverDown>[0]) {
  const world = new FeedWorld([{ name: 'mux', kind: 'mux', servers: ['files', 'web'] }]);
  world.snapshot.demandOf = (name) => (name === 'files' ? { isKept: false } : undefined);
  world.tell('mux', { type: 'link-state', from: 'dialing', to: 'open' });
  world.tell('mux', everyEvent['client-initialized']);
  for (const name of ['files', 'web']) world.tell('mux', everyEvent['server-ready'], name);
  world.tell('mux', serverDown(end), 'files');
  world.tell('mux', serverMove('idle-stopped'), 'files');
  world.at += MINUTE;
  const report = { ...world.health.report(1, world.at), at: world.at };
  return { world, report };
}

const overMemory = { why: 'over-memory', end: OVER } as const;

it('a server on demand that was ended for its limits is asleep and well; status and health say what it was ended for', () => {
  const { report } = asleepAfter(overMemory);
  for (const lang of ['en', 'vi'] as const) {
    const table = formatStatus(report as never, lang).join('\n');
    expect(table).toMatch(/files +(asleep until a call comes|đang ngủ cho đến khi có lời gọi)/);
    expect(table).toMatch(WHY);
  }
  expect(formatReport(report, 'en')).toMatch(/files +asleep until a call comes.*352 MiB > 300 MiB/);
  expect(report.links[0]!.members![0]).toMatchObject({
    ...{ state: 'parked', why: expect.stringMatching(WHY), lastExit: { why: 'over-memory' } },
  });
  const { status, canServe, servers, links } = checksOf({ at: report.at, report });
  expect({ status, canServe }).toEqual({ status: 'healthy', canServe: true });
  expect(servers.files).toMatchObject({
    ...{ status: 'healthy', state: 'parked', reason: expect.stringMatching(WHY) },
  });
  expect(links.mux!.status).toBe('healthy');
});

it('doctor, the page and alerts say so as well', () => {
  const { report, world } = asleepAfter(overMemory);
  const files = reportedServers(report.links).find(({ name }) => name === 'files')!;
  expect(judgeReported(files)).toMatchObject({
    ...{ severity: 'ok', params: { why: expect.stringMatching(WHY) } },
  });
  const shown = buildState(world.sources, world.at, 'en').servers.find(({ name }) => name === 'files')!;
  expect(shown).toMatchObject({ state: 'asleep', class: 'rest', cause: 'over-memory' });
  expect(shown.why).toMatch(WHY);
  expect(shown.why).toContain('No call needs it now.');
  const seen = sightingsOf(world.snapshot.links, ALERT_KINDS, world.at);
  expect(seen.map(({ health }) => health)).toEqual(['good', 'good', 'good']);
});

it('one that has ended by itself is degraded until it works again', () => {
  const { report, world } = asleepAfter({});
  expect(checksOf({ at: report.at, report }).servers.files!.status).toBe('degraded');
  const seen = sightingsOf(world.snapshot.links, ALERT_KINDS, world.at);
  expect(seen.find(({ subject }) => subject.name === 'files')).toMatchObject({ kind: 'server-down' });
});

it('the gateway says the same of a server that only clients use', () => {
  const { world } = asleepAfter(overMemory);
  world.health.onClientStatus({ at: world.at, link: 'own', ...serverDown(overMemory) });
  const own: ServerFacts = {
    ...{ name: 'own', state: 'idle-stopped', isHeldOff: false, isSilent: false },
    ...{ failures: 1, isOverLimit: true, nextStartMs: undefined },
  };
  const gateway = { names: ['own'], kept: [own], instances: [] };
  expect(wordsOf(gateway)).toEqual({ own: 'on-demand' });
  const whyOf = (server: ServerFacts) => world.health.whyOf(server, world.at);
  const report = { links: [], servers: undefined };
  const { status, servers } = checksOf({ at: world.at, report, gateway, whyOf });
  expect(status).toBe('healthy');
  expect(servers.own).toEqual({
    ...{ status: 'healthy', state: 'on-demand', reason: expect.stringMatching(WHY) },
  });
  expect(servers.own!.reason).not.toMatch(/next start|again in/i);
});
