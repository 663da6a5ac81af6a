import type { Status } from '../protocol/status.js';
import { type ServerSnapshot, serverOf } from './link-snapshot.js';
import type { Reasons } from './reasons.js';
import { ServerHistories } from './server-history.js';
import { applyServerStatus, newServer, type ServerRecord } from './server-record.js';
import { StandingWarnings } from './standing-warnings.js';

/** What is said of the state of a server; no event of a connection is among them. */
const OF_STATE: ReadonlySet<Status['type']> = new Set<Status['type']>([
  'server-state',
  'server-kept',
  'server-starting',
  'server-ready',
  'server-refused',
  'server-silent',
  'server-responding',
  'server-breaker',
  'server-down',
  'server-replaced',
  'call-timeout',
]);

/** More would be one leak or another: a server that has stopped for good is dropped. */
const MOST = 1_024;

/**
 * The state of servers that no link of the plan uses: those that the gateway keeps running, and processes for some clients only
 * (`memory@alice`).
 */
export class ApartServers {
  /** Its name among the observers. */
  readonly name = 'apart-servers';
  readonly reasons: Reasons;
  readonly #records = new Map<string, ServerRecord>();
  readonly #histories = new ServerHistories();
  readonly #warnings = new StandingWarnings();

  /** @param reasons Why such servers do not work; what it knows of one that has stopped is dropped. */
  constructor(reasons: Reasons) {
    this.reasons = reasons;
  }

  readonly onClientStatus = (status: Status): void => {
    if (!OF_STATE.has(status.type)) return;
    const name = status.server ?? status.link;
    if (status.type === 'server-state' && status.to === 'stopped') return this.#forget(name);
    const before = this.#records.get(name) ?? newServer(name);
    this.#records.set(name, applyServerStatus(before, status));
    this.#histories.onStatus(status, name);
    if (this.#records.size > MOST) this.#forget(this.#records.keys().next().value!);
  };

  /** The current facts of a server, its calls left out; undefined when nothing is known. @param now Milliseconds since 1970 */
  server(name: string, now: number): ServerSnapshot | undefined {
    const record = this.#records.get(name);
    const beside = { now, reading: undefined, histories: this.#histories, warnings: this.#warnings };
    return record && serverOf(record, { ...beside, isShared: () => false });
  }

  #forget(name: string): void {
    this.#records.delete(name);
    this.#histories.forget(name);
    this.reasons.forgetServer(name);
  }
}
