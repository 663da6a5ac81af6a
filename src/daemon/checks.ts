import type { FailingServer, HealthReport, LinkHealth, ServerHealth } from '../observe/health.js';
import { isOverLimit } from '../protocol/server-end.js';
import type { SupervisedServer } from '../servers/supervised-server.js';

/** Healthy: it works. Degraded: it works in part, or is about to. Down: it does not work as things are. */
export type CheckStatus = 'healthy' | 'degraded' | 'down';

/** What one server or link is. Times are milliseconds since 1970. */
export interface Check {
  status: CheckStatus;
  /** A word of docs/health.md. */
  state: string;
  /** Since when it is in this state. */
  since?: number;
  /** Why it is not healthy, or was ended for its limits before it fell asleep, in words, free of secrets. */
  reason?: string;
  /** Failures in a row. */
  failures?: number;
  /** When it is started or dialled again. */
  nextTryAt?: number;
}

/** What a server of the gateway does, one word. */
export type ServerWord =
  | 'ready'
  /** Its first process is being started. */
  | 'starting'
  /** A call starts it: it is parked, or each key or session has a process of its own. */
  | 'on-demand'
  /** Its calls fail again and again, and are refused for a while (`"breaker"`). */
  | 'failing'
  /** The server answers neither calls nor a ping. */
  | 'silent'
  /** The server runs, but answers `initialize` with an error. */
  | 'refusing'
  /** It ended, or could not be started; it is started again. */
  | 'down';

/** What is known of a process that a server of the gateway has: `memory`, or `memory@alice` for some clients only. */
export type ServerFacts = FailingServer;

/** The servers of a gateway. */
export interface GatewayServers {
  /** Those with an address of their own. */
  names: readonly string[];
  /** Those that run for all clients. */
  kept: readonly ServerFacts[];
  /** Processes for some clients only; `server` is the name in the configuration. */
  instances: readonly (ServerFacts & { server: string })[];
}

export interface CheckedRun {
  at: number;
  report: Pick<HealthReport, 'links' | 'servers'>;
  /** Undefined when no gateway is open. */
  gateway?: GatewayServers | undefined;
  /** Why a server of the gateway does not work, as far as it is known. */
  whyOf?: (server: ServerFacts) => string | undefined;
}

/** All checks of a run, and what they come to. */
export interface Checks {
  /** Down: nothing works. Healthy: everything does. Nothing to check is healthy. */
  status: CheckStatus;
  /** At least one link or server can take a call now. */
  canServe: boolean;
  servers: Record<string, Check>;
  links: Record<string, Check>;
}

/**
 * What works of a run and what does not. The one function behind the addresses of health and the exit code of `mcp-pipe
 * health`: a run is down when every link has failed and no server of its gateway can be used. Pure.
 */
// D229
export function checksOf({ at, report, gateway, whyOf = () => undefined }: CheckedRun): Checks {
  const { links, servers } = inTurn(report);
  const ofLinks = Object.fromEntries(links.map((link) => [link.name, linkCheck(link)]));
  const words = gateway ? wordsOf(gateway) : {};
  const ofGateway = Object.entries(words).map(([name, word]): [string, Check] => [
    name,
    gatewayCheck(name, word, { at, gateway: gateway!, whyOf }),
  ]);
  // What links know of a server is more than its word; its processes for some clients only are known to the gateway.
  const ofServers = {
    ...Object.fromEntries(ofGateway),
    ...serversOf({ links, servers }, new Map(ofGateway), gateway),
  };
  const hasWorking = links.some(({ failed }) => !failed) || Object.values(words).some(isServing);
  const isSomething = links.length + ofGateway.length > 0;
  const all = [...Object.values(ofLinks), ...Object.values(ofServers)];
  const isDown = isSomething && !hasWorking;
  return {
    status: isDown ? 'down' : all.every(({ status }) => status === 'healthy') ? 'healthy' : 'degraded',
    canServe: links.some(canTakeCalls) || Object.values(words).some((word) => CAN_TAKE_CALLS.has(word)),
    servers: ofServers,
    links: ofLinks,
  };
}

/**
 * The report with `parked` for the servers that are started when their link has its turn at the token, which others have now. Where
 * nobody can say who has it (Redis does not answer), nothing waits in order.
 */
