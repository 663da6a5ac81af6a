import type { DemandFacts } from '../protocol/demand.js';
import type { LimitFacts } from '../protocol/resource-limits.js';
import type { CopyFacts } from '../protocol/stats.js';
import type { Status } from '../protocol/status.js';
import { type ServerFacts, type ServerSnapshot, serverOf } from './link-snapshot.js';
import type { ObservedPlan } from './observer.js';
import { serverOfProcess } from './process-name.js';
import type { Reasons } from './reasons.js';
import { ServerHistories } from './server-history.js';
import { applyServerStatus, newServer, type ServerRecord, sumUp } from './server-record.js';
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

/** What a server that no link uses does; `since`: milliseconds since 1970. */
export type ApartServer = Pick<ServerRecord, 'name' | 'state' | 'since' | 'startMs' | 'isWaking'> &
  Pick<ServerFacts, 'demand' | 'limits'>;

type Planned = Pick<ObservedPlan, 'servers' | 'gateway'> & {
  links: readonly { servers: readonly string[] }[];
};

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
  /** See `Snapshot.demandOf`. */
  demandOf: (server: string) => DemandFacts | undefined = () => undefined;
  /** See `Snapshot.limitsOf`. */
  limitsOf: (server: string) => LimitFacts | undefined = () => undefined;
  /** The processes of a server, or of one for some clients only, that has several. Set by the daemon. */
  copiesOf: (server: string) => readonly CopyFacts[] | undefined = () => undefined;
  readonly #records = new Map<string, ServerRecord>();
  readonly #histories = new ServerHistories();
  readonly #warnings = new StandingWarnings();

  /** Of the plan, those that no link uses. */
  #planned: ReadonlySet<string> = new Set();
  #hasGateway = false;

  /** @param reasons Why such servers do not work; what it knows of one that has stopped is dropped. */
  constructor(reasons: Reasons, plan: Planned = { links: [] }) {
    this.reasons = reasons;
    this.onPlan(plan);
  }

  onPlan({ links, servers = [], gateway }: Planned): void {
    const used = new Set(links.flatMap((link) => link.servers));
    this.#planned = new Set(servers.flatMap(({ name }) => (used.has(name) ? [] : [name])));
    this.#hasGateway = gateway !== undefined;
    // What happens to them from now on is told to their links.
    for (const name of used) if (this.#records.has(name)) this.#forget(name);
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
    const { demandOf, limitsOf, copiesOf } = this;
    return record && serverOf(record, { ...beside, isShared: () => false, demandOf, limitsOf, copiesOf });
  }

  /**
   * Each server of the plan that no link uses. One with processes for some clients only is as the best of these. Those of a
   * gateway that have none yet are started by a call.
   */
  all(now: number): ApartServer[] {
    const processes = new Map<string, ServerSnapshot[]>();
    for (const name of this.#records.keys()) {
      const of = serverOfProcess(name, (server) => this.#planned.has(server));
      const process = this.server(name, now)!;
      if (of !== undefined) processes.set(of, [...(processes.get(of) ?? []), process]);
    }
    return [...this.#planned].flatMap((name): ApartServer[] => {
      const [first, ...others] = processes.get(name) ?? [];
      if (first) return [others.length === 0 ? { ...first, name } : bestOf(name, [first, ...others])];
      return this.#hasGateway ? [{ name, state: 'idle-stopped', since: undefined }] : [];
    });
  }

  #forget(name: string): void {
    this.#records.delete(name);
    this.#histories.forget(name);
    this.reasons.forgetServer(name);
  }
}

/** In its state since the first of them is. */
function bestOf(name: string, processes: readonly ServerSnapshot[]): ApartServer {
  const { state } = sumUp(processes);
  const since = processes.flatMap((one) => (one.state === state ? (one.since ?? []) : []));
  return { name, state, since: since.length === 0 ? undefined : Math.min(...since) };
}
