import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { SENTRY } from '../../../src/config/sentry-defaults.js';
import { Sentry, type SentryOptions, type SentryReport } from '../../../src/daemon/sentry/sentry.js';
import type { AlertNews } from '../../../src/observe/alerts/outbox.js';
import { Redactor } from '../../../src/observe/redact.js';
import type { SentryPlan } from '../../../src/protocol/reporting.js';
import { idleClock } from '../../../src/time/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { freePort } from '../../helpers/free-port.js';
import { ingest, KEY } from '../../helpers/ingest.js';
import { listen } from '../../helpers/listen.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const SECRET = 'a-token-that-nobody-may-see';
const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

function sentryAt(port: number, plan: Partial<SentryPlan> = {}, options: Partial<SentryOptions> = {}) {
  const said: SentryReport[] = [];
  const redactor = new Redactor([SECRET]);
  const url = `http://127.0.0.1:${port}/api/42/envelope/`;
  const whole = { host: `127.0.0.1:${port}`, url, key: KEY, environment: 'vps-1', sampleRate: 1, ...plan };
  const sentry = new Sentry(whole, {
    ...{ version: '9.9.9', lang: 'en', redact: (text) => redactor.redact(text), date: () => AT },
    onReport: (report) => said.push(report),
    ...options,
  });
  return { sentry, said, plan: whole };
}

const record = (server: string, more = {}) => ({
  level: 'error',
  time: new Date(AT).toISOString(),
  event: 'server-down',
  why: 'exited',
  server,
  link: 'kitchen',
  msg: `The server said: {"arguments": "secret of a person"}`,
  stderrTail: ['secret of a person'],
  ...more,
});

