import type { texts } from '../../messages/commands/audit.js';
import { escapeControls, formatBytes, formatClock } from '../../messages/human.js';
import type { AuditRecord } from '../../observe/audit/audit-line.js';
import type { AuditGroup } from '../../observe/audit/filter-audit.js';
import { cutToWidth, displayWidth, padToWidth } from '../../observe/display-width.js';

type Words = (typeof texts)['en'];

/** Columns of who has called, and of how it ended. */
const WHO = 18;
const OUTCOME = 20;
const MS = 10;
/** Columns for where no terminal says how many there are. */
const WIDE = 200;

/** One record as a line: when, who, how it ended, how long, what. Foreign text is escaped; it fits the terminal. */
export function lineOf(record: AuditRecord, columns: number | undefined): string {
  const {
    key,
    agent,
    link,
    address,
    kind,
    outcome,
    code,
    ms,
    server,
    method,
    tool,
    requestBytes,
    replyBytes,
  } = record;
  const who = [
    key ?? agent ?? link ?? '-',
    key === undefined || agent === undefined ? undefined : `@${agent}`,
  ];
  const what = [kind === 'call' ? undefined : `[${kind}]`, server, tool ?? method, address, record.requestId];
  const sizes = replyBytes ? `${formatBytes(requestBytes ?? 0)} > ${formatBytes(replyBytes)}` : undefined;
  const end = code === undefined ? outcome : `${outcome} ${code}`;
  const lost = record.lost === undefined ? undefined : `(lost: ${record.lost})`;
  const line = [
    formatClock(Date.parse(record.time)),
    cell(who.filter(Boolean).join(' '), WHO),
    cell(end, OUTCOME),
    (ms === undefined ? '' : `${Math.round(ms)} ms`).padStart(MS),
    ...[...what, sizes, lost].filter((part) => part !== undefined).map((part) => escapeControls(part)),
  ].join('  ');
  const args = record.arguments === undefined ? '' : `  ${escapeControls(JSON.stringify(record.arguments))}`;
  return `${cutToWidth(`${line}${args}`, columns ?? WIDE)}\n`;
}

function cell(text: string, columns: number): string {
  return padToWidth(cutToWidth(escapeControls(text), columns), columns);
}

/** The summary as a table. */
export function summaryText(
  groups: readonly AuditGroup[],
  words: Words,
  columns: number | undefined,
): string {
  const head = words.columns;
  const rows = groups.map(({ key, server, tool, calls, errors, p50, p95 }) => [
    ...[key || '-', server || '-', tool || '-'].map(escapeControls),
    ...[String(calls), String(errors), `${Math.round(p50)} ms`, `${Math.round(p95)} ms`],
  ]);
  const all = [[head.key, 'server', 'tool', head.calls, head.errors, 'p50', 'p95'], ...rows];
  const widths = all[0]!.map((_, i) => Math.min(40, Math.max(...all.map((row) => displayWidth(row[i]!)))));
  return all
    .map((row) => {
      const cells = row.map((text, i) => {
        const cut = cutToWidth(text, widths[i]!);
        return i < 3 ? padToWidth(cut, widths[i]!) : ' '.repeat(widths[i]! - displayWidth(cut)) + cut;
      });
      return `${cutToWidth(cells.join('  ').trimEnd(), columns ?? WIDE)}\n`;
    })
    .join('');
}
