import { hostname } from 'node:os';
import { ALERTS, type AlertNumbers } from '../../config/alert-defaults.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { formatEvent } from '../../messages/status-words.js';
import type { AlertNews } from '../../observe/alerts/outbox.js';
import { type Sighting, sightingsOf } from '../../observe/alerts/sightings.js';
import { type AlertChange, AlertTracker, keyOf } from '../../observe/alerts/tracker.js';
import type { HealthReport, LinkHealth } from '../../observe/health.js';
import type { LinkSnapshot } from '../../observe/link-snapshot.js';
import type { AlertChannel, AlertsPlan } from '../../protocol/alert.js';
import type { Status } from '../../protocol/status.js';
import { type Clock, idleClock } from '../../time/clock.js';
import type { LoginHealth } from '../login/login-health.js';
import { Delivery, type DeliveryReport, type DeliveryWords, type Post, postOver } from './delivery.js';

export interface AlertsOptions {
  /** The current state of every link. */
  links: () => readonly LinkSnapshot[];
  /** The same with reasons in words, without secrets. */
  report: (lang: Lang) => HealthReport;
  /** Logins of the running plan's servers. Default: none. */
  logins?: (lang: Lang) => readonly LoginHealth[];
  /** What waits for a person: a name for it, and what to do. Default: nothing. */
  waits?: (lang: Lang) => readonly WaitingForPerson[];
  /** Gets each change as well, whatever the channels are. */
  onNews?: (news: readonly AlertNews[]) => void;
  /** Removes secrets. */
  redact: (text: string) => string;
  /** Language of the log, and of the alerts unless the plan has one. */
  lang: Lang;
  /** Called with what the log should say. */
  onReport: (report: DeliveryReport) => void;
  /** Default: the numbers of mcp-pipe. */
  numbers?: AlertNumbers;
  clock?: Pick<Clock, 'now' | 'after'>;
  date?: () => number;
  /** Default: HTTP. */
  post?: Post;
}

/** A call or tool that waits for a person. */
export interface WaitingForPerson {
  name: string;
  text: string;
}

/** Events after which the state of a link or server may be another one; the others may come by the million. */
const OF_INTEREST: ReadonlySet<Status['type']> = new Set<Status['type']>([
  'link-state',
  'server-state',
  'server-kept',
  'server-down',
  'server-silent',
  'server-responding',
  'token-contention',
  'token-contention-over',
  'regrouped',
]);

/** How often logins are looked at that come to their end, in milliseconds; days are left then. */
const LOGINS_EVERY_MS = 600_000;

