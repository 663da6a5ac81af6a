import type { Cause } from '../protocol/diagnosis.js';
import type { LeaseWaiting } from '../protocol/lease-words.js';
import { isHandOver, type LinkKind, servesOf } from '../protocol/link-kind.js';
import type { ListHabit } from '../protocol/renewal.js';
import type { ServerCondition } from '../protocol/server-condition.js';
import type { LinkState, Status } from '../protocol/status.js';
import { applyServerStatus, newServer, type ServerRecord, sumUp } from './server-record.js';

/** The state of one link after the events so far. Times are milliseconds since 1970. */
export interface LinkRecord {
  /** Unique in a plan. */
  name: string;
  /** Name of the agent that the link belongs to. */
  agent?: string | undefined;
  /** State of the connection. */
  state: LinkState;
  /** Of several servers the best state: `ready` when one of them is ready. */
  server: ServerCondition;
  /** Process id. This and the next two are undefined for several servers. */
  pid: number | undefined;
  /** The server's own name (`serverInfo`): foreign text, to be cleaned before it is shown. */
  serverName: string | undefined;
  /** MCP revision that its one server answered `initialize` with. */
  protocol?: string | undefined;
  /** The program that downloads and starts the server, if it is such a program: `npx`, `uvx`, … */
  fetcher: string | undefined;
  /** True when its one server is a remote one. */
  isRemote?: boolean | undefined;
  /** How long the last start of its one server took until it could take requests, in milliseconds. */
  startMs?: number | undefined;
  /** How the package of its one server is started; undefined when it has several, or its command fetches none. */
  package?: ServerRecord['package'];
  /** While `server` is `starting`: a call starts a server that was parked. */
  isWaking?: boolean | undefined;
  /** The servers of a link that may have several, in order, and the one server whose name is not the link's. */
  members: readonly ServerRecord[] | undefined;
  /** In a rotation, the server that has the connection; undefined for every other link. */
  turn: string | undefined;
  /** When `server` last changed. */
  serverSince: number | undefined;
  /** `clientInfo` of the open connection, as text: foreign text, to be escaped before it is shown. */
  client: string | undefined;
  /** While it waits for a lease: which limit is reached, and which links hold the leases. */
  parked: LeaseWaiting | undefined;
  /** True while another client with the same token keeps replacing the connection. */
  contested: boolean;
  /** What its endpoint does with changed lists, as far as that was seen. */
  listChanges: ListHabit;
  /** While it stops: the number of calls that still run, and when they are cancelled. */
  draining: { pending: number; until: number } | undefined;
  /** When any member last changed. */
  changedAt: number | undefined;
  /** When `state` or `server` last changed; undefined before the first Status. */
  since: number | undefined;
  /** Why the connection last ended or could not be made; kept when it works again. */
  lastCause: Cause | undefined;
  /** When the endpoint is dialled again; undefined while no dial is planned. */
  nextDialAt: number | undefined;
  /** When the server is started again, the soonest of several servers. */
  nextStartAt: number | undefined;
  /**
   * Failures in a row. A good start clears the server's count. An answered `initialize` clears both; with several servers,
   * whose lowest count is shown, only that of dialling.
   */
  failures: { server: number; dial: number };
  /** True when the endpoint's `initialize` was answered in the open connection. */
  greeted: boolean;
  /** True when the server answers, the connection is open, and the endpoint's `initialize` was answered in it. */
  ready: boolean;
}

/** A link that will run: the plan of a link, or the part of it that is known. */
export interface KnownLink {
  name: string;
  kind?: LinkKind;
  /** The names of its servers. That of a pipe has the link's name, unless several links use it or an agent has the link. */
  servers?: readonly string[];
  /** Name of the agent that the link belongs to. */
  agent?: string | undefined;
}

/** The servers whose records are kept beside that of the link: see `members`. */
export function membersOf({ name, kind, servers }: KnownLink): readonly string[] | undefined {
  return kind && servesOf(kind) === 'alone' && servers?.every((server) => server === name)
    ? undefined
    : servers;
}

