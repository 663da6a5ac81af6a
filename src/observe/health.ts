import type { Status } from '../protocol/status.js';
import { escapeControls } from './human.js';
import type { Lang } from './messages/index.js';
import { hasFailed, type LinkSnapshot, type Snapshot } from './snapshot.js';
import { say } from './status-words.js';

/** What is true of one link, with the words for why it is down. Times are milliseconds since 1970. */
export interface LinkHealth extends LinkSnapshot {
  /** What the server calls itself; undefined until it has said so. */
  serverName: string | undefined;
  /** It cannot work as things are: the server or the endpoint failed again and again. */
  failed: boolean;
  /** Why the server is down, and when it is started again. */
  serverWhy: string | undefined;
  /** Why there is no connection, and when it is dialled again. */
  connectionWhy: string | undefined;
}

export interface HealthReport {
  /** False when every link has failed; one that is still starting has not. */
  healthy: boolean;
  pid: number;
  startedAt: number;
  /** When this was said. */
  at: number;
  links: LinkHealth[];
}

interface Last {
  serverDown?: Extract<Status, { type: 'server-down' }>;
  down?: Extract<Status, { type: 'down' }>;
  serverName?: string | undefined;
}

/** Keeps the last reason of each link beside the snapshot. */
export class Health {
  readonly #snapshot: Snapshot;
  readonly #last = new Map<string, Last>();
  readonly #startedAt: number;
  readonly #redact: (text: string) => string;
  readonly #lang: Lang;

  constructor(snapshot: Snapshot, startedAt: number, redact: (text: string) => string, lang: Lang) {
    this.#snapshot = snapshot;
    this.#startedAt = startedAt;
    this.#redact = redact;
    this.#lang = lang;
  }

  /** Takes a Status in; to be used as a listener. */
  readonly onStatus = (status: Status): void => {
    const { type, link } = status;
    if (type !== 'server-down' && type !== 'down' && type !== 'server-ready') return;
    const last = this.#last.get(link) ?? {};
    if (type === 'server-down') last.serverDown = status;
    else if (type === 'down') last.down = status;
    else last.serverName = status.name ?? last.serverName;
    this.#last.set(link, last);
  };

  report(pid: number, at: number): HealthReport {
    return {
      healthy: !this.#snapshot.allFailed(),
      pid,
      startedAt: this.#startedAt,
      at,
      links: this.#snapshot.links.map((link) => this.#of(link, at)),
    };
  }

  #of(link: LinkSnapshot, at: number): LinkHealth {
    const { serverDown, down, serverName } = this.#last.get(link.name) ?? {};
    const lang = this.#lang;
    const clean = (text: string) => escapeControls(this.#redact(text));
    const left = (until: number | undefined) => Math.max(0, (until ?? at) - at);
    return {
      ...link,
      serverName: serverName === undefined ? undefined : clean(serverName),
      failed: hasFailed(link),
      serverWhy:
        serverDown && link.server !== 'ready' && link.failures.server > 0
          ? clean(say({ ...serverDown, nextStartMs: left(link.nextStartAt) }, { lang }))
          : undefined,
      connectionWhy:
        down && link.state !== 'open' && link.failures.dial > 0
          ? clean(say({ ...down, nextDialMs: left(link.nextDialAt) }, { lang }))
          : undefined,
    };
  }
}
