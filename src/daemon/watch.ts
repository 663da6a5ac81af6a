import type { Plan } from '../config/plan.js';
import type { Lang } from '../messages/index.js';
import { Health, type HealthReport } from '../observe/health.js';
import { Redactor } from '../observe/redact.js';
import { type LinkSnapshot, Snapshot } from '../observe/snapshot.js';
import type { Status } from '../protocol/status.js';

/**
 * Keeps the current state of a running plan: hand `onStatus` to a daemon, then read `links` or `health()`. `mcp-pipe
 * health` and the lines on a terminal read the same.
 */
export class Watch {
  /** What `links` reads; to be told before `reports`. */
  readonly snapshot: Snapshot;
  /** What `health()` reads beside it. */
  readonly reports: Health;
  readonly #redactor: Redactor;

  /** `lang` is the language of the reasons in `health()`. */
  constructor(plan: Plan, { lang = 'en' }: { lang?: Lang } = {}) {
    const redactor = new Redactor(plan.secrets);
    this.#redactor = redactor;
    this.snapshot = new Snapshot(plan.links);
    this.reports = new Health(this.snapshot, Date.now(), (text) => redactor.redact(text), lang);
  }

  /** Takes note of a Status. The watch of an `App` is given each already. */
  readonly onStatus = (status: Status): void => {
    this.snapshot.onStatus(status);
    this.reports.onStatus(status);
  };

  /** Takes note of another plan that runs from now on: the `onPlan` of a daemon. The watch of an `App` is told already. */
  readonly onPlan = (plan: Plan, made: readonly string[]): void => {
    this.#redactor.add(plan.secrets);
    this.snapshot.planned(plan.links, made);
  };

  /** The current state of every link: its state and since when, its servers and their calls. */
  get links(): readonly LinkSnapshot[] {
    return this.snapshot.links;
  }

  /** The same with reasons as texts, without secrets, and whether any link can work. */
  health(): HealthReport {
    return this.reports.report(process.pid, Date.now());
  }
}
