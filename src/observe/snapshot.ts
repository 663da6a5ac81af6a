import type { ServerCondition } from '../protocol/server-condition.js';
import type { LinkStats } from '../protocol/stats.js';
import type { Status } from '../protocol/status.js';
import {
  asServer,
  canAnswer,
  changed,
  fold,
  having,
  type KnownLink,
  type LinkRecord,
  newLink,
} from './link-record.js';
import { type LastExit, ServerHistories } from './server-history.js';
import { newServer, type ServerRecord, sumUp } from './server-record.js';
import { type StandingWarning, StandingWarnings } from './standing-warnings.js';

/** The requests that servers were asked to answer. Times are milliseconds since 1970. */
export interface Calls {
  /** They run now. */
  inFlight: number;
  /** `server` is the one that has not answered it; `name` is others' text, to be cleaned before it is shown. */
  oldest: { server: string; method: string; name: string | undefined; since: number } | undefined;
  /** Answered with a result, since mcp-pipe runs. */
  answered: number;
  /** Answered with a JSON-RPC error, or not at all: the server ended, or its time was over. */
  failed: number;
  /** When the last one came; undefined before the first. */
  lastAt: number | undefined;
}

/** What is true of a server beside its state. */
export interface ServerFacts {
  /** The requests that it was asked to answer. */
  calls: Calls;
  /** How often it was started again within the last hour, as often as it tried. */
  restartsLastHour: number;
  /** How it last ended or why it could not be started, also when it works again. */
  lastExit: LastExit | undefined;
  /** What is wrong with it and stays so until something makes it well. */
  warnings: readonly StandingWarning[];
}

/** What is true of one server now. */
export type ServerSnapshot = ServerRecord & ServerFacts;

/** What is true of the connection that is open. Times are milliseconds since 1970. */
export interface ConnectionSnapshot {
  /** When the WebSocket opened. */
  openedAt: number;
  /** When the endpoint first asked anything on it. */
  askedAt: number | undefined;
  /** When its first request on it was answered, `initialize` or any other. */
  answeredAt: number | undefined;
  /** The same as `openedAt` while nothing was ever asked on it. */
  neverAskedSince: number | undefined;
}

/** What is true of one link now; of several servers `calls` and `restartsLastHour` are sums, `lastExit` the latest. */
export interface LinkSnapshot extends LinkRecord, ServerFacts {
  /** Of a link of kind `mux` or `rotate`: its servers, in order; else undefined. */
  members: readonly ServerSnapshot[] | undefined;
  /** Undefined while none is open. */
  connection: ConnectionSnapshot | undefined;
}

/** Which process the control socket at `path` belongs to. */
export interface ControlHolder {
  /** Path of the socket, or name of the pipe on Windows. */
  path: string;
  /** Number of the process that listens. */
  pid: number;
  /** Milliseconds since 1970. */
  since: number;
}

/** This many failures in a row mean that a link does not work. */
const FAILED_AFTER = 3;

/**
 * Whether the link does not work: its server failed several times in a row, or the endpoint rejected or dropped it several
 * times in a row. An open connection does not count as failed, because an endpoint that never sends `initialize` gives no
 * other sign that it works. Neither does a link that waits for a lease.
 */
export function hasFailed({ failures, state }: LinkRecord): boolean {
  return (
    failures.server >= FAILED_AFTER ||
    (failures.dial >= FAILED_AFTER && state !== 'open' && state !== 'waiting-for-lease')
  );
}

/** Facts of a link that no event reports. */
interface Beside {
  now: number;
  reading: LinkStats | undefined;
  histories: ServerHistories;
  warnings: StandingWarnings;
}