/** The names of a link's servers in the configuration. */
export function serverNamesOf({
  name,
  members,
}: {
  name: string;
  members: readonly { name: string }[] | undefined;
}): readonly string[] {
  return members?.map((member) => member.name) ?? [name];
}

export function newLink(link: KnownLink): LinkRecord {
  const { name, kind, agent } = link;
  const members = membersOf(link);
  const turn = kind && servesOf(kind) === 'in-turn' ? members?.[0] : undefined;
  return {
    name,
    ...(agent === undefined ? {} : { agent }),
    state: 'idle',
    server: 'down',
    members: members?.map((member) =>
      turn === undefined || member === turn
        ? newServer(member)
        : { ...newServer(member), state: 'between-turns' },
    ),
    turn,
    ...{
      pid: undefined,
      serverName: undefined,
      fetcher: undefined,
      serverSince: undefined,
      client: undefined,
      draining: undefined,
      parked: undefined,
      changedAt: undefined,
      since: undefined,
      lastCause: undefined,
      nextDialAt: undefined,
      nextStartAt: undefined,
    },
    failures: { server: 0, dial: 0 },
    ...{ greeted: false, ready: false, contested: false, listChanges: 'unknown' },
  };
}

/** Events that do not change the record. They may come by the million, so no object is created for them. */
export const LOGGED_ONLY: ReadonlySet<Status['type']> = new Set([
  'server-stderr',
  'invalid-message',
  'answer-unreadable',
  'stale-reply',
  'oversize-message',
  'queue-full',
]);

/** The record after a Status. Returns the same object when nothing changed. */
export function applyStatus(link: LinkRecord, status: Status): LinkRecord {
  if (LOGGED_ONLY.has(status.type)) return link;
  const changes = changesOf(link, status);
  if (changes === undefined) return link;
  return changed(link, changes, status.at);
}

/** The record with these changes and the members that depend on them. */
export function changed(link: LinkRecord, changes: Partial<LinkRecord>, at: number): LinkRecord {
  const next = { ...link, ...changes, changedAt: at };
  if (next.server !== link.server) next.serverSince = changes.serverSince ?? at;
  if (next.state !== link.state || next.server !== link.server) next.since = at;
  next.ready = next.state === 'open' && canAnswer(next) && next.greeted;
  return next;
}

/** Whether a call can be answered. A server that is parked is started by the next call, which waits for that. */
export function canAnswer({ server, isWaking }: Pick<LinkRecord, 'server' | 'isWaking'>): boolean {
  return server === 'ready' || server === 'idle-stopped' || (server === 'starting' && isWaking === true);
}

function changesOf(link: LinkRecord, status: Status): Partial<LinkRecord> | undefined {
  const ofServers = serverChanges(link, status);
  const ofConnection = connectionChanges(link, status);
  if (!ofServers || !ofConnection) return ofServers ?? ofConnection;
  const failures = {
    ...link.failures,
    ...ofServers.failures,
    dial: ofConnection.failures?.dial ?? link.failures.dial,
  };
  return { ...ofConnection, ...ofServers, failures };
}

/** Changes of the server's side after a Status; undefined when there are none. */
function serverChanges(link: LinkRecord, status: Status): Partial<LinkRecord> | undefined {
  const { name, members } = link;
  if (members || (status.server ?? name) !== name) {
    const known = members ?? [];
    const next = applyToMembers(known, status);
    if (isHandOver(status)) {
      const turn = status.to;
      return { turn, members: next, ...asServer(link, sumUp(having(turn, next))) };
    }
    return next === known ? undefined : { members: next, ...asServer(link, sumUp(having(link.turn, next))) };
  }
  const server = asSingle(link);
  const next =
    status.type === 'client-initialized' ? { ...server, failures: 0 } : applyServerStatus(server, status);
  if (status.type === 'server-kept') return { ...asServer(link, next), serverSince: next.since };
  return next === server ? undefined : asServer(link, next);
}