describe('a report', () => {
  test('is an event in an envelope, with link, server, cause and version, and no text of others', async () => {
    const { port, events, raw, wrong } = await ingest();
    const { sentry } = sentryAt(port);
    sentry.logged(record(`weather ${SECRET} é`));
    await eventually(() => events.length === 1);
    expect(wrong).toEqual([]);
    expect(events[0]).toMatchObject({
      level: 'error',
      timestamp: AT / 1_000,
      platform: 'node',
      environment: 'vps-1',
      release: 'mcp-pipe@9.9.9',
      sdk: { name: 'mcp-pipe', version: '9.9.9' },
      tags: { source: 'log', event: 'server-down', cause: 'exited', link: 'kitchen', version: '9.9.9' },
    });
    expect(events[0]!.tags.server).toMatch(/^weather \S+ é$/);
    expect(events[0]!.message!.formatted).toMatch(/^server-down: /);
    expect(raw.join('')).not.toContain(SECRET);
    expect(raw.join('')).not.toContain('secret of a person');
  });

  test('of an alert says what is down, without the texts of servers; one that is over is none', async () => {
    const { port, events, raw } = await ingest();
    const { sentry } = sentryAt(port, { release: 'home@1' });
    const news: AlertNews = {
      ...{ state: 'raised', kind: 'server-hung', subject: { of: 'server', name: 'files' }, cause: 'hung' },
      ...{ links: ['kitchen'], since: AT, forMs: 0, returns: 0, at: AT, why: 'It wrote: secret of a person' },
    };
    sentry.alerted([{ ...news, state: 'recovered' }, { ...news, kind: 'waits-for-person' }, news]);
    await eventually(() => events.length === 1);
    await sentry.close();
    expect(events.map(({ tags, release, message }) => ({ tags, release, message }))).toEqual([
      {
        tags: {
          source: 'alert',
          kind: 'server-hung',
          server: 'files',
          link: 'kitchen',
          cause: 'hung',
          version: '9.9.9',
        },
        release: 'home@1',
        message: { formatted: 'Server files does not answer' },
      },
    ]);
    expect(raw.join('')).not.toContain('secret of a person');
  });

  test('of a crash has its kind and places, not its message', async () => {
    const { port, events, raw } = await ingest();
    const { sentry } = sentryAt(port);
    let crash: unknown;
    try {
      JSON.parse(`{"arguments": "secret of a person"`);
    } catch (error) {
      crash = error;
    }
    await sentry.crashed(crash);
    const [value] = events[0]!.exception!.values;
    expect(events[0]).toMatchObject({ level: 'fatal', tags: { source: 'crash' } });
    expect(value).toMatchObject({ type: 'SyntaxError', value: '' });
    const frames = value!.stacktrace.frames;
    expect(frames.length).toBeGreaterThan(2);
    expect(frames.some(({ filename }) => filename === 'sentry.test.ts')).toBe(true);
    expect(raw.join('')).not.toMatch(/secret of a person|\/work\/|\/home\//);
    // What was read may look like a place in the code.
    await sentry.crashed(new Error('cannot read\n    at secret-of-a-person (file:///of/a/person.js:1:2)'));
    expect(JSON.stringify(events.at(-1))).not.toContain('person');
    await sentry.crashed(Object.assign(new Error('text'), { stack: 5 }));
    events.length = 1;
    await sentry.crashed('no error at all');
    expect(events).toHaveLength(2);
  });
});

describe('the rate', () => {
  test('the same problem is reported once in ten minutes, and then how often it came', async () => {
    const { port, events } = await ingest();
    const clock = new ManualClock();
    const { sentry } = sentryAt(port, {}, { clock });
    for (let i = 0; i < 5; i++) sentry.logged(record('a'));
    await clock.advance(1);
    await eventually(() => events.length === 1);
    await clock.advance(SENTRY.repeatMs);
    sentry.logged(record('a'));
    await clock.advance(1);
    await eventually(() => events.length === 2);
    expect(events.map(({ extra }) => extra?.repeated)).toEqual([undefined, 4]);
  });

  test('a flood of different problems is bounded, and the next report says how many were left out', async () => {
    const { port, events } = await ingest();
    const clock = new ManualClock();
    const { sentry } = sentryAt(port, {}, { clock });
    for (let i = 0; i < 1_000; i++) sentry.logged(record(`server-${i}`));
    expect(sentry.waiting).toBeLessThanOrEqual(SENTRY.mostInWindow);
    await eventually(async () => {
      await clock.advance(1);
      return events.length === SENTRY.mostInWindow;
    });
    await clock.advance(SENTRY.windowMs);
    sentry.logged(record('later'));
    await eventually(async () => {
      await clock.advance(1);
      return events.length === SENTRY.mostInWindow + 1;
    });
    expect(events.at(-1)!.extra?.dropped).toBe(1_000 - SENTRY.mostInWindow);
  });

  test('sampleRate leaves out the rest, but no crash', async () => {
    const { port, events } = await ingest();
    const { sentry } = sentryAt(port, { sampleRate: 0.5 }, { random: () => 0.7 });
    sentry.logged(record('a'));
    expect(sentry.waiting).toBe(0);
    await sentry.crashed(new Error('x'));
    expect(events.map(({ level }) => level)).toEqual(['fatal']);
  });
});

describe('a service that does not take reports', () => {
  test('429 with Retry-After is left alone for that long, and then gets what waited', async () => {
    const { port, events, raw, answers } = await ingest();
    answers.push({ status: 429, headers: { 'retry-after': '90' } });
    const clock = new ManualClock();
    const { sentry, said } = sentryAt(port, {}, { clock });
    sentry.logged(record('a'));
    await clock.advance(1);
    await eventually(() => said.length === 1);
    expect(said[0]).toMatchObject({ level: 'warn', code: 'SENTRY_UNDELIVERED' });
    sentry.logged(record('b'));
    await sentry.crashed(new Error('not even this one'));
    await clock.advance(89_000);
    expect(raw).toHaveLength(1);
    await clock.advance(1_000);
    await eventually(async () => {
      await clock.advance(1);
      return events.length === 2;
    });
    expect(events.map(({ tags }) => tags.server)).toEqual(['a', 'b']);
    expect(said.map(({ code }) => code)).toEqual(['SENTRY_UNDELIVERED', 'SENTRY_DELIVERED']);
  });

  test('X-Sentry-Rate-Limits holds with a 200 as well, if it is about errors', async () => {
    const { port, events, answers } = await ingest();
    answers.push({ status: 200, headers: { 'x-sentry-rate-limits': '600:transaction:key' } });
    answers.push({
      status: 200,
      headers: { 'x-sentry-rate-limits': '5:session, 120:default;error:organization' },
    });
    const clock = new ManualClock();
    const { sentry } = sentryAt(port, {}, { clock });
    for (const server of ['a', 'b', 'c']) sentry.logged(record(server));
    await eventually(async () => {
      await clock.advance(1);
      return events.length === 2;
    });
    await eventually(() => clock.pending === 1);
    await clock.advance(110_000);
    expect(events).toHaveLength(2);
    await clock.advance(11_000);
    await eventually(() => events.length === 3);
  });

  test('a DSN that is not accepted is said once, with what to do; another one is used', async () => {
    const { port, events, raw } = await ingest();
    const { sentry, said, plan } = sentryAt(port, { key: 'f'.repeat(32) });
    sentry.logged(record('a'));
    await eventually(() => said.length === 1);
    expect(said[0]).toMatchObject({ level: 'warn', code: 'SENTRY_REJECTED' });
    expect(said[0]!.text).toContain('Client Keys (DSN)');
    sentry.logged(record('b'));
    expect([sentry.waiting, raw.length]).toEqual([0, 1]);
    sentry.use({ ...plan, key: KEY });
    sentry.logged(record('c'));
    await eventually(() => events.length === 1);
    expect(events[0]!.tags.server).toBe('c');
  });

  test('one that is away is said once; a bounded number waits, and nothing throws', async () => {
    const port = await freePort();
    const clock = new ManualClock();
    const { sentry, said } = sentryAt(port, {}, { clock });
    sentry.logged(record('a'));
    await clock.advance(1);
    await eventually(() => said.length === 1);
    expect(said[0]).toMatchObject({
      code: 'SENTRY_UNDELIVERED',
      text: expect.stringContaining('ECONNREFUSED'),
    });
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 30; i++) sentry.logged(record(`${round}-${i}`));
      await clock.advance(SENTRY.windowMs);
    }
    expect(sentry.waiting).toBeLessThanOrEqual(SENTRY.mostWaiting);
    expect(said).toHaveLength(1);
    await sentry.crashed(new Error('x'));
  });

  test('one that never answers does not keep the end waiting', async () => {
    const server = createServer((request) => void request.on('error', () => {}).resume());
    const clock = {
      now: idleClock.now,
      after: (ms: number, fn: () => void) => idleClock.after(Math.min(ms, 50), fn),
    };
    const { sentry } = sentryAt(await listen(server), {}, { clock });
    sentry.logged(record('a'));
    await sentry.close();
    await sentry.crashed(new Error('x'));
  });
});
