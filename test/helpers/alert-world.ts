import { Alerts, type WaitingForPerson } from '../../src/daemon/alerts/alerts.js';
import type { DeliveryReport, Post } from '../../src/daemon/alerts/delivery.js';
import type { LoginHealth } from '../../src/daemon/login/login-health.js';
import type { Lang } from '../../src/messages/index.js';
import type { HttpAnswer } from '../../src/observe/alerts/answer.js';
import { Health } from '../../src/observe/health.js';
import type { KnownLink } from '../../src/observe/link-record.js';
import { Redactor } from '../../src/observe/redact.js';
import { Snapshot } from '../../src/observe/snapshot.js';
import { ALERT_KINDS, type AlertChannel, type AlertsPlan } from '../../src/protocol/alert.js';
import type { LinkState, ServerState, Status, StatusEvent } from '../../src/protocol/status.js';
import { diagnosis, down, serverDown } from '../unit/messages/events.js';
import { ManualClock } from './manual-clock.js';

export const WEBHOOK: AlertChannel = {
  ...{ kind: 'webhook', host: 'receiver', url: 'http://receiver/secret-path-of-the-hook', headers: {} },
};
export const TELEGRAM: AlertChannel = {
  ...{ kind: 'telegram', host: 'api.telegram.org', apiUrl: 'https://api.telegram.org' },
  ...{ botToken: '123456:AAsecretsecretsecret', chatId: '42' },
};

export function alertsPlan(more: Partial<AlertsPlan> = {}): AlertsPlan {
  return { channels: [WEBHOOK], afterMs: 120_000, on: ALERT_KINDS, lang: 'en', name: 'vps-1', ...more };
}

/** The body of a webhook, as far as tests look into it. */
export interface Sent {
  id: string;
  text: string;
  alerts: {
    state: string;
    kind: string;
    subject: { of: string; name: string };
    why: string | null;
    forMs: number;
  }[];
  more: number;
}

const START = Date.UTC(2026, 0, 1);

/** Links as the snapshot knows them, alerts on a clock that the test moves, and a receiver that the test scripts. */
export class AlertWorld {
  readonly clock = new ManualClock();
  readonly sent: { channel: string; url: string; body: string }[] = [];
  readonly reports: DeliveryReport[] = [];
  readonly snapshot: Snapshot;
  readonly alerts: Alerts;
  /** Logins of the servers. */
  logins: LoginHealth[] = [];
  /** What waits for a person. */
  waits: WaitingForPerson[] = [];
  /** Answers a request; the default takes everything. */
  answer: (count: number) => HttpAnswer | Promise<HttpAnswer> | Error = () => OK;
  readonly #health: Health;

  constructor(
    links: readonly (string | KnownLink)[],
    { plan = alertsPlan(), lang = 'en' as Lang, secrets = [] as string[] } = {},
  ) {
    const date = () => START + this.clock.now();
    const redactor = new Redactor(secrets);
    const redact = (text: string) => redactor.redact(text);
    this.snapshot = new Snapshot(links, date);
    this.#health = new Health(this.snapshot, START, redact, lang);
    const post: Post = async ({ kind: channel }, { url, body }) => {
      this.sent.push({ channel, url, body });
      const answer = await this.answer(this.sent.length);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    this.alerts = new Alerts(plan, {
      links: () => this.snapshot.links,
      report: (wanted) => this.#health.report(1, date(), wanted),
      logins: () => this.logins,
      waits: () => this.waits,
      ...{ redact, lang, clock: this.clock, date, post },
      onReport: (report) => this.reports.push(report),
    });
  }

  /** What the webhook got, parsed. */
  get bodies(): Sent[] {
    return this.sent.map(({ body }) => JSON.parse(body) as Sent);
  }

  /** `raised link-down kitchen`, one for each alert, message by message. */
  get told(): string[][] {
    return this.bodies.map(({ alerts }) =>
      alerts.map((one) => `${one.state} ${one.kind} ${one.subject.name}`),
    );
  }

  say(event: StatusEvent, link: string, server?: string): void {
    const status: Status = { at: START + this.clock.now(), link, ...(server ? { server } : {}), ...event };
    this.snapshot.onStatus(status);
    this.#health.onStatus(status);
    this.alerts.onStatus(status);
  }

  move(to: LinkState, link: string): void {
    const from = this.snapshot.link(link)?.state ?? 'idle';
    this.say({ type: 'link-state', from, to }, link);
  }

  moveServer(to: ServerState, link: string, server?: string): void {
    const from: ServerState = to === 'starting' ? 'waiting' : 'starting';
    this.say({ type: 'server-state', from, to }, link, server);
  }

  /** The server runs, and the endpoint is connected. */
  up(link: string): void {
    this.move('starting', link);
    this.moveServer('ready', link);
    this.move('dialing', link);
    this.move('open', link);
  }

  /** The connection is gone and cannot be made. */
  down(link: string, attempt = 1): void {
    this.move('waiting', link);
    this.say(down(diagnosis('connection-lost', { code: 1006 }), { attempt }), link);
  }

  /** The server exits after this long. */
  crash(link: string, livedMs = 20_000, server?: string): void {
    this.moveServer('waiting', link, server);
    this.say(serverDown({ livedMs, failures: 1 }), link, server);
  }
}

export const OK: HttpAnswer = { status: 200, retryAfterMs: undefined, body: '' };