/** Where servers take turns, the record of the one that has the connection stands for all. */
export function having<Server extends ServerRecord>(
  turn: string | undefined,
  servers: readonly Server[],
): readonly Server[] {
  const one = servers.filter(({ name }) => name === turn);
  return one.length > 0 ? one : servers;
}

/** An event of one server changes that server; the end of the link changes all of them. */
function applyToMembers(members: readonly ServerRecord[], status: Status): readonly ServerRecord[] {
  if (status.type === 'client-initialized' && status.server === undefined) return members;
  const { server = members.length === 1 ? members[0]!.name : undefined } = status;
  if (status.type === 'link-state' && status.to === 'closed')
    return members.map((member) => applyServerStatus(member, status));
  if (server === undefined) return members;
  const known = members.find(({ name }) => name === server) ?? newServer(server);
  const next = applyServerStatus(known, status);
  if (next === known) return members;
  return members.includes(known)
    ? members.map((member) => (member === known ? next : member))
    : [...members, next];
}

/** The record of the server of a link that has a single one. */
export function asSingle(link: LinkRecord): ServerRecord {
  const { name, server: state, serverSince: since, failures, pid, serverName, fetcher } = link;
  const { startMs, protocol, nextStartAt, isRemote, isWaking } = link;
  const flags = {
    ...(isRemote ? { isRemote } : {}),
    ...(isWaking === undefined ? {} : { isWaking }),
    ...packageOf(link),
  };
  const more = { startMs, protocol, nextStartAt, ...flags };
  return { name, state, since, failures: failures.server, pid, serverName, fetcher, ...more };
}

export function asServer(link: LinkRecord, of: ReturnType<typeof sumUp>): Partial<LinkRecord> {
  const { state: server, pid, serverName, protocol, fetcher, isRemote, startMs, nextStartAt, failures } = of;
  const { isWaking } = of;
  return {
    ...{
      server,
      pid,
      serverName,
      protocol,
      fetcher,
      startMs,
      nextStartAt,
      ...(isRemote ? { isRemote } : {}),
      ...(isWaking === undefined && link.isWaking === undefined ? {} : { isWaking }),
      ...packageOf(of),
    },
    failures: { ...link.failures, server: failures },
  };
}

function packageOf({ package: start }: Pick<ServerRecord, 'package'>): Pick<ServerRecord, 'package'> {
  return start ? { package: start } : {};
}

/** Changes of the endpoint's side after a Status. */
function connectionChanges(
  { failures, draining }: LinkRecord,
  status: Status,
): Partial<LinkRecord> | undefined {
  switch (status.type) {
    case 'link-state':
      return {
        state: status.to,
        ...(status.to === 'waiting' ? {} : { nextDialAt: undefined }),
        ...(status.to === 'waiting-for-lease' ? {} : { parked: undefined }),
        ...(status.to === 'closed' ? { contested: false } : {}),
        ...(status.to === 'open' ? {} : { greeted: false, client: undefined }),
      };
    case 'lease-waiting': {
      const { of, label, slots, holder, isOwn, obstacle, store } = status;
      const why = { ...(obstacle ? { obstacle } : {}), ...(store === undefined ? {} : { store }) };
      return { parked: { of, label, slots, holder, isOwn, ...why } };
    }
    case 'token-contention':
      return { contested: true };
    case 'token-contention-over':
      return { contested: false };
    case 'list-habit':
      return { listChanges: status.habit };
    case 'client-initialized':
      return { greeted: true, client: status.client, failures: { ...failures, dial: 0 } };
    case 'down':
      return {
        greeted: false,
        client: undefined,
        lastCause: status.diagnosis.cause,
        nextDialAt: status.at + status.nextDialMs,
        // `attempt` is 1 again after a stable connection, even one that never sent `initialize` (MCP 2026-07-28).
        failures: { ...failures, dial: Math.min(failures.dial + 1, status.attempt) },
      };
    case 'draining':
      return { draining: { pending: status.pending, until: status.at + status.timeoutMs } };
    case 'drain-progress':
      return draining && { draining: { ...draining, pending: status.pending } };
    case 'drained':
      return { draining: { pending: 0, until: status.at } };
    default:
      return undefined;
  }
}
