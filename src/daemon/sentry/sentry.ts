import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { SENTRY } from '../../config/sentry-defaults.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import type { AlertNews } from '../../observe/alerts/outbox.js';
import type { LogRecord } from '../../observe/log-ring.js';
import { authHeader, envelopeOf, eventOf, limitOf } from '../../observe/sentry/envelope.js';
import {
  type Problem,
  problemOfAlert,
  problemOfCrash,
  problemOfRecord,
} from '../../observe/sentry/problem.js';
import { DialError } from '../../protocol/errors.js';
import type { SentryPlan } from '../../protocol/reporting.js';
import { type Clock, idleClock } from '../../time/clock.js';
import { type PostAnswer, postJson } from '../../transports/post.js';

/** What the log says about reports. */
export interface SentryReport {
  level: 'info' | 'warn';
  code: 'SENTRY_UNDELIVERED' | 'SENTRY_REJECTED' | 'SENTRY_DELIVERED';
  text: string;
}

export interface SentryOptions {
  version: string;
  /** Of titles, and of what the log says. */
  lang: Lang;
  redact: (text: string) => string;
  onReport: (report: SentryReport) => void;
  /** Default: a clock whose timers keep no process running. */
  clock?: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970. */
  date?: () => number;
  /** From 0 to 1. */
  random?: () => number;
}

/** Last report of a problem, on the clock, and how often it came since. */
interface Known {
  at: number;
  repeated: number;
}

/** Reports problems to Sentry: one request at a time, bounded in number and memory. Nothing waits for it. */
// D279
export class Sentry {
  readonly #options: SentryOptions;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #date: () => number;
  readonly #giveUp = new AbortController();
  readonly #waiting: Readonly<Record<string, unknown>>[] = [];
  readonly #known = new Map<string, Known>();
  /** When the last reports were taken, at most `mostInWindow`. */
  #takenAt: number[] = [];
  #dropped = 0;
  #plan: SentryPlan;
  #sending: Promise<void> | undefined;
  #cancelTimer = (): void => {};
  #notBefore = 0;
  /** The service has asked for a pause until then; others are ours. */
  #limitedUntil = 0;
  #failures = 0;
  /** The DSN is not accepted: nothing is sent until there is another one. */
  #isRefused = false;
  #wasRefusal = false;
  #isClosed = false;

  constructor(plan: SentryPlan, options: SentryOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#clock = options.clock ?? idleClock;
    this.#date = options.date ?? Date.now;
  }

  /** Goes on with another plan; what waits goes there. */
  use(plan: SentryPlan): void {
    const isSame = this.#plan.url === plan.url && this.#plan.key === plan.key;
    this.#plan = plan;
    if (isSame) return;
    this.#isRefused = false;
    this.#wasRefusal = false;
    this.#notBefore = 0;
    this.#limitedUntil = 0;
    this.#schedule();
  }

  /** A record of the log of the level error or fatal. */
  logged(record: LogRecord): void {
    this.#add(problemOfRecord(record, this.#options.lang));
  }

