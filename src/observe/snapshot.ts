import type { DemandFacts } from '../protocol/demand.js';
import type { LimitFacts } from '../protocol/resource-limits.js';
import type { LinkStats } from '../protocol/stats.js';
import type { Status } from '../protocol/status.js';
import {
  applyStatus,
  asServer,
  changed,
  type KnownLink,
  type LinkRecord,
  LOGGED_ONLY,
  membersOf,
  newLink,
  serverNamesOf,
} from './link-record.js';
import { hasFailed, type LinkSnapshot, snapshotOf } from './link-snapshot.js';
import { ServerHistories } from './server-history.js';
import { newServer, type ServerRecord, sumUp } from './server-record.js';
import { StandingWarnings } from './standing-warnings.js';

/** The process that owns the control socket at `path`. */
export interface ControlHolder {
  /** Path of the socket, or name of the pipe on Windows. */
  path: string;
  /** Id of the process that listens. */
  pid: number;
  /** Milliseconds since 1970. */
  since: number;
}

/** The current facts about every link, for health, the live lines on a terminal, and programs. */
export class Snapshot {
  #links: Map<string, LinkRecord>;
  /** Links whose servers have moved to other links; later events of these links are ignored. */
  readonly #dissolved = new Set<string>();
  /** Servers of links with several, in the order of the configuration. */
  #order: readonly string[];
  /** Links of an earlier plan that the present plan does not have; their last events are ignored. */
  #removed: ReadonlySet<string> = new Set();
  /** Links that the present plan replaces: their record starts anew when the old link is closed. */
  readonly #renewed = new Map<string, KnownLink>();
  /** As they were planned last. */
  #planned: readonly KnownLink[];
  /** Servers that are not on their link any more, as `link\nserver`; what they say of their end is ignored. */
  readonly #left = new Set<string>();
  readonly #histories = new ServerHistories();
  readonly #warnings = new StandingWarnings();
  readonly #now: () => number;
  /** Returns the current numbers of a running link; undefined before the daemon has started. Set by the daemon. */
  read: (link: string) => LinkStats | undefined = () => undefined;
  /** What is known of a server that is started on demand; undefined for any other. Set by the daemon. */
  demandOf: (server: string) => DemandFacts | undefined = () => undefined;
  /** What is known of a server with limits; undefined for any other. Set by the daemon. */
  limitsOf: (server: string) => LimitFacts | undefined = () => undefined;
  /** The process that owns the control socket; undefined when none is known. */
  control: ControlHolder | undefined;
  /** Its name among the observers. */
  readonly name = 'snapshot';

  /**
   * @param links Every link that will run, by its name or as planned: a link without events has not failed.
   * @param now Milliseconds since 1970.
   */
  constructor(links: Iterable<string | KnownLink> = [], now: () => number = Date.now) {
    const known = [...links].map((link) => (typeof link === 'string' ? { name: link } : link));
    this.#links = new Map(known.map((link) => [link.name, newLink(link)]));
    this.#order = orderOf(known);
    this.#planned = known;
    this.#now = now;
  }

