import type { HealthReport, LinkHealth, ServerHealth } from '../../observe/health.js';
import type { AskOutcome } from '../../protocol/ask.js';
import { type Item, item } from './item.js';
import { listed, type ServerFacts } from './servers.js';

/** The running mcp-pipe of this configuration. */
export interface RunningDaemon {
  report: HealthReport;
  /** Requests the tools of a server. */
  tools(server: string, signal: AbortSignal): Promise<AskOutcome>;
}

/** One server of the report. */
export interface ReportedServer {
  name: string;
  state: LinkHealth['server'] | ServerHealth['state'];
  /** Why it is down. */
  why: string | undefined;
  /** What happened, as far as `why` begins with it: the rest is what to do. */
  what?: string | undefined;
  /** How long its last start took, in milliseconds; undefined when that is not known. */
  startMs?: number | undefined;
}

/** The servers of these links of a report, each once. */
export function reportedServers(links: readonly LinkHealth[]): ReportedServer[] {
  const found = new Map<string, ReportedServer>();
  for (const { name, server, serverWhy, startMs, lastExit, isRemote, members } of links) {
    for (const one of members ?? [{ name, state: server, why: serverWhy, startMs, lastExit, isRemote }]) {
      if (found.has(one.name)) continue;
      // A try at a remote server says everything; what a process writes to stderr says more.
      found.set(one.name, one.isRemote ? { ...one, what: one.lastExit?.text } : one);
    }
  }
  return [...found.values()];
}

/** The line about the connection of a running link. Pure. @param at when the report was made @param host of its endpoint */
export function judgeLink(link: LinkHealth, at: number, host: string): Item {
  const { name, state, parked, connection, connectionWhy } = link;
  if (parked?.obstacle) return item('warning', 'endpoint', name, 'dial-no-lease', parked.obstacle);
  if (state === 'parked')
    return item('warning', 'endpoint', name, 'link-waits', { why: connectionWhy ?? state });
  if (connection) {
    const forMs = Math.max(0, at - connection.openedAt);
    return item('ok', 'endpoint', name, connection.askedAt === undefined ? 'link-quiet' : 'link-works', {
      forMs,
    });
  }
  if (connectionWhy !== undefined)
    return item('error', 'endpoint', name, 'link-down', { why: connectionWhy, host });
  return item('skipped', 'endpoint', name, 'link-starting', { state });
}

/** What the daemon says about a server without asking it; undefined for a server that can be asked. Pure. */
export function judgeReported({ name, state, why, what }: ReportedServer): Item | undefined {
  if (state === 'ready') return undefined;
  if (state === 'parked') return item('ok', 'server', name, 'server-at-rest', { why });
  if (why !== undefined) {
    const isSplit = what !== undefined && why.startsWith(`${what} `);
    const told = isSplit ? { what, next: why.slice(what.length + 1) } : { what: why, next: undefined };
    return item('error', 'server', name, 'server-failed', { name, ...told });
  }
  return item('skipped', 'server', name, 'server-starting', { state });
}

/** Asks a running server for its tools. Never rejects. */
export async function askRunning(
  daemon: RunningDaemon,
  { name, startMs }: ReportedServer,
  signal: AbortSignal,
): Promise<ServerFacts> {
  try {
    return listed(await daemon.tools(name, signal), startMs, signal, true);
  } catch (error) {
    return { how: 'silent', what: error instanceof Error ? error.message : String(error) };
  }
}