/** The current facts of one link. */
export function snapshotOf(link: LinkRecord, beside: Beside): LinkSnapshot {
  const { now, reading, warnings } = beside;
  const { name, server: state, serverSince: since, failures, pid, serverName, fetcher, nextStartAt } = link;
  const alone: ServerRecord = {
    ...{ name, state, since, failures: failures.server },
    ...{ pid, serverName, fetcher, nextStartAt },
  };
  const servers = (link.members ?? [alone]).map((server) => serverOf(server, beside));
  const speaking = having(link.turn, servers);
  const summed = { ...link, ...asServer(link, sumUp(speaking)) };
  const crashing = speaking.find((one) => one.state === 'crashing' && summed.server === 'crashing');
  const { connection } = reading ?? {};
  const at = (agoMs: number | undefined) => (agoMs === undefined ? undefined : Math.round(now - agoMs));
  // An endpoint that comes back need not initialise again, and one of MCP 2026-07-28 never does.
  const isServed = link.greeted || connection?.answeredAgoMs !== undefined;
  return {
    ...summed,
    serverSince: crashing ? crashing.since : link.serverSince,
    // D13: a process that runs is not enough.
    ready: link.state === 'open' && canAnswer(summed) && isServed,
    members: link.members && servers,
    connection: connection && {
      openedAt: at(connection.openForMs)!,
      askedAt: at(connection.askedAgoMs),
      answeredAt: at(connection.answeredAgoMs),
      neverAskedSince: connection.askedAgoMs === undefined ? at(connection.openForMs) : undefined,
    },
    calls: callsOfAll(servers),
    restartsLastHour: servers.reduce((sum, { restartsLastHour }) => sum + restartsLastHour, 0),
    lastExit: latest(servers),
    warnings: warnings.ofLink(name),
  };
}

/** Instead of these conditions a crashing server is shown as `crashing`. */
const MAY_HIDE_CRASHES: ReadonlySet<ServerCondition> = new Set(['ready', 'starting', 'down']);

function serverOf(server: ServerRecord, { now, reading, histories, warnings }: Beside): ServerSnapshot {
  const { name, state, since, failures } = server;
  const past = histories.of(name, state === 'ready' ? since : undefined, now);
  const { crashingSince, timedOut, restartsLastHour, lastExit } = past;
  const isCrashing = crashingSince !== undefined && MAY_HIDE_CRASHES.has(state);
  const calls = reading?.servers.find((one) => one.name === name)?.calls;
  return {
    ...server,
    ...(isCrashing
      ? { state: 'crashing', since: crashingSince, failures: Math.max(failures, past.failures) }
      : {}),
    calls: {
      inFlight: calls?.inFlight ?? 0,
      oldest: calls?.oldest && {
        server: name,
        ...{ method: calls.oldest.method, name: calls.oldest.name },
        since: Math.round(now - calls.oldest.ageMs),
      },
      answered: calls?.answered ?? 0,
      failed: (calls?.failed ?? 0) + timedOut,
      lastAt: calls?.lastAgoMs === undefined ? undefined : Math.round(now - calls.lastAgoMs),
    },
    ...{ restartsLastHour, lastExit },
    warnings: warnings.ofServer(name),
  };
}

function callsOfAll(servers: readonly ServerSnapshot[]): Calls {
  const sum = (of: (calls: Calls) => number) => servers.reduce((total, { calls }) => total + of(calls), 0);
  const oldest = servers.flatMap(({ calls }) => calls.oldest ?? []).sort((a, b) => a.since - b.since)[0];
  const last = servers.flatMap(({ calls }) => calls.lastAt ?? []);
  return {
    inFlight: sum(({ inFlight }) => inFlight),
    oldest,
    answered: sum(({ answered }) => answered),
    failed: sum(({ failed }) => failed),
    lastAt: last.length > 0 ? Math.max(...last) : undefined,
  };
}

function latest(servers: readonly ServerSnapshot[]): LastExit | undefined {
  return servers.flatMap(({ lastExit }) => lastExit ?? []).sort((a, b) => b.at - a.at)[0];
}

