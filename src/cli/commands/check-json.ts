import type { CheckResult } from '../../config/check/check.js';
import { wordFinding } from '../../observe/messages/index.js';
import { checkRows } from './check-rows.js';
import { type CheckContext, countOf } from './check-text.js';

/** Raised when a field changes its meaning or goes; new ones may come at any time. */
const version = 1;

/** The report for programs: the names of fields and codes stay, the texts follow the language. */
export function checkJson(
  result: CheckResult,
  { lang }: CheckContext,
  redact: (text: string) => string,
): string {
  const rows = checkRows(result);
  const { mistakes, doubts } = countOf(result);
  const report = {
    version,
    ok: mistakes === 0,
    plan: {
      links: rows.map(({ name, kind, enabled, startable, command, endpoint, fingerprint, sharedWith }) => ({
        name,
        kind,
        enabled,
        startable,
        command: command[0] ?? null,
        args: command.slice(1),
        endpoint: endpoint ?? null,
        fingerprint: fingerprint ?? null,
        sharedWith,
      })),
    },
    findings: result.findings.map((finding) => {
      const { severity, code, file, path, line, params } = finding;
      const { expected, got, next } = wordFinding(finding, lang);
      const column = typeof params.column === 'number' ? params.column : null;
      return { severity, code, file, path, line: line ?? null, column, expected, got, next };
    }),
    summary: { mistakes, doubts, servers: rows.length, startable: result.startable.length },
  };
  return `${JSON.stringify(report, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value), 2)}\n`;
}