  /**
   * Call it when another plan is applied.
   *
   * @param renewed Names of the links that are replaced or added; all others go on.
   */
  planned(links: readonly KnownLink[], renewed: readonly string[]): void {
    const names = new Set(links.map(({ name }) => name));
    const before = this.#links;
    this.#removed = new Set([...before.keys(), ...this.#removed].filter((name) => !names.has(name)));
    this.#renewed.clear();
    // A link that was not started yet says nothing of its end, so the new one is shown at once.
    const isRenewed = ({ name }: KnownLink) =>
      renewed.includes(name) && (before.get(name)?.state ?? 'idle') !== 'idle';
    for (const link of links.filter(isRenewed)) this.#renewed.set(link.name, link);
    for (const name of [...renewed, ...this.#removed]) this.#dissolved.delete(name);
    for (const { name, servers = [] } of links)
      for (const server of servers) this.#left.delete(`${name}\n${server}`);
    this.#order = orderOf(links);
    this.#links = new Map(
      links
        .filter(({ name }) => !this.#dissolved.has(name))
        .map((link) => {
          const known = before.get(link.name);
          if (isRenewed(link)) return [link.name, known!];
          const isNew = !known || renewed.includes(link.name);
          return [link.name, isNew ? newLink(link) : this.#withServers(known, link)];
        }),
    );
    this.#planned = links;
  }

  /** Reads a Status; call it for every event. */
  readonly onStatus = (status: Status): void => {
    const { link, alsoLinks, type } = status;
    if (type === 'regrouped' && status.into !== link) return this.#regroup(link, status);
    // Lines of stderr may come by the million.
    if (alsoLinks && LOGGED_ONLY.has(type)) return;
    let isHeard = this.#tell(link, status);
    for (const other of alsoLinks ?? []) isHeard = this.#tell(other, status) || isHeard;
    if (!isHeard) return;
    const of = this.serverOf(status);
    this.#histories.onStatus(status, of);
    this.#warnings.onStatus(status, of);
  };

  /** Name of the server that the status is about, in the configuration; the link's name when it is about no server. */
  serverOf({ link, server }: Pick<Status, 'link' | 'server'>): string {
    const members = this.#links.get(link)?.members;
    return server ?? (members?.length === 1 ? members[0]!.name : link);
  }

  /** Changes one of the links that the status is about. Returns false when the link is not to hear of it any more. */
  #tell(name: string, status: Status): boolean {
    if (this.#dissolved.has(name) || this.#removed.has(name)) return false;
    if (status.server !== undefined && this.#left.has(`${name}\n${status.server}`)) return false;
    this.#renew(name);
    const before = this.#links.get(name) ?? newLink({ name });
    this.#links.set(name, applyStatus(before, status));
    return true;
  }

  /** A link that goes on, with the servers of the next plan; those that it has taken over from another link stay. */
  #withServers(link: LinkRecord, { servers = [] }: KnownLink): LinkRecord {
    const { name, members } = link;
    const before = this.#planned.find((one) => one.name === name)?.servers ?? [];
    if (!members || String(before) === String(servers)) return link;
    const gone = before.filter((server) => !servers.includes(server));
    for (const server of gone) this.#left.add(`${name}\n${server}`);
    const come = servers.filter((server) => !members.some((member) => member.name === server));
    const next = [...members.filter((member) => !gone.includes(member.name)), ...come.map(newServer)];
    return { ...link, members: this.#inOrder(next) };
  }

  #inOrder(members: readonly ServerRecord[]): ServerRecord[] {
    const placeOf = ({ name }: ServerRecord) => this.#order.indexOf(name);
    return [...members].sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** The first event after the end of the old link belongs to the new link. */
  #renew(name: string): void {
    const planned = this.#renewed.get(name);
    if (!planned) return;
    const { state } = this.#links.get(name) ?? newLink(planned);
    if (state !== 'closed') return;
    this.#renewed.delete(name);
    this.#warnings.forget(name);
    this.#links.set(name, newLink(planned));
  }

  get links(): readonly LinkSnapshot[] {
    return [...this.#links.values()].map(this.#reader());
  }

  link(name: string): LinkSnapshot | undefined {
    const link = this.#links.get(name);
    return link && this.#reader()(link);
  }

  /** True when each link has failed three times in a row; false when there are no links. */
  allFailed(): boolean {
    const read = this.#reader();
    return this.#links.size > 0 && [...this.#links.values()].every((link) => hasFailed(read(link)));
  }

  /** Returns what adds the current facts to a link. */
  #reader(): (link: LinkRecord) => LinkSnapshot {
    const now = this.#now();
    const seen = new Set<string>();
    const shared = new Set<string>();
    for (const link of this.#links.values())
      for (const name of serverNamesOf(link)) (seen.has(name) ? shared : seen).add(name);
    const beside = {
      now,
      histories: this.#histories,
      warnings: this.#warnings,
      isShared: (server: string) => shared.has(server),
      demandOf: this.demandOf,
      limitsOf: this.limitsOf,
    };
    return (link) => snapshotOf(link, { ...beside, reading: this.read(link.name) });
  }

  #regroup(name: string, { into, servers, at }: Extract<Status, { type: 'regrouped' }>): void {
    const from = this.#links.get(name)?.members ?? [];
    const to = this.#links.get(into) ?? newLink({ name: into });
    const old = to.members ?? [];
    const moved = servers
      .filter((server) => !old.some((member) => member.name === server))
      .map((server) => from.find((member) => member.name === server) ?? newServer(server));
    const members = this.#inOrder([...old, ...moved]);
    this.#dissolved.add(name);
    this.#links.delete(name);
    this.#links.set(into, changed(to, { members, ...asServer(to, sumUp(members)) }, at));
  }
}

/** Servers of links with several, in the order of the plan. */
function orderOf(links: readonly KnownLink[]): string[] {
  return links.flatMap((link) => membersOf(link) ?? []);
}
