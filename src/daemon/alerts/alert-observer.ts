import type { Logger } from 'pino';
import { type Lang, messagesFor } from '../../messages/index.js';
import { Redactor } from '../../observe/redact.js';
import { type AlertsPlan, CHANNEL_NAMES } from '../../protocol/alert.js';
import type { SentryPlan } from '../../protocol/reporting.js';
import type { Status } from '../../protocol/status.js';
import type { App } from '../app.js';
import { WATCHED } from '../sentry/sentry-observer.js';
import type { Alerts, AlertsOptions } from './alerts.js';

/** The part of a plan that alerts need. */
interface Planned {
  alerts?: AlertsPlan | undefined;
  /** Reports to Sentry, which are about the same. */
  sentry?: SentryPlan | undefined;
  secrets: readonly string[];
}

/** Adds alerts to a running app, as its plan has them. The caller closes them before the app stops. */
export function addAlerts(
  app: Pick<App, 'observers' | 'watch'>,
  plan: Planned,
  logger: Pick<Logger, 'info' | 'warn'>,
  lang: Lang,
  { logins, waits, onNews }: Pick<AlertsOptions, 'logins' | 'waits' | 'onNews'> = {},
): AlertObserver {
  const { snapshot, reports } = app.watch;
  const redactor = new Redactor();
  const alerts = new AlertObserver(plan, redactor, {
    links: () => snapshot.links,
    report: (wanted) => reports.report(process.pid, Date.now(), wanted),
    redact: (text) => redactor.redact(text),
    ...(logins ? { logins } : {}),
    ...(waits ? { waits } : {}),
    ...(onNews ? { onNews } : {}),
    lang,
    onReport: ({ level, text, ...fields }) => logger[level](fields, text),
  });
  app.observers.push(alerts);
  const to = plan.alerts?.channels.map(({ kind }) => kind) ?? [];
  if (to.length > 0) {
    const { sendingTo } = messagesFor(lang).notices;
    logger.info({ alerts: to }, sendingTo({ channels: to.map((kind) => CHANNEL_NAMES[kind]).join(', ') }));
  }
  return alerts;
}

/**
 * Alerts as an observer of a run: there are some as soon as a plan has a section for them. What sends them is loaded then.
 * An alert is found by the state of the links, so no event is missed meanwhile.
 */
class AlertObserver {
  /** Its name among the observers. */
  readonly name = 'alerts';
  readonly #options: AlertsOptions;
  readonly #redactor: Redactor;
  #wanted: AlertsPlan | undefined;
  #alerts: Alerts | undefined;
  #isClosed = false;

  constructor(plan: Planned, redactor: Redactor, options: AlertsOptions) {
    this.#options = options;
    this.#redactor = redactor;
    void this.onPlan(plan);
  }

  readonly onStatus = (status: Status): void => this.#alerts?.onStatus(status);

  readonly onHeldChange = (): void => this.#alerts?.touch();

  readonly onPlan = ({ alerts, sentry, secrets }: Planned): Promise<void> => {
    this.#redactor.add(secrets);
    return this.#use(alerts ?? (sentry && WATCHED));
  };

  readonly onSecrets = (secrets: readonly string[]): void => this.#redactor.add(secrets);

  /** Sends what is left, for a few seconds at most. The end of the links is no alert: call it before they stop. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#alerts?.close();
  }

  async #use(plan: AlertsPlan | undefined): Promise<void> {
    this.#wanted = plan;
    if (plan !== undefined && this.#alerts === undefined) {
      const { Alerts } = await import('./alerts.js');
      // Meanwhile another plan may have come, or the end.
      if (this.#isClosed || this.#wanted === undefined) return;
      this.#alerts ??= new Alerts(this.#wanted, this.#options);
    }
    const running = this.#alerts;
    if (this.#wanted !== undefined) return running?.use(this.#wanted);
    this.#alerts = undefined;
    await running?.close();
  }
}