// D315
function inTurn({ links, servers }: CheckedRun['report']): CheckedRun['report'] {
  const unstarted = new Set<string>();
  const parked = <One extends Pick<CheckedServer, 'name' | 'state' | 'since' | 'failures'>>(
    one: One,
  ): One => {
    if (one.state !== 'down' || one.since !== undefined || one.failures > 0) return one;
    unstarted.add(one.name);
    return { ...one, state: 'parked' };
  };
  const all = links.map((link): LinkHealth => {
    if (link.state !== 'parked' || isStoreDown(link)) return link;
    const members = link.members?.map(parked);
    if (!members) return { ...link, server: parked(singleOf(link)).state };
    const canWait = members.every(({ state }) => state === 'ready' || state === 'parked');
    return { ...link, members, ...(canWait && link.server === 'down' ? { server: 'parked' } : {}) };
  });
  return { links: all, servers: servers?.map((one) => (unstarted.has(one.name) ? parked(one) : one)) };
}

/** What is known of a server's process now. */
export function factsOf({
  name,
  state,
  isHeldOff,
  hub: { isSilent },
  upstream: { facts, next },
}: SupervisedServer): ServerFacts {
  const { failures, nextStartMs } = facts;
  return { name, state, isHeldOff, isSilent, failures, isOverLimit: next.isOverLimit, nextStartMs };
}

/** What each server of the gateway does. Pure. */
export function wordsOf({ names, kept, instances }: GatewayServers): Record<string, ServerWord> {
  // An agent's own process has no address of its own.
  const all = [...new Set([...names, ...kept.map(({ name }) => name)])];
  return Object.fromEntries(
    all.map((name) => {
      const own = kept.find((server) => server.name === name);
      if (own) return [name, wordOf(own)];
      const words = instances.filter(({ server }) => server === name).map(wordOf);
      const isAnyServing = words.length === 0 || words.some(isServing);
      return [name, isAnyServing ? 'on-demand' : words[0]!];
    }),
  );
}

/** Whether the next call may be answered. Pure. */
export function isServing(word: ServerWord): boolean {
  return word === 'ready' || word === 'starting' || word === 'on-demand';
}

/** Those that take calls without a wait for their first start. */
const CAN_TAKE_CALLS: ReadonlySet<ServerWord> = new Set(['ready', 'on-demand']);

function wordOf({ state, isHeldOff, isSilent, failures, isOverLimit }: ServerFacts): ServerWord {
  if (state === 'ready') return isHeldOff ? 'failing' : isSilent ? 'silent' : 'ready';
  if (state === 'refused') return 'refusing';
  // Asleep after it came to its limits, it is started by the next call like any that sleeps.
  if (state === 'idle-stopped' && (failures === 0 || isOverLimit)) return 'on-demand';
  return failures > 0 ? 'down' : 'starting';
}

/** A server of the gateway; of its processes for some clients only, one that fails makes it degraded. */
function gatewayCheck(
  name: string,
  word: ServerWord,
  {
    at,
    gateway: { kept, instances },
    whyOf,
  }: Required<Pick<CheckedRun, 'at' | 'whyOf'>> & { gateway: GatewayServers },
): Check {
  const own = kept.find((server) => server.name === name);
  const processes = own ? [own] : instances.filter(({ server }) => server === name);
  const failing = processes.find((one) => !isServing(wordOf(one)));
  const status = !isServing(word) ? 'down' : failing || word === 'starting' ? 'degraded' : 'healthy';
  if (!failing) {
    const asleep = processes.find((one) => one.state === 'idle-stopped' && one.isOverLimit);
    return { status, state: word, ...withReason(asleep && whyOf(asleep)) };
  }
  const { failures, nextStartMs } = failing;
  return {
    ...{ status, state: word },
    ...withReason(whyOf(failing)),
    ...(failures > 0 ? { failures } : {}),
    ...(nextStartMs === undefined ? {} : { nextTryAt: at + nextStartMs }),
  };
}