  alerted(news: readonly AlertNews[]): void {
    for (const one of news) {
      const problem = problemOfAlert(one, this.#options.lang);
      if (problem) this.#add(problem);
    }
  }

  /** Reports the error that ends the process. Resolves when that is done or has failed, after `flushMs` at most. Never rejects. */
  async crashed(error: unknown): Promise<void> {
    if (this.#isRefused || this.#clock.now() < this.#limitedUntil) return;
    const event = this.#eventOf(problemOfCrash(error, this.#date()), 0);
    await this.#within(this.#post(event).then(() => {}));
  }

  /** Sends what is left, for `flushMs` at most. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    const flush = async () => {
      await this.#sending;
      while (this.#waiting.length > 0 && !this.#isPaused()) await this.#sendFirst();
    };
    await this.#within(flush());
    this.#giveUp.abort();
  }

  /** Number of reports that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  #add(problem: Problem): void {
    if (this.#isClosed || this.#isRefused) return;
    const now = this.#clock.now();
    const key = JSON.stringify(problem.fingerprint);
    const known = this.#known.get(key);
    if (known && now - known.at < SENTRY.repeatMs) {
      known.repeated += 1;
      return;
    }
    this.#takenAt = this.#takenAt.filter((at) => now - at < SENTRY.windowMs);
    if (this.#takenAt.length >= SENTRY.mostInWindow) {
      this.#dropped += 1;
      return;
    }
    this.#remember(key, now);
    const random = this.#options.random ?? Math.random;
    if (random() >= this.#plan.sampleRate) return;
    this.#takenAt.push(now);
    if (this.#waiting.length >= SENTRY.mostWaiting) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#waiting.push(this.#eventOf(problem, known?.repeated ?? 0));
    this.#dropped = 0;
    this.#schedule();
  }

  #remember(key: string, at: number): void {
    this.#known.delete(key);
    this.#known.set(key, { at, repeated: 0 });
    const [oldest] = this.#known.keys();
    if (this.#known.size > SENTRY.mostKnown && oldest !== undefined) this.#known.delete(oldest);
  }

  #eventOf(problem: Problem, repeated: number): Record<string, unknown> {
    const { version, redact } = this.#options;
    const { environment, release } = this.#plan;
    const run = {
      ...{ version, environment, release, host: hostname() },
      ...{ node: process.version, platform: process.platform },
    };
    const left = { repeated, dropped: this.#dropped };
    return eventOf(problem, run, left, randomBytes(16).toString('hex'), redact);
  }

  #isPaused(): boolean {
    return this.#isRefused || this.#giveUp.signal.aborted || this.#clock.now() < this.#notBefore;
  }

  #schedule(): void {
    if (this.#isClosed || this.#sending || this.#waiting.length === 0 || this.#isRefused) return;
    this.#cancelTimer();
    const waitMs = Math.max(0, this.#notBefore - this.#clock.now());
    this.#cancelTimer = this.#clock.after(waitMs, () => {
      this.#sending = this.#sendFirst().finally(() => {
        this.#sending = undefined;
        this.#schedule();
      });
    });
  }

  /** Sends the oldest report, or puts it back. Never rejects. */
  async #sendFirst(): Promise<void> {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    const isSent = await this.#post(first);
    if (isSent) return;
    if (this.#waiting.length < SENTRY.mostWaiting) this.#waiting.unshift(first);
    else this.#dropped += 1;
  }

  /** False: to be sent again. */
  async #post(event: Readonly<Record<string, unknown>>): Promise<boolean> {
    const { url, key, proxy, host } = this.#plan;
    const { lang, version } = this.#options;
    const { failures } = messagesFor(lang).notices;
    try {
      const answer = await postJson({
        ...{ url, proxy, signal: this.#giveUp.signal, clock: this.#clock },
        headers: { 'x-sentry-auth': authHeader(key, version) },
        contentType: 'application/x-sentry-envelope',
        body: envelopeOf(event, this.#date()),
        timeoutMs: SENTRY.requestTimeoutMs,
      });
      return this.#answered(answer);
    } catch (error) {
      // The text of any other error may hold the address.
      const {
        reason,
        proxy: through,
        httpStatus,
      } = error instanceof DialError ? error.facts : { reason: String((error as Error)?.name) };
      const why = reason || `HTTP ${httpStatus}`;
      const text = through
        ? failures['proxy-failed']({ host, proxy: through.host, reason: why })
        : failures.unreachable({ host, reason: why });
      this.#failed(text);
      return false;
    }
  }

  #answered(answer: PostAnswer): boolean {
    const { status, retryAfterMs, headers } = answer;
    const { lang } = this.#options;
    const { host } = this.#plan;
    const words = messagesFor(lang).sentry;
    const limitMs = limitOf(String(headers['x-sentry-rate-limits'] ?? ''));
    if (status >= 200 && status < 300) {
      if (this.#failures > 0) this.#report('info', 'SENTRY_DELIVERED', words.again({ host }));
      this.#failures = 0;
      this.#wasRefusal = false;
      if (limitMs !== undefined) this.#limit(limitMs);
      return true;
    }
    if (status === 429 || status === 408 || status >= 500) {
      const { busy } = messagesFor(lang).notices.failures;
      const pauseMs = limitMs ?? retryAfterMs ?? (status === 429 ? SENTRY.pauseMs : 0);
      this.#failed(busy({ host, status }), pauseMs);
      return false;
    }
    const isOfDsn = status === 401 || status === 403 || status === 404;
    this.#isRefused = isOfDsn;
    if (isOfDsn) this.#waiting.length = 0;
    if (!this.#wasRefusal)
      this.#report(
        'warn',
        'SENTRY_REJECTED',
        isOfDsn ? words.wrongDsn({ host, status }) : words.refused({ host, status }),
      );
    this.#wasRefusal = true;
    return true;
  }

  #failed(why: string, pauseMs = 0): void {
    const { retryMs, longestRetryMs } = SENTRY;
    const backoffMs = Math.min(longestRetryMs, retryMs * 2 ** Math.min(this.#failures, 30));
    if (pauseMs > 0) this.#limit(pauseMs);
    this.#notBefore = Math.max(this.#clock.now() + backoffMs, this.#limitedUntil);
    this.#failures += 1;
    if (this.#failures > 1 || this.#giveUp.signal.aborted) return;
    this.#report('warn', 'SENTRY_UNDELIVERED', messagesFor(this.#options.lang).sentry.undelivered({ why }));
  }

  #limit(ms: number): void {
    this.#limitedUntil = this.#clock.now() + Math.min(ms, SENTRY.longestPauseMs);
    this.#notBefore = Math.max(this.#notBefore, this.#limitedUntil);
  }

  #report(level: SentryReport['level'], code: SentryReport['code'], text: string): void {
    this.#options.onReport({ level, code, text });
  }

  async #within(done: Promise<void>): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(SENTRY.flushMs, resolve);
    });
    await Promise.race([done, late]);
    cancel();
  }
}
