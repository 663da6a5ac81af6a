import type { Plan } from '../config/plan.js';
import type { Lang } from '../messages/index.js';
import { Health, type HealthReport } from '../observe/health.js';
import { Redactor } from '../observe/redact.js';
import { type LinkSnapshot, Snapshot } from '../observe/snapshot.js';
import type { Status } from '../protocol/status.js';

/**
 * Knows at any moment what is true of a plan that runs: hand `onStatus` to the daemon, and ask. It is what
 * `mcp-pipe health` and the lines on a terminal read, too.
 */
export class Watch {
  readonly #snapshot: Snapshot;
  readonly #health: Health;

  /** `lang` is the language of the reasons in `health()`. */
  constructor(plan: Plan, { lang = 'en' }: { lang?: Lang } = {}) {
    const redactor = new Redactor(plan.secrets);
    this.#snapshot = new Snapshot(plan.links);
    this.#health = new Health(this.#snapshot, Date.now(), (text) => redactor.redact(text), lang);
  }

  /** Takes a Status in. */
  readonly onStatus = (status: Status): void => {
    this.#snapshot.onStatus(status);
    this.#health.onStatus(status);
  };

  /** Every link as it is now: state, since when, its servers, calls. */
  get links(): readonly LinkSnapshot[] {
    return this.#snapshot.links;
  }

  /** The same with reasons in words, free of secrets, and whether any link can work. */
  health(): HealthReport {
    return this.#health.report(process.pid, Date.now());
  }
}
