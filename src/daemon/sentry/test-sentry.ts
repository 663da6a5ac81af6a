import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { SENTRY } from '../../config/sentry-defaults.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { authHeader, envelopeOf, eventOf } from '../../observe/sentry/envelope.js';
import { DialError } from '../../protocol/errors.js';
import type { SentryPlan } from '../../protocol/reporting.js';
import { systemClock } from '../../time/clock.js';
import { postJson } from '../../transports/post.js';
import { failureText } from '../alerts/delivery.js';
import type { TestResult } from '../alerts/test-alerts.js';

/** Sends one event of the level "info", and says what came back. Never rejects; takes `requestTimeoutMs` at most. */
export async function sendSentryTest(
  plan: SentryPlan,
  { version, lang }: { version: string; lang: Lang },
): Promise<TestResult> {
  const { host, proxy, url, key, environment, release } = plan;
  const words = messagesFor(lang);
  const began = systemClock.now();
  const at = Date.now();
  const result = (status: number | null, text: string | null): TestResult => ({
    ...{ channel: 'sentry', host, proxy: proxy ? String(proxy) : null, delivered: text === null },
    ...{ status, tookMs: Math.round(systemClock.now() - began), text },
  });
  const { test: title } = words.sentry;
  const problem = { at, level: 'info' as const, title, tags: { source: 'test' }, fingerprint: ['test'] };
  const run = {
    ...{ version, environment, release, host: hostname(), node: process.version, platform: process.platform },
  };
  const id = randomBytes(16).toString('hex');
  const event = eventOf(problem, run, { repeated: 0, dropped: 0 }, id, (text) => text);
  try {
    const { status } = await postJson({
      ...{ url, proxy, signal: new AbortController().signal, clock: systemClock },
      headers: { 'x-sentry-auth': authHeader(key, version) },
      ...{ contentType: 'application/x-sentry-envelope', body: envelopeOf(event, at) },
      timeoutMs: SENTRY.requestTimeoutMs,
    });
    if (status >= 200 && status < 300) return result(status, null);
    if (status === 401 || status === 403 || status === 404)
      return result(status, words.sentry.wrongDsn({ host, status }));
    if (status === 429 || status >= 500) return result(status, words.notices.failures.busy({ host, status }));
    return result(status, words.sentry.refused({ host, status }));
  } catch (error) {
    const status = error instanceof DialError ? (error.facts.httpStatus ?? null) : null;
    return result(status, failureText({ host }, error, lang));
  }
}
