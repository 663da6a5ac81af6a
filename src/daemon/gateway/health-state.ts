import type { FailingServer, Health } from '../../observe/health.js';
import { checksOf, type GatewayServers } from '../checks.js';
import type { Daemon } from '../daemon.js';
import type { HealthState } from './pages.js';

/** Where the pages of health read. */
export interface HealthSource {
  /** Of mcp-pipe. */
  version: string;
  daemon: Pick<Daemon, 'phase'>;
  /** What is known of the links; undefined for a run of which nothing is asked but its servers. */
  health: Pick<Health, 'report' | 'whyOf'> | undefined;
  /** The servers of the gateway; undefined while none is open. */
  gateway: () => GatewayServers | undefined;
}

/** What the pages of health say now, in English. */
export function healthState({ version, daemon: { phase }, health, gateway }: HealthSource): HealthState {
  const at = Date.now();
  const report = health?.report(process.pid, at, 'en') ?? {
    links: [],
    servers: undefined,
    startedAt: at - Math.round(process.uptime() * 1000),
  };
  const whyOf = (server: FailingServer) => health?.whyOf(server, at, 'en');
  const checks = checksOf({ at, report, gateway: gateway(), whyOf });
  const calls = report.links.flatMap(({ calls: { lastAt } }) => lastAt ?? []);
  const lastCallAt = calls.length > 0 ? Math.max(...calls) : undefined;
  return { version, at, startedAt: report.startedAt, lastCallAt, phase, checks };
}