/** The servers of links, each once; `ofGateway` is what the gateway knows of them. */
function serversOf(
  { links, servers = [] }: CheckedRun['report'],
  ofGateway: ReadonlyMap<string, Check>,
  gateway: GatewayServers | undefined,
): Record<string, Check> {
  const known = new Map<string, Check>();
  const kept = new Set(gateway?.kept.map(({ name }) => name));
  const note = (name: string, check: Check) => {
    const other = ofGateway.get(name);
    if (!other) return known.set(name, check);
    // It is the same process, or clients of the gateway have processes of their own.
    const ofSame = other.status === 'down' ? 'down' : check.status;
    const status = kept.has(name) ? ofSame : other.status === check.status ? check.status : 'degraded';
    return known.set(name, { ...check, status, ...withReason(check.reason ?? other.reason) });
  };
  for (const server of servers) note(server.name, serverCheck(server));
  for (const link of links) {
    if (!link.members) note(link.name, serverCheck(singleOf(link)));
    for (const member of link.members ?? [])
      if (!known.has(member.name)) note(member.name, serverCheck(member));
  }
  return Object.fromEntries(known);
}

type CheckedServer = Pick<
  ServerHealth,
  'name' | 'state' | 'since' | 'failures' | 'nextStartAt' | 'why' | 'pid' | 'lastExit'
>;

function singleOf({
  name,
  server,
  serverSince,
  failures,
  nextStartAt,
  serverWhy,
  pid,
  lastExit,
}: LinkHealth): CheckedServer {
  return {
    name,
    state: server,
    since: serverSince,
    failures: failures.server,
    nextStartAt,
    why: serverWhy,
    pid,
    lastExit,
  };
}

function serverCheck(server: CheckedServer): Check {
  const { state, since, failures, nextStartAt, why } = server;
  return {
    ...{ status: serverStatus(server), state },
    ...(since === undefined ? {} : { since }),
    ...withReason(why),
    ...(failures > 0 ? { failures } : {}),
    ...(nextStartAt === undefined ? {} : { nextTryAt: nextStartAt }),
  };
}

function serverStatus({ state, failures, pid, lastExit }: CheckedServer): CheckStatus {
  if (state === 'ready') return 'healthy';
  // A server that mcp-pipe has stopped is started by the next call, or has its turn later; it may have failed the last time.
  if (state === 'parked') return failures > 0 && !isLimited(lastExit) ? 'degraded' : 'healthy';
  if (state === 'starting') return 'degraded';
  // It crashes again and again, but runs just now.
  if (state === 'crashing' && pid !== undefined) return 'degraded';
  return state === 'down' && failures === 0 ? 'degraded' : 'down';
}

/** It was ended for its limits, which is no fault of its start. */
function isLimited(lastExit: CheckedServer['lastExit']): boolean {
  return lastExit !== undefined && isOverLimit(lastExit.why);
}

function linkCheck(link: LinkHealth): Check {
  const { state, since, failures, nextDialAt, connectionWhy, serverWhy, members } = link;
  const status = linkStatus(link);
  const ofServers = serverWhy ?? members?.find(({ why }) => why !== undefined)?.why;
  return {
    ...{ status, state },
    ...(since === undefined ? {} : { since }),
    ...(status === 'healthy' ? {} : withReason(connectionWhy ?? ofServers)),
    ...(failures.dial > 0 ? { failures: failures.dial } : {}),
    ...(nextDialAt === undefined ? {} : { nextTryAt: nextDialAt }),
  };
}

function linkStatus(link: LinkHealth): CheckStatus {
  if (link.failed) return 'down';
  const servers = link.members ?? [singleOf(link)];
  const areWell = servers.every((server) => serverStatus(server) === 'healthy');
  return areWell && canTakeCalls(link) ? 'healthy' : 'degraded';
}

/** It is connected, or waits for its turn to be (others have the connections of its token), and a server can answer. */
function canTakeCalls(link: LinkHealth): boolean {
  const { failed, state, server } = link;
  const isConnected = state === 'open' || (state === 'parked' && !isStoreDown(link));
  return !failed && isConnected && (server === 'ready' || server === 'parked');
}

/** The Redis that machines share does not answer: nothing is dialled, whoever's turn it would be. */
function isStoreDown({ parked }: LinkHealth): boolean {
  return parked?.obstacle?.why === 'store-down';
}

function withReason(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
