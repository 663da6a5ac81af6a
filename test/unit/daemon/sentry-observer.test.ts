import { expect, test } from 'vitest';
import { SentryObserver } from '../../../src/daemon/sentry/sentry-observer.js';
import { LogRing } from '../../../src/observe/log-ring.js';
import { ingest, KEY } from '../../helpers/ingest.js';

const RECORD = JSON.stringify({
  level: 'error',
  time: '2026-01-02T03:04:05Z',
  event: 'server-down',
  server: 'bad',
});

/** An observer at its start: what sends reports is being loaded. */
async function starting() {
  const service = await ingest();
  const url = `http://127.0.0.1:${service.port}/api/42/envelope/`;
  const sentry = { host: 'here', url, key: KEY, environment: 'shed', sampleRate: 1 };
  const log = new LogRing();
  const logger = { info: () => {}, warn: () => {} };
  const observer = new SentryObserver({ sentry, secrets: [] }, { version: '1', log, logger, lang: 'en' });
  return { service, log, observer };
}

test('an error of the start is reported, though what sends it is still being loaded', async () => {
  const { service, log, observer } = await starting();
  log.write(RECORD);
  await observer.close();
  expect(service.events).toMatchObject([{ tags: { event: 'server-down', server: 'bad' } }]);
});

test('a crash of the start is reported', async () => {
  const { service, observer } = await starting();
  await observer.crashed(new TypeError('text'));
  expect(service.events).toMatchObject([{ level: 'fatal', exception: { values: [{ type: 'TypeError' }] } }]);
  await observer.close();
});

test('a section that goes while it is being loaded takes what waited with it', async () => {
  const { service, log, observer } = await starting();
  log.write(RECORD);
  await observer.onPlan({ sentry: undefined, secrets: [] });
  log.write(RECORD);
  await observer.close();
  expect(service.events).toEqual([]);
});