/** The current facts of every link, for health, the lines on a terminal, and programs. */
export class Snapshot {
  #links: Map<string, LinkRecord>;
  /** Links whose servers have moved to other links; later events of these links are ignored. */
  readonly #dissolved = new Set<string>();
  /** Servers of links with several, in the order of the configuration. */
  #order: readonly string[];
  /** Links of an earlier plan that are not in the present one; what they say of their end is ignored. */
  #removed: ReadonlySet<string> = new Set();
  /** Links of the present plan that are made anew, as planned: their records begin anew when the old links are closed. */
  readonly #renewed = new Map<string, KnownLink>();
  readonly #histories = new ServerHistories();
  readonly #warnings = new StandingWarnings();
  readonly #now: () => number;
  /** Returns the current numbers of a running link; undefined before the daemon has started. */
  read: (link: string) => LinkStats | undefined = () => undefined;
  /** Which process holds the control socket; undefined when none does, as far as is known. */
  control: ControlHolder | undefined;
  /** As an observer. */
  readonly name = 'snapshot';

  /**
   * @param links Every link that will run, by its name or as planned: one that has said nothing yet has not failed.
   * @param now Milliseconds since 1970.
   */
  constructor(links: Iterable<string | KnownLink> = [], now: () => number = Date.now) {
    const known = [...links].map((link) => (typeof link === 'string' ? { name: link } : link));
    this.#links = new Map(known.map((link) => [link.name, newLink(link)]));
    this.#order = orderOf(known);
    this.#now = now;
  }

  /**
   * Another plan runs from now on.
   *
   * @param renewed Names of the links that are made for it; all others go on as they are.
   */
  planned(links: readonly KnownLink[], renewed: readonly string[]): void {
    const names = new Set(links.map(({ name }) => name));
    const before = this.#links;
    this.#removed = new Set([...before.keys(), ...this.#removed].filter((name) => !names.has(name)));
    this.#renewed.clear();
    const isRenewed = ({ name }: KnownLink) => before.has(name) && renewed.includes(name);
    for (const link of links.filter(isRenewed)) this.#renewed.set(link.name, link);
    for (const name of [...renewed, ...this.#removed]) this.#dissolved.delete(name);
    this.#order = orderOf(links);
    this.#links = new Map(
      links
        .filter(({ name }) => !this.#dissolved.has(name))
        .map((link) => [link.name, before.get(link.name) ?? newLink(link)]),
    );
  }

  /** Takes a Status in; to be used as a listener. */
  readonly onStatus = (status: Status): void => {
    const { link: name } = status;
    if (status.type === 'regrouped' && status.into !== name) return this.#regroup(name, status);
    if (this.#dissolved.has(name) || this.#removed.has(name)) return;
    this.#renew(name);
    const before = this.#links.get(name) ?? newLink({ name });
    this.#links.set(name, fold(before, status));
    this.#histories.onStatus(status);
    this.#warnings.onStatus(status);
  };

  /** The first event after the end of the old link is one of the new link. */
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
    const now = this.#now();
    return [...this.#links.values()].map((link) => this.#of(link, now));
  }

  link(name: string): LinkSnapshot | undefined {
    const link = this.#links.get(name);
    return link && this.#of(link, this.#now());
  }

  /** Whether no link works and each has failed three times in a row; false when there are no links. */
  allFailed(): boolean {
    return this.#links.size > 0 && this.links.every(hasFailed);
  }

  #of(link: LinkRecord, now: number): LinkSnapshot {
    const reading = this.read(link.name);
    return snapshotOf(link, { now, reading, histories: this.#histories, warnings: this.#warnings });
  }

  #regroup(name: string, { into, servers, at }: Extract<Status, { type: 'regrouped' }>): void {
    const from = this.#links.get(name)?.members ?? [];
    const to = this.#links.get(into) ?? newLink({ name: into });
    const old = to.members ?? [];
    const moved = servers
      .filter((server) => !old.some((member) => member.name === server))
      .map((server) => from.find((member) => member.name === server) ?? newServer(server));
    const placeOf = ({ name: server }: ServerRecord) => this.#order.indexOf(server);
    const members = [...old, ...moved].sort((a, b) => placeOf(a) - placeOf(b));
    this.#dissolved.add(name);
    this.#links.delete(name);
    this.#links.set(into, changed(to, { members, ...asServer(to, sumUp(members)) }, at));
  }
}

/** Servers of links with several, in the order of the plan. */
function orderOf(links: readonly KnownLink[]): string[] {
  return links.flatMap(({ kind, servers = [] }) => (kind === 'pipe' ? [] : servers));
}
