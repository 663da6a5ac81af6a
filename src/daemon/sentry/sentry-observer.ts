import type { Logger } from 'pino';
import { ALERTS } from '../../config/alert-defaults.js';
import { SENTRY } from '../../config/sentry-defaults.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import type { AlertNews } from '../../observe/alerts/outbox.js';
import type { LogRecord, LogRing } from '../../observe/log-ring.js';
import type { ObservedPlan, Observer } from '../../observe/observer.js';
import { Redactor } from '../../observe/redact.js';
import { ALERT_KINDS, type AlertsPlan } from '../../protocol/alert.js';
import type { SentryPlan } from '../../protocol/reporting.js';
import type { Sentry } from './sentry.js';

export interface SentryObserverOptions {
  version: string;
  log: Pick<LogRing, 'follow'>;
  logger: Pick<Logger, 'info' | 'warn'>;
  lang: Lang;
}

/** What is watched for Sentry where the configuration has no alerts. */
export const WATCHED: AlertsPlan = { channels: [], afterMs: ALERTS.afterMs, on: ALERT_KINDS };

/** Reports to Sentry as an observer of a run: there are some as soon as a plan has them. What sends them is loaded then. */
export class SentryObserver implements Observer {
  /** Its name among the observers. */
  readonly name = 'sentry';
  readonly #options: SentryObserverOptions;
  readonly #redactor = new Redactor();
  #wanted: SentryPlan | undefined;
  #sentry: Sentry | undefined;
  #unfollow = (): void => {};
  /** Errors of the time in which that which sends them is loaded: those of a start. */
  #early: LogRecord[] = [];
  #loading: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(plan: Pick<ObservedPlan, 'sentry' | 'secrets'>, options: SentryObserverOptions) {
    this.#options = options;
    void this.onPlan(plan);
  }

  readonly onPlan = ({ sentry, secrets }: Pick<ObservedPlan, 'sentry' | 'secrets'>): Promise<void> => {
    this.#redactor.add(secrets);
    const used = this.#use(sentry);
    this.#loading = used.catch(() => {});
    return used;
  };

  readonly onSecrets = (secrets: readonly string[]): void => this.#redactor.add(secrets);

  readonly alerted = (news: readonly AlertNews[]): void => this.#sentry?.alerted(news);

  /** Reports the error that ends the process; see `Sentry.crashed`. */
  readonly crashed = async (error: unknown): Promise<void> => {
    await this.#loading;
    await this.#sentry?.crashed(error);
  };

  /** Sends what is left, for a few seconds at most. Idempotent. */
  async close(): Promise<void> {
    await this.#loading;
    this.#isClosed = true;
    this.#unfollow();
    await this.#sentry?.close();
  }

  #logged(record: LogRecord): void {
    if (this.#sentry) this.#sentry.logged(record);
    else if (this.#early.length < SENTRY.mostWaiting) this.#early.push(record);
  }

  async #use(plan: SentryPlan | undefined): Promise<void> {
    const { log, logger, lang, version } = this.#options;
    const words = messagesFor(lang).sentry;
    this.#wanted = plan;
    if (plan !== undefined && this.#sentry === undefined) {
      this.#unfollow();
      this.#unfollow = log.follow((record: LogRecord) => this.#logged(record), 'error');
      const { Sentry } = await import('./sentry.js');
      // Meanwhile another plan may have come, or the end.
      if (this.#isClosed || this.#wanted === undefined || this.#sentry) return;
      const { host, environment } = this.#wanted;
      this.#sentry = new Sentry(this.#wanted, {
        ...{ version, lang },
        redact: (text) => this.#redactor.redact(text),
        onReport: ({ level, text, code }) => logger[level]({ code }, text),
      });
      for (const record of this.#early.splice(0)) this.#sentry.logged(record);
      logger.info({ sentry: host, environment }, words.reporting({ host, environment }));
      return;
    }
    const running = this.#sentry;
    if (this.#wanted !== undefined) return running?.use(this.#wanted);
    this.#unfollow();
    this.#early.length = 0;
    if (running === undefined) return;
    this.#sentry = undefined;
    logger.info(words.noMore);
    await running.close();
  }
}
