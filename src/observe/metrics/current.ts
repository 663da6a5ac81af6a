import type { LimitFacts } from '../../protocol/resource-limits.js';
import { SERVER_CONDITIONS } from '../../protocol/server-condition.js';
import type { LinkStats, RunningCall } from '../../protocol/stats.js';
import type { LinkState } from '../../protocol/status.js';
import type { ApartServer } from '../apart-servers.js';
import { canAnswer, serverNamesOf } from '../link-record.js';
import type { LinkSnapshot, ServerFacts } from '../link-snapshot.js';
import type { Measures } from '../measures/measures.js';
import { sharedServersOf } from '../shared-servers.js';
import type { GaugeName, Labels, Series } from './registry.js';

/** What is read at each scrape, because it has its truth elsewhere. */
export interface CurrentSources {
  links: () => readonly LinkSnapshot[];
  /** The numbers of a running link. */
  stats: (link: string) => LinkStats | undefined;
  measures: Pick<Measures, 'server' | 'link'>;
  /** Servers of the plan that no link uses. */
  apart?: () => readonly ApartServer[];
  /** The calls that servers work on now, each with the name of its process (`memory#3`). Asked only where servers are on no link. */
  calls?: () => readonly RunningCall[];
  /** The numbers of the links of clients. */
  clientStats?: () => readonly LinkStats[];
}

type Values = (readonly [Labels, number])[];

/** In the order of a link's life. */
const LINK_STATES: readonly LinkState[] = [
  ...(['idle', 'starting', 'dialing', 'open', 'waiting', 'waiting-for-lease', 'draining', 'closed'] as const),
];

/**
 * Writes the present state of links and servers into their series.
 *
 * @param serverOf The server of the plan that a process is of; undefined: the plan has none.
 */
export async function setCurrent(
  series: Series,
  { links: read, stats, measures, apart, calls, clientStats }: CurrentSources,
  serverOf: (process: string) => string | undefined,
): Promise<void> {
  const links = read();
  const ofLinks = (name: GaugeName, value: (link: LinkSnapshot) => number | undefined) =>
    series.set(name, valuesOf('link', links, value));
  series.set('mcp_pipe_links', countsOf(LINK_STATES, links));
  ofLinks('mcp_pipe_link_up', ({ state }) => Number(state === 'open'));
  ofLinks('mcp_pipe_link_ready', ({ ready }) => Number(ready));
  series.set('mcp_pipe_link_down_cause', causesOf(links));
  ofLinks('mcp_pipe_link_changed_timestamp_seconds', ({ since }) => seconds(since));
  ofLinks('mcp_pipe_lease_waiting', ({ state }) => Number(state === 'waiting-for-lease'));
  ofLinks('mcp_pipe_token_contested', ({ contested }) => Number(contested));
  const bytes = new Map(links.map(({ name }) => [name, measures.link(name)]));
  const bytesOf = (which: 'bytesIn' | 'bytesOut') =>
    valuesOf('link', links, ({ name }) => bytes.get(name)![which]);
  series.setTotal('mcp_pipe_link_received_bytes_total', bytesOf('bytesIn'));
  series.setTotal('mcp_pipe_link_sent_bytes_total', bytesOf('bytesOut'));

  const numbers = new Map(links.map(({ name }) => [name, stats(name)]));
  ofLinks('mcp_pipe_link_unsent_bytes', ({ name }) => numbers.get(name)?.connection?.unsentBytes ?? 0);
  await series.turn();
  const servers = [...serversOf(links), ...apartOf(apart?.() ?? [], calls, serverOf)];
  const ofServers = (name: GaugeName, value: (server: ServerNow) => number | undefined) =>
    series.set(name, valuesOf('server', servers, value));
  series.set('mcp_pipe_servers', countsOf(SERVER_CONDITIONS, servers));
  ofServers('mcp_pipe_server_up', ({ state, isWaking }) =>
    Number(state === 'between-turns' || canAnswer({ server: state, isWaking })),
  );
  ofServers('mcp_pipe_server_changed_timestamp_seconds', ({ since }) => seconds(since));
  ofServers('mcp_pipe_server_start_duration_seconds', ({ startMs }) => seconds(startMs));
  ofServers('mcp_pipe_server_asleep', ({ state, demand }) => demand && Number(state === 'idle-stopped'));
  ofServers('mcp_pipe_server_saved_bytes', ({ state, demand }) =>
    state === 'idle-stopped' ? demand?.memoryBytes : undefined,
  );
  ofServers('mcp_pipe_requests_in_flight', ({ calls }) => calls.inFlight);
  const held = heldBy([...numbers.values(), ...(clientStats?.() ?? [])], serverOf);
  ofServers('mcp_pipe_messages_held', ({ name }) => held.get(name) ?? 0);
  const now = Date.now();
  ofServers('mcp_pipe_oldest_request_age_seconds', ({ calls: { oldest } }) =>
    oldest ? Math.max(0, now - oldest.since) / 1_000 : 0,
  );
  const usages = new Map(servers.map(({ name }) => [name, measures.server(name).usage]));
  ofServers('mcp_pipe_server_memory_bytes', ({ name }) => usages.get(name)?.memoryBytes);
  const limited = (limits: LimitFacts | undefined, key: 'memory' | 'cpu') =>
    limits?.[key] === undefined ? undefined : limits[key] * limits.copies;
  ofServers('mcp_pipe_server_memory_limit_bytes', ({ limits }) => limited(limits, 'memory'));
  ofServers('mcp_pipe_server_cpu_limit_ratio', ({ limits }) => {
    const percent = limited(limits, 'cpu');
    return percent === undefined ? undefined : percent / 100;
  });
  ofServers('mcp_pipe_server_processes', ({ name }) => usages.get(name)?.processes);
  ofServers('mcp_pipe_server_cpu_ratio', ({ name }) => {
    const { cpuPercent } = usages.get(name) ?? {};
    return cpuPercent === undefined ? undefined : cpuPercent / 100;
  });
}

