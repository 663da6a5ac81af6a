import { texts } from '../../messages/commands/check.js';
import { wordFinding } from '../../messages/index.js';
import { alertsJson } from './alerts-text.js';
import { agentRows } from './check-agents.js';
import { gatewayJson } from './check-gateway.js';
import { type CheckReport, memoryJson } from './check-memory.js';
import { packagesJson } from './check-packages.js';
import { checkRows, shownEndpoint, whyLines } from './check-rows.js';
import { type CheckContext, countOf } from './check-text.js';

/** Raised when a field changes its meaning or is removed; new fields may come at any time. */
const version = 3;

/** The report for programs: names of fields and codes are stable, texts follow the language. */
export function checkJson(
  result: CheckReport,
  { lang }: CheckContext,
  redact: (text: string) => string,
): string {
  const rows = checkRows(result);
  const why = whyLines(result, texts[lang].why);
  const { errors, warnings } = countOf(result);
  const report = {
    version,
    ok: errors === 0,
    plan: {
      servers: rows.map(
        ({
          kind,
          link,
          shown: _,
          inJson,
          endpoint,
          fingerprint,
          priority,
          calls,
          held,
          account: __,
          ...row
        }) => ({
          ...row,
          kind: kind ?? null,
          link: link ?? null,
          ...inJson,
          endpoint: endpoint ?? null,
          fingerprint: fingerprint ?? null,
          priority: priority ?? 0,
          calls: calls ?? null,
          held: held ?? null,
        }),
      ),
      agents: agentRows(result).map(({ endpoint, fingerprint, ...row }) => ({
        ...row,
        endpoint: endpoint ?? null,
        fingerprint: fingerprint ?? null,
      })),
      disabledAgents: result.disabledAgents,
      links: result.links.map(({ name, kind, agent, servers, endpoint, account, tools }) => ({
        name,
        kind,
        agent: agent ?? null,
        servers,
        tools: Object.keys(tools).length === 0 ? null : tools,
        endpoint: shownEndpoint(endpoint),
        fingerprint: endpoint.fingerprint,
        account: account ?? null,
        why: why.get(endpoint.identity),
      })),
      gateway: gatewayJson(result),
      sentry: result.sentry ?? null,
      otlp: result.otlp ?? null,
      redis: result.redis ?? null,
      memory: memoryJson(result.memory),
      packages: packagesJson(result.worstPackage),
      alerts: result.alerts ? alertsJson(result.alerts, lang) : null,
    },
    findings: result.findings.map((finding) => {
      const { severity, code, file, path, line, params } = finding;
      const { expected, got, next } = wordFinding(finding, lang);
      const column = typeof params.column === 'number' ? params.column : null;
      return { severity, code, file, path, line: line ?? null, column, expected, got, next };
    }),
    summary: { errors, warnings, servers: rows.length, startable: result.startable.length },
  };
  return `${JSON.stringify(report, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value), 2)}\n`;
}
