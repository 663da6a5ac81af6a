import type { Plan } from '../config/plan.js';
import type { Lang } from '../messages/index.js';
import { ApartServers } from '../observe/apart-servers.js';
import { Health, type HealthReport } from '../observe/health.js';
import type { LinkSnapshot } from '../observe/link-snapshot.js';
import { Redactor } from '../observe/redact.js';
import { Snapshot } from '../observe/snapshot.js';
import type { Status } from '../protocol/status.js';

/**
 * Keeps the current state of a running plan (D13): pass `onStatus` to a daemon, then read `links` or `health()`. `mcp-pipe
 * health` and the live lines on a terminal read the same.
 */
export class Watch {
  /** State behind `links`. It has to get each event before `reports`. */
  readonly snapshot: Snapshot;
  /** State behind `health()`. */
  readonly reports: Health;
  /** State of servers that no planned link uses. */
  readonly apart: ApartServers;
  readonly #redactor: Redactor;

  /** `lang` is the language of the reasons in `health()`. */
  constructor(plan: Plan, { lang = 'en' }: { lang?: Lang } = {}) {
    const redactor = new Redactor(plan.secrets);
    this.#redactor = redactor;
    this.snapshot = new Snapshot(plan.links);
    const redact = (text: string) => redactor.redact(text);
    this.reports = new Health(this.snapshot, Date.now(), redact, lang);
    this.apart = new ApartServers(this.reports.ofClients, plan);
  }

  /** Reads a Status. An `App` calls it for its own watch. */
  readonly onStatus = (status: Status): void => {
    this.snapshot.onStatus(status);
    this.reports.onStatus(status);
  };

  /** Call it when another plan is applied, as a daemon's `onPlan` does. An `App` calls it for its own watch. */
  readonly onPlan = (plan: Plan, made: readonly string[]): void => {
    this.#redactor.add(plan.secrets);
    this.snapshot.planned(plan.links, made);
  };

  /** Call it with secrets that came later. An `App` calls it for its own watch. */
  readonly onSecrets = (secrets: readonly string[]): void => this.#redactor.add(secrets);

  /** The current state of every link: its state and since when, its servers and their calls. */
  get links(): readonly LinkSnapshot[] {
    return this.snapshot.links;
  }

  /** Whether a server, by its name in the configuration, is ready and does not exit again and again. */
  isWell(server: string): boolean {
    return this.links.some(({ name, server: state, members }) =>
      members
        ? members.some((member) => member.name === server && member.state === 'ready')
        : name === server && state === 'ready',
    );
  }

  /** The state of every link with reasons as texts, without secrets; `healthy` says whether any link can work. */
  health(): HealthReport {
    return this.reports.report(process.pid, Date.now());
  }
}
