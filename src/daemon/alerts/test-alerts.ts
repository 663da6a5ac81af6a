import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { ALERTS } from '../../config/alert-defaults.js';
import type { Lang } from '../../messages/index.js';
import { messagesFor } from '../../messages/index.js';
import { outcomeOf } from '../../observe/alerts/answer.js';
import { requestOf } from '../../observe/alerts/formats.js';
import { testNotice } from '../../observe/alerts/notice.js';
import type { AlertChannel, AlertsPlan } from '../../protocol/alert.js';
import { DialError } from '../../protocol/errors.js';
import { systemClock } from '../../time/clock.js';
import { failureText, postOver, refusalText } from './delivery.js';

/** What came back from one channel. */
export interface TestResult {
  channel: AlertChannel['kind'] | 'sentry';
  /** Host and port. */
  host: string;
  /** Host and port of the proxy on the way; null: none. */
  proxy: string | null;
  delivered: boolean;
  /** HTTP status; null when no answer came. */
  status: number | null;
  tookMs: number;
  /** Why it was not delivered, and what to do; null when it was. */
  text: string | null;
}

/** Sends one test message to each channel at the same time. Never rejects; takes `requestTimeoutMs` at most. */
export function sendTest(plan: AlertsPlan, lang: Lang): Promise<TestResult[]> {
  const words = { lang: plan.lang ?? lang, name: plan.name ?? hostname() };
  return Promise.all(plan.channels.map((channel) => testChannel(channel, words, lang)));
}

async function testChannel(
  channel: AlertChannel,
  words: { lang: Lang; name: string },
  lang: Lang,
): Promise<TestResult> {
  const { kind, host, proxy } = channel;
  const began = systemClock.now();
  const at = Date.now();
  const message = {
    notice: testNotice({ ...words, now: at }),
    parcel: undefined,
    ...{ id: `msg_${randomUUID()}`, at, name: words.name },
  };
  const result = (status: number | null, text: string | null): TestResult => ({
    ...{ channel: kind, host, proxy: proxy ? String(proxy) : null, delivered: text === null },
    ...{ status, tookMs: Math.round(systemClock.now() - began), text },
  });
  try {
    const post = postOver({ numbers: ALERTS, clock: systemClock });
    const answer = await post(channel, requestOf(channel, message), new AbortController().signal);
    const outcome = outcomeOf(channel, answer);
    if (outcome.is === 'delivered') return result(answer.status, null);
    if (outcome.is === 'refused') return result(answer.status, refusalText(outcome.refusal, lang));
    const { busy } = messagesFor(lang).notices.failures;
    return result(answer.status, busy({ host, status: answer.status }));
  } catch (error) {
    const status = error instanceof DialError ? (error.facts.httpStatus ?? null) : null;
    return result(status, failureText(channel, error, lang));
  }
}
