import { Mux } from '../links/mux/mux.js';
import type { Measures } from '../observe/measures/measures.js';
import type { OpenMetrics } from '../observe/metrics/metrics.js';
import type { ObservedPlan } from '../observe/observer.js';
import { Redactor } from '../observe/redact.js';
import type { ToolList } from '../protocol/ask.js';
import type { LinkStats } from '../protocol/stats.js';
import { listTools } from '../servers/tools.js';
import type { App } from './app.js';
import type { RedisReport } from './redis.js';
import type { RunningConfig } from './running-config.js';

/** The parts of a run that its metrics are read from. */
export interface MetricsOfRun {
  /** Version of mcp-pipe. */
  version: string;
  /** What runs first. */
  plan: ObservedPlan;
  measures: Measures;
  /** What runs. It is made later: the observer of the metrics has to be there before it. */
  app: () => App | undefined;
  /** Lines of the audit log that were lost; undefined: there is none. */
  auditLost?: () => number | undefined;
  /** The Redis that machines share. */
  redis?: { readonly facts: RedisReport } | undefined;
  /** See `RunGateway`. */
  missedSessions?: () => Readonly<Record<string, number>> | undefined;
  /** The configuration; undefined when there is none that could be read again. */
  config?: () => Pick<RunningConfig, 'state'> | undefined;
}

/** Begins to count for Prometheus. Whoever does not ask for metrics loads nothing of them. */
export async function openMetrics(run: MetricsOfRun): Promise<OpenMetrics> {
  const { open } = await import('../observe/metrics/metrics.js');
  const { version, plan, measures, app, config } = run;
  const redactor = new Redactor(plan.secrets);
  const metrics = open({
    ...{ version, plan, measures },
    links: () => app()?.watch.links ?? [],
    stats: (link) => app()?.daemon.stats(link),
    apart: () => app()?.watch.apart.all(Date.now()) ?? [],
    calls: () => app()?.daemon.calls ?? [],
    clientStats: () => clientStatsOf(app()),
    clients: () => app()?.daemon.clients ?? [],
    caches: () => app()?.daemon.policy.caches.states ?? [],
    instances: () => app()?.daemon.instances ?? [],
    configuration: () => {
      const state = config?.()?.state;
      return state && { readAt: state.readAt, isRefused: state.refused !== undefined };
    },
    ...(run.auditLost ? { auditLost: run.auditLost } : {}),
    redisUp: () => {
      const state = run.redis?.facts.state;
      return state === undefined || state === 'unknown' ? undefined : state === 'up';
    },
    ...(run.missedSessions ? { missedSessions: run.missedSessions } : {}),
    listTools: (server, signal) => toolNamesOf(app(), server, signal),
    ownTool: (name, tool) => {
      const link = app()?.daemon.users.find((one) => one.name === name);
      return link instanceof Mux ? link.ownTool(tool) : undefined;
    },
    redact: (text) => redactor.redact(text),
  });
  const { observer } = metrics;
  return {
    ...metrics,
    observer: {
      ...observer,
      onPlan: (next) => {
        redactor.add(next.secrets);
        observer.onPlan?.(next);
      },
      onSecrets: (secrets) => redactor.add(secrets),
    },
  };
}

/** What asks servers and is no link of the plan: links of clients. */
function clientStatsOf(app: App | undefined): LinkStats[] {
  const links: ReadonlySet<object> = new Set(app?.daemon.links);
  const others = app?.daemon.users.filter((one) => !links.has(one)) ?? [];
  return others.flatMap((one) => one.stats?.() ?? []);
}

/** As the server itself spells them; of a process that it has for some clients, if there is no other. */
async function toolNamesOf(app: App | undefined, server: string, signal: AbortSignal) {
  const isOf = (name: string) =>
    name === server || name.startsWith(`${server}@`) || name.startsWith(`${server}#`);
  const link = app?.daemon.users.find(({ servers }) => servers.some(isOf));
  if (!link) return undefined;
  const asked = link.servers.find(isOf)!;
  const outcome = await listTools((...request) => link.ask(asked, ...request), { signal });
  return 'result' in outcome ? (outcome.result as ToolList).tools.map(({ name }) => name) : undefined;
}