/** Looks at the links now and then, and tells each channel what is worth an alert. It keeps no link waiting. */
// D151
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #numbers: AlertNumbers;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #date: () => number;
  readonly #post: Post;
  readonly #tracker = new AlertTracker();
  readonly #deliveries = new Map<AlertChannel['kind'], Delivery>();
  /** The last `token-contention` of each link. */
  readonly #contention = new Map<string, Extract<Status, { type: 'token-contention' }>>();
  #plan: AlertsPlan;
  #cancelLook = (): void => {};
  /** When the next look is due, on the clock; undefined when none is. */
  #lookAt: number | undefined;
  /** The least wait before the next look, in milliseconds. */
  #pauseMs: number;
  #isClosed = false;

  constructor(plan: AlertsPlan, options: AlertsOptions) {
    const { numbers = ALERTS, clock = idleClock, date = Date.now } = options;
    this.#options = options;
    this.#numbers = numbers;
    this.#clock = clock;
    this.#date = date;
    this.#post = options.post ?? postOver({ numbers, clock });
    this.#pauseMs = numbers.lookMs;
    this.#plan = plan;
    this.use(plan);
  }

  /** Goes on with another plan: what was reported stays reported. */
  use(plan: AlertsPlan): void {
    this.#plan = plan;
    const words = this.#words;
    for (const channel of plan.channels) {
      const known = this.#deliveries.get(channel.kind);
      if (known) known.use(channel, words);
      else {
        const { lang: logLang, onReport } = this.#options;
        const options = { ...this.#parts(), logLang, onReport };
        this.#deliveries.set(channel.kind, new Delivery(channel, words, options));
      }
    }
    for (const [kind, delivery] of this.#deliveries) {
      if (plan.channels.some((channel) => channel.kind === kind)) continue;
      delivery.abort();
      this.#deliveries.delete(kind);
    }
    this.#lookIn(this.#pauseMs);
  }

  /** Reads a Status; call it for every event, after the snapshot. */
  onStatus(status: Status): void {
    if (!OF_INTEREST.has(status.type)) return;
    if (status.type === 'token-contention') this.#contention.set(status.link, status);
    this.#lookIn(this.#pauseMs);
  }

  /** Something waits for a person that did not, or waits no more. */
  touch(): void {
    this.#lookIn(this.#pauseMs);
  }

  /** Sends what is left, for at most `flushMs`. What happens from now on is no alert. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    const deliveries = [...this.#deliveries.values()];
    let cancel = () => {};
    const isLate = new Promise<void>((resolve) => {
      cancel = this.#clock.after(this.#numbers.flushMs, resolve);
    });
    await Promise.race([isLate, Promise.all(deliveries.map((one) => one.close()))]);
    cancel();
    for (const one of deliveries) one.abort();
  }

  /** Number of alerts that are open. */
  get open(): number {
    return this.#tracker.open;
  }

  #parts() {
    return { numbers: this.#numbers, clock: this.#clock, date: this.#date, post: this.#post };
  }

  get #words(): DeliveryWords {
    const { lang = this.#options.lang, name = hostname() } = this.#plan;
    return { lang, name: this.#options.redact(name) };
  }

  /** Looks within this time at the latest. */
  #lookIn(ms: number): void {
    if (this.#isClosed) return;
    const at = this.#clock.now() + ms;
    if (this.#lookAt !== undefined && this.#lookAt <= at) return;
    this.#cancelLook();
    this.#lookAt = at;
    this.#cancelLook = this.#clock.after(ms, () => {
      this.#lookAt = undefined;
      this.#look();
    });
  }

  #look(): void {
    const now = this.#clock.now();
    const at = this.#date();
    const times = { ...this.#numbers, afterMs: this.#plan.afterMs };
    const logins = this.#options.logins?.(this.#words.lang) ?? [];
    const { on } = this.#plan;
    const waits = on.includes('waits-for-person') ? (this.#options.waits?.(this.#words.lang) ?? []) : [];
    const seen = [
      ...withLogins(sightingsOf(this.#options.links(), on, at), logins, on),
      ...waits.map(sightingOf),
    ];
    // Nothing happens when a login comes near its end.
    if (logins.some(({ expiresAt, renews }) => expiresAt !== undefined && !renews))
      this.#lookIn(LOGINS_EVERY_MS);
    const changes = this.#tracker.update(seen, times, now, at);
    const keys = new Set(seen.map(({ subject }) => keyOf(subject)));
    const news = this.#newsOf(changes, at);
    if (news.length > 0) this.#options.onNews?.(news);
    for (const delivery of this.#deliveries.values()) {
      delivery.keepOnly(keys);
      if (news.length > 0) delivery.add(news);
    }
    const { lookMs, lookAgainMs, lookPauseTimes } = this.#numbers;
    this.#pauseMs = Math.max(lookMs, (this.#clock.now() - now) * lookPauseTimes);
    const due = this.#tracker.dueInMs(times, now);
    if (due !== undefined) this.#lookIn(Math.max(due, this.#pauseMs));
    if (this.#tracker.open > 0) this.#lookIn(Math.max(lookAgainMs, this.#pauseMs));
  }

  #newsOf(changes: readonly AlertChange[], at: number): AlertNews[] {
    if (changes.length === 0) return [];
    const { lang } = this.#words;
    const report = changes.some(({ state }) => state === 'raised') ? this.#options.report(lang) : undefined;
    return changes.map((change) => ({
      ...change,
      at,
      why: change.state === 'raised' ? this.#whyOf(change, report!, lang) : undefined,
    }));
  }

  #whyOf({ subject, kind }: AlertChange, report: HealthReport, lang: Lang): string | undefined {
    const { of, name } = subject;
    if (kind === 'login-ending')
      return this.#options.logins?.(lang).find(({ server }) => server === name)?.text;
    if (kind === 'waits-for-person')
      return this.#options.waits?.(lang).find((one) => one.name === name)?.text;
    if (of === 'server') return whyOfServer(name, report);
    const contention = kind === 'token-contention' ? this.#contention.get(name) : undefined;
    if (contention) return escapeControls(this.#options.redact(formatEvent(contention, { lang })));
    const link = report.links.find((one) => one.name === name);
    return link && (link.connectionWhy ?? link.serverWhy ?? whyOfMembers(link));
  }
}

/** Each has an alert of its own, which is over without a word when a person has decided. */
function sightingOf({ name }: WaitingForPerson): Sighting {
  const subject = { of: 'server', name } as const;
  return { subject, health: 'bad', kind: 'waits-for-person', cause: undefined, links: [] };
}

/** A server that works, but whose login ends soon. */
function withLogins(
  seen: readonly Sighting[],
  logins: readonly LoginHealth[],
  on: AlertsPlan['on'],
): readonly Sighting[] {
  const ending = new Set(logins.filter(({ state }) => state === 'ending').map(({ server }) => server));
  if (ending.size === 0 || !on.includes('login-ending')) return seen;
  return seen.map((one) => {
    const { subject, health } = one;
    const isMeant = subject.of === 'server' && ending.has(subject.name) && health !== 'bad';
    return isMeant ? { ...one, health: 'bad', kind: 'login-ending', cause: undefined } : one;
  });
}

function whyOfServer(name: string, { servers = [], links }: HealthReport): string | undefined {
  const members = [...servers, ...links.flatMap((link) => link.members ?? [])];
  const found = members.find((one) => one.name === name && one.why !== undefined);
  return found?.why ?? links.find((link) => link.name === name)?.serverWhy;
}

function whyOfMembers({ members = [] }: LinkHealth): string | undefined {
  return members.find(({ why }) => why !== undefined)?.why;
}