type ServerNow = ApartServer & {
  calls: Pick<ServerFacts['calls'], 'inFlight'> & { oldest: { since: number } | undefined };
};

/** Each server once, whichever links use it. */
function serversOf(links: readonly LinkSnapshot[]): ServerNow[] {
  const servers = new Map<string, ServerNow>();
  for (const link of links) {
    const { server: state, serverSince: since, startMs, calls, members, demand, limits, isWaking } = link;
    const [name] = serverNamesOf(link);
    for (const one of members ?? [{ name: name!, state, since, startMs, calls, demand, limits, isWaking }])
      servers.set(one.name, inTurn(link, one));
  }
  for (const { server, link } of sharedServersOf(links)) servers.set(server.name, inTurn(link, server));
  return [...servers.values()];
}

/** A server that was never needed, because others have the connection of its token, is started when its link has its turn. */
function inTurn(link: LinkSnapshot, server: ServerNow): ServerNow {
  const isUnstarted = server.state === 'down' && server.since === undefined && link.failures.server === 0;
  return link.state === 'waiting-for-lease' && isUnstarted ? { ...server, state: 'between-turns' } : server;
}

/** Servers that no link uses, with the calls of clients. */
function apartOf(
  apart: readonly ApartServer[],
  calls: CurrentSources['calls'],
  serverOf: (process: string) => string | undefined,
): ServerNow[] {
  if (apart.length === 0) return [];
  const running = new Map<string, number[]>();
  for (const { server, ageMs } of calls?.() ?? []) {
    const of = serverOf(server);
    if (of !== undefined) running.set(of, [...(running.get(of) ?? []), ageMs]);
  }
  const now = Date.now();
  return apart.map((server) => {
    const ages = running.get(server.name) ?? [];
    const oldest = ages.length === 0 ? undefined : { since: now - Math.max(...ages) };
    return { ...server, calls: { inFlight: ages.length, oldest } };
  });
}

/** Why each link that is not connected is so, as far as that is known. */
function causesOf(links: readonly LinkSnapshot[]): Values {
  return links.flatMap(({ name: link, state, lastCause: cause }) =>
    state === 'open' || cause === undefined ? [] : [[{ link, cause }, 1] as const],
  );
}

/** Messages that wait for each server, of all links and clients. */
function heldBy(
  links: readonly (LinkStats | undefined)[],
  serverOf: (process: string) => string | undefined,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { name: process, held = 0 } of links.flatMap((link) => link?.servers ?? [])) {
    const name = serverOf(process) ?? process;
    sums.set(name, (sums.get(name) ?? 0) + held);
  }
  return sums;
}

function valuesOf<Item extends { name: string }>(
  label: 'link' | 'server',
  items: readonly Item[],
  value: (item: Item) => number | undefined,
): Values {
  return items.flatMap((item) => {
    const known = value(item);
    return known === undefined ? [] : [[{ [label]: item.name }, known] as const];
  });
}

/** How many are in each state, zeros included: a series that comes and goes cannot be asked about. */
function countsOf(states: readonly string[], items: readonly { state: string }[]): Values {
  return states.map((state) => [{ state }, items.filter((item) => item.state === state).length]);
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000);
