import { randomUUID } from 'node:crypto';
import type { AlertNumbers } from '../../config/alert-defaults.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { type HttpAnswer, outcomeOf, type Refusal, type RefusalId } from '../../observe/alerts/answer.js';
import { type AlertMessage, type AlertRequest, requestOf } from '../../observe/alerts/formats.js';
import { noticeOf } from '../../observe/alerts/notice.js';
import { type AlertNews, Outbox, type Parcel } from '../../observe/alerts/outbox.js';
import type { AlertChannel } from '../../protocol/alert.js';
import { DialError } from '../../protocol/errors.js';
import type { Clock } from '../../time/clock.js';
import { postJson } from '../../transports/post.js';

/** Sends one request. @throws DialError when no answer came. */
export type Post = (channel: AlertChannel, request: AlertRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** What the log says about a channel. */
export interface DeliveryReport {
  level: 'info' | 'warn';
  code: 'ALERT_UNDELIVERED' | 'ALERT_REJECTED' | 'ALERT_DELIVERED';
  channel: AlertChannel['kind'];
  text: string;
}

export interface DeliveryOptions {
  numbers: AlertNumbers;
  /** Its timers do not keep the process running. */
  clock: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970. */
  date: () => number;
  post: Post;
  /** Language of what the log says. */
  logLang: Lang;
  onReport: (report: DeliveryReport) => void;
}

/** Language of the messages, and the name in them. */
export interface DeliveryWords {
  lang: Lang;
  name: string;
}

/** Sends the request of a channel over HTTP. */
export function postOver({ numbers, clock }: Pick<DeliveryOptions, 'numbers' | 'clock'>): Post {
  return ({ proxy }, request, signal) =>
    postJson({ ...request, proxy, timeoutMs: numbers.requestTimeoutMs, signal, clock });
}

/** Why no answer came, in words. */
export function failureText({ host }: Pick<AlertChannel, 'host'>, error: unknown, lang: Lang): string {
  const { failures } = messagesFor(lang).notices;
  // The text of any other error may hold the address.
  const { reason, proxy, httpStatus } =
    error instanceof DialError ? error.facts : { reason: String((error as Error)?.name) };
  const why = reason || `HTTP ${httpStatus}`;
  return proxy
    ? failures['proxy-failed']({ host, proxy: proxy.host, reason: why })
    : failures.unreachable({ host, reason: why });
}

export function refusalText({ id, params }: Refusal, lang: Lang): string {
  return messagesFor(lang).notices.refusals[id](params);
}

/**
 * Brings alerts to one channel: gathered, not too many, again after a failure. It keeps what it cannot send, bounded, and one
 * request runs at a time. Nothing waits for it.
 */
// D150
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #outbox: Outbox;
  readonly #giveUp = new AbortController();
  #channel: AlertChannel;
  #words: DeliveryWords;
  #cancelTimer = (): void => {};
  #isTimed = false;
  #sending: Promise<void> | undefined;
  #isClosed = false;
  /** When the last messages were sent, at most `mostInWindow` of them. */
  #sentAt: number[] = [];
  /** Requests that failed in a row, and when the next one may go out. */
  #failures = 0;
  #notBefore = 0;
  /** The last refusal that the log was told. */
  #refusedAs: RefusalId | undefined;
  /** The message that was tried last: it keeps its id if it has nothing more to say. */
  #tried: { id: string; news: readonly AlertNews[] } | undefined;

  constructor(channel: AlertChannel, words: DeliveryWords, options: DeliveryOptions) {
    this.#channel = channel;
    this.#words = words;
    this.#options = options;
    this.#outbox = new Outbox(options.numbers.mostWaiting);
  }

  /** Goes on with another address or language; what is not sent yet goes there. */
  use(channel: AlertChannel, words: DeliveryWords): void {
    this.#channel = channel;
    this.#words = words;
    this.#refusedAs = undefined;
    if (this.#failures > 0) this.#notBefore = 0;
    this.#schedule(true);
  }

  add(news: readonly AlertNews[]): void {
    for (const one of news) this.#outbox.add(one);
    this.#schedule();
  }

  /** Forgets what is not about one of these subjects. */
  keepOnly(keys: ReadonlySet<string>): void {
    this.#outbox.keepOnly(keys);
  }

  /** Sends what is left, once. Resolves when that is done or has failed; `abort` ends it. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#sending;
    if (this.#outbox.isEmpty || this.#giveUp.signal.aborted || this.#failures > 0) return;
    await this.#send();
  }

  /** Ends the running request. Nothing is sent any more. */
  abort(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#giveUp.abort();
  }

  #schedule(anew = false): void {
    if (anew) {
      this.#cancelTimer();
      this.#isTimed = false;
    }
    if (this.#isClosed || this.#isTimed || this.#sending || this.#outbox.isEmpty) return;
    const { numbers, clock } = this.#options;
    const now = clock.now();
    const oldest = this.#sentAt.length >= numbers.mostInWindow ? this.#sentAt[0]! : undefined;
    const allowedAt = oldest === undefined ? now : oldest + numbers.windowMs;
    const at = Math.max(now + numbers.gatherMs, allowedAt, this.#notBefore);
    this.#isTimed = true;
    this.#cancelTimer = clock.after(at - now, () => {
      this.#isTimed = false;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
        this.#schedule();
      });
    });
  }

  async #send(): Promise<void> {
    if (this.#outbox.isEmpty) return;
    const channel = this.#channel;
    const parcel = this.#outbox.take();
    try {
      const answer = await this.#options.post(channel, this.#requestOf(parcel), this.#giveUp.signal);
      const outcome = outcomeOf(channel, answer);
      if (outcome.is === 'delivered') return this.#delivered(parcel);
      if (outcome.is === 'refused') return this.#refused(outcome.refusal);
      const { host } = channel;
      const why = messagesFor(this.#options.logLang).notices.failures.busy({ host, status: answer.status });
      this.#failed(parcel, why, outcome.afterMs);
    } catch (error) {
      this.#failed(parcel, failureText(channel, error, this.#options.logLang));
    }
  }

  #requestOf(parcel: Parcel): AlertRequest {
    const { news } = parcel;
    const isSame =
      this.#tried?.news.length === news.length && news.every((one, i) => one === this.#tried?.news[i]);
    const id = isSame ? this.#tried!.id : `msg_${randomUUID()}`;
    this.#tried = { id, news };
    const at = this.#options.date();
    const { name } = this.#words;
    const notice = noticeOf(parcel, { ...this.#words, now: at });
    const message: AlertMessage = { notice, parcel, id, at, name };
    return requestOf(this.#channel, message);
  }

  #delivered(parcel: Parcel): void {
    const { numbers, clock, logLang } = this.#options;
    this.#outbox.sent(parcel);
    this.#sentAt = [...this.#sentAt, clock.now()].slice(-numbers.mostInWindow);
    const { kind: channel } = this.#channel;
    if (this.#failures > 0)
      this.#report('info', 'ALERT_DELIVERED', messagesFor(logLang).notices.deliveredAgain({ channel }));
    this.#failures = 0;
    this.#notBefore = 0;
    this.#refusedAs = undefined;
  }

  #refused(refusal: Refusal): void {
    this.#outbox.rejected();
    this.#failures = 0;
    if (this.#refusedAs === refusal.id) return;
    this.#refusedAs = refusal.id;
    const { logLang } = this.#options;
    const why = refusalText(refusal, logLang);
    const { kind: channel } = this.#channel;
    this.#report('warn', 'ALERT_REJECTED', messagesFor(logLang).notices.rejected({ channel, why }));
  }

  #failed(parcel: Parcel, why: string, pauseMs = 0): void {
    this.#outbox.putBack(parcel);
    const { numbers, clock, logLang } = this.#options;
    const backoffMs = Math.min(numbers.longestRetryMs, numbers.retryMs * 2 ** Math.min(this.#failures, 30));
    this.#notBefore = clock.now() + Math.max(backoffMs, Math.min(pauseMs, numbers.longestPauseMs));
    this.#failures += 1;
    if (this.#failures > 1 || this.#giveUp.signal.aborted) return;
    const { kind: channel } = this.#channel;
    this.#report('warn', 'ALERT_UNDELIVERED', messagesFor(logLang).notices.undelivered({ channel, why }));
  }

  #report(level: DeliveryReport['level'], code: DeliveryReport['code'], text: string): void {
    this.#options.onReport({ level, code, channel: this.#channel.kind, text });
  }
}
