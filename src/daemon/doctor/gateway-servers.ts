import type { HealthReport } from '../../observe/health.js';
import { type Item, item } from './item.js';
import type { ReportedServer } from './running.js';

/** Lines about servers that fail and that no link of the report has: they run for the gateway alone. Pure. */
export function judgeGatewayServers(
  { gateway }: Partial<HealthReport> & { gateway?: { servers?: Readonly<Record<string, string>> } },
  reported: readonly ReportedServer[],
): Item[] {
  const known = new Set(reported.map(({ name }) => name));
  return Object.entries(gateway?.servers ?? {})
    .filter(([name, state]) => ['down', 'failing', 'silent', 'refusing'].includes(state) && !known.has(name))
    .map(([name, state]) => item('error', 'server', name, 'gateway-server-failed', { name, state }));
}
