import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { CheckResult } from '../../config/check/check.js';
import { texts } from '../../messages/commands/check.js';
import { escapeControls } from '../../messages/human.js';
import { type Lang, wordFinding } from '../../messages/index.js';
import { displayWidth, wrapWords } from '../../observe/display-width.js';
import type { Finding } from '../../protocol/errors.js';
import { rateText } from '../../protocol/rate-text.js';
import { describeAlerts } from './alerts-text.js';
import { agentRows, agentTable } from './check-agents.js';
import { gatewayLines } from './check-gateway.js';
import { type CheckReport, memoryLines } from './check-memory.js';
import { packageLines } from './check-packages.js';
import { type CheckRow, checkRows, whyLines } from './check-rows.js';
import { inColumns, leastWidth, narrowed, type Paint } from './check-table.js';

/** Language and terminal of the text. */
export interface CheckContext {
  lang: Lang;
  /** Files below this folder are shown relative to it. */
  cwd: string;
  /** The command line that starts what was checked. */
  run: string;
  colours: boolean;
  /** Width of the terminal; undefined: lines are not shortened. */
  columns: number | undefined;
}

type Words = typeof texts.en;

/** The last column. */
const NOTES = 4;

/** The report for people: the plan as a table, the findings by severity, one line of summary, one of advice. */
export function checkText(
  result: CheckReport,
  context: CheckContext,
  redact: (text: string) => string,
): string {
  const words = texts[context.lang];
  const paint: Paint = (style, text) =>
    context.colours ? styleText(style, text, { validateStream: false }) : text;
  const rows = checkRows(result);
  const { errors, warnings } = countOf(result);
  const blocks: string[] = [];
  if (rows.length > 0)
    blocks.push(table(rows, words, context.columns, paint, redact, result.gateway !== undefined));
  const agents = agentRows(result);
  if (agents.length > 0) blocks.push(agentTable(agents, words, context.columns, paint, redact));
  const { columns = Number.POSITIVE_INFINITY } = context;
  const broken = (text: string) => wrapWords(text, columns, 0, '');
  if (result.disabledAgents.length > 0)
    blocks.push(broken(escapeControls(redact(words.disabledAgents({ agents: result.disabledAgents })))));
  const why = [...whyLines(result, words.why).values()].map((line) => broken(escapeControls(redact(line))));
  if (why.length > 0) blocks.push(why.join('\n'));
  const alerts = result.alerts ? describeAlerts(result.alerts, context.lang, redact) : [];
  if (alerts.length > 0) blocks.push(alerts.map(broken).join('\n'));
  const reporting = reportingLines(result, words, redact);
  if (reporting.length > 0) blocks.push(reporting.map(broken).join('\n'));
  const gateway = gatewayLines(result, context.lang);
  if (gateway.length > 0) blocks.push(gateway.map((line) => unlessAddress(redact(line), columns)).join('\n'));
  const memory = memoryLines(result.memory, context.lang);
  if (memory.length > 0) blocks.push(memory.map((line) => broken(redact(line))).join('\n'));
  const packages = packageLines(result.worstPackage, context.lang);
  if (packages.length > 0) blocks.push(packages.map((line) => broken(redact(line))).join('\n'));
  for (const [severity, title, style] of [
    ['error', words.errors({ count: errors }), 'red'],
    ['warning', words.warnings({ count: warnings }), 'yellow'],
  ] as const) {
    const group = result.findings.filter((finding) => finding.severity === severity);
    if (group.length === 0) continue;
    const shown = group.map((finding) => formatFinding(finding, context, words, paint, redact));
    blocks.push([paint(['bold', style], title), ...shown].join('\n'));
  }
  const counts = [
    ...(errors > 0 ? [words.errors({ count: errors })] : []),
    ...(warnings > 0 ? [words.warnings({ count: warnings })] : []),
  ].join(', ');
  const summary = `${counts || words.clean}; ${words.wouldStart({ count: result.startable.length, all: rows.length })}.`;
  blocks.push(`${paint('bold', broken(summary))}\n${broken(redact(advice(result, words, context.run)))}`);
  return `${blocks.join('\n\n')}\n`;
}

/** An address is not broken: it is copied. */
function unlessAddress(line: string, columns: number): string {
  return /:\/\/\S+$/.test(line) ? line : wrapWords(line, columns, 0, '  ');
}

/** Where errors and traces would go, and what machines share. */
function reportingLines(
  { sentry, otlp, redis }: CheckResult,
  words: Words,
  redact: (text: string) => string,
): string[] {
  const { host, environment } = sentry ?? {};
  return [
    ...(host === undefined
      ? []
      : [words.sentry({ host, environment: escapeControls(redact(environment!)) })]),
    ...(otlp ? [words.otlp({ url: otlp.url && redact(otlp.url) })] : []),
    ...(redis ? [words.redis({ url: redact(redis.url), ttlMs: redis.ttlMs })] : []),
  ];
}

export function countOf({ findings }: CheckResult): { errors: number; warnings: number } {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: findings.length - errors };
}

function table(
  rows: readonly CheckRow[],
  words: Words,
  columns: number | undefined,
  paint: Paint,
  redact: (text: string) => string,
  isServed: boolean,
): string {
  const { server, kind, command, endpoint, notes } = words.columns;
  const cells = rows.map((row) =>
    [
      row.name,
      kindOf(row, words),
      row.shown.join(' ') || '-',
      endpointOf(row, words),
      notesOf(row, words, isServed),
    ].map((cell) => escapeControls(redact(cell))),
  );
  const titles = [server, kind, command, endpoint, notes].map((title) => title.toUpperCase());
  const least = [leastWidth, leastWidth, leastWidth, leastWidth + ' #12345678'.length, leastWidth];
  const whole = narrowed([titles, ...cells], columns, least);
  // Notes that would be cut stand below their rows.
  const isCut = cells.some((row) => displayWidth(row[NOTES]!) > whole[NOTES]!);
  const shown = (row: readonly string[]) => (isCut ? row.slice(0, NOTES) : row);
  const widths = isCut ? narrowed([titles, ...cells].map(shown), columns, least.slice(0, NOTES)) : whole;
  const below = (row: readonly string[]) =>
    isCut && row[NOTES] !== ''
      ? [wrapWords(`    ${row[NOTES]}`, columns ?? Number.POSITIVE_INFINITY, 0, '    ')]
      : [];
  return [
    paint('bold', inColumns(shown(titles), widths)),
    ...rows.map((row, i) => {
      // The end of the cell is kept because it tells two addresses apart; the address before it is cut.
      const kept = row.endpoints === 1 ? { column: 3, end: fingerprintOf(row) } : undefined;
      const cell = cells[i]!;
      const text = [inColumns(shown(cell), widths, kept), ...below(cell)].join('\n');
      return row.enabled ? text : paint('dim', text);
    }),
  ].join('\n');
}

function endpointOf(row: CheckRow, words: Words): string {
  if (row.endpoint === undefined) return '-';
  return row.endpoints > 1
    ? words.endpoints({ count: row.endpoints })
    : `${row.endpoint}${fingerprintOf(row)}`;
}

/**
 * `pipe`, or the name of a shared connection: `mux`, `mux-2`; `mux memory` for a mux with one server; of several links, their
 * number.
 */
function kindOf({ name, kind, link, links }: CheckRow, words: Words): string {
  if (kind === undefined || link === undefined) return '-';
  if (links.length > 1) return words.links({ count: links.length });
  if (kind === 'pipe') return kind;
  return link === name ? `${kind} ${name}` : link;
}

function notesOf(row: CheckRow, words: Words, isServed: boolean): string {
  if (!row.enabled) return words.disabled;
  if (row.endpoint === undefined)
    return [isServed ? words.gatewayOnly : words.noEndpoint, ...limitsOf(row, words)].join('; ');
  const { priority, account } = row;
  const notes = [
    ...(row.kind === 'pipe' && row.links.length === 1 && row.sharedWith.length > 0
      ? [words.sameToken({ others: fewOf(row.sharedWith) })]
      : []),
    ...(priority === undefined ? [] : [words.priority({ priority })]),
    ...limitsOf(row, words),
    ...(account ? [words.account({ account: account.name, connections: account.connections })] : []),
  ];
  return notes.join('; ');
}

function limitsOf({ calls, held }: CheckRow, words: Words): string[] {
  const holding = held && Object.values(held).some(Boolean) ? [words.held(held)] : [];
  if (calls === undefined) return holding;
  const { rate, tools = [], ...others } = calls;
  const globs = tools.map(({ glob }) => escapeControls(glob));
  return [words.limits({ ...others, rate: rate && rateText(rate), globs }), ...holding];
}

/** The first few names; otherwise each of hundreds of servers would list all others. */
function fewOf(names: readonly string[]): readonly string[] {
  return names.length <= 8 ? names : [...names.slice(0, 7), '…'];
}

function fingerprintOf({ fingerprint }: CheckRow): string {
  return ` #${fingerprint}`;
}

function formatFinding(
  finding: Finding,
  { lang, cwd, columns = Number.POSITIVE_INFINITY }: CheckContext,
  words: Words,
  paint: Paint,
  redact: (text: string) => string,
): string {
  const { file, line, path, params, code } = finding;
  const { expected, got, next } = wordFinding(finding, lang);
  const column = typeof params.column === 'number' ? params.column : undefined;
  const numbers = [shownFile(file, cwd), line, column].filter((part) => part !== undefined && part !== '');
  const where = [numbers.join(':'), path].filter((part) => part !== '').join(' ');
  const labels = [words.expected, words.got, words.next];
  const width = Math.max(...labels.map((label) => label.length));
  const clean = (text: string) => escapeControls(redact(text));
  const place = wrapWords(clean(where), columns, 2, '  ');
  const gap = displayWidth(`  ${place}: [${code}]`) > columns ? '\n  ' : ' ';
  const indent = '    '.length + width + ': '.length;
  const beside = (text: string) => wrapWords(clean(text), columns, indent, ' '.repeat(indent));
  return [
    `  ${where === '' ? '' : `${paint('bold', place)}:${gap}`}${paint('dim', `[${code}]`)}`,
    ...excerptOf(finding),
    ...[expected, got, next].map(
      (text, i) => `    ${paint('dim', `${labels[i]}:`.padEnd(width + 1))} ${beside(text)}`,
    ),
  ].join('\n');
}

/** The line of broken JSON, with a mark at the error. */
function excerptOf({ params }: Finding): string[] {
  const { excerpt, caret } = params;
  if (typeof excerpt !== 'string' || typeof caret !== 'number' || excerpt === '') return [];
  return [`      ${escapeControls(excerpt)}`, `      ${' '.repeat(caret)}^`];
}

/** A file as it is shown: relative, if it is below the folder. */
export function shownFile(file: string, cwd: string): string {
  if (file === '') return '';
  const near = relative(cwd, file);
  return near.startsWith('..') || near === '' ? file : near;
}

function advice({ findings, servers }: CheckResult, words: Words, run: string): string {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    if (servers.length === 0 && errors.every(({ id }) => id === 'no-configuration'))
      return words.nothingThere;
    return errors.every(({ id }) => id === 'no-endpoint')
      ? words.mendEndpoint({ run })
      : words.mend({ check: run.replace('mcp-pipe', 'mcp-pipe check') });
  }
  const isUnready = findings.some(({ id }) => id === 'endpoint-placeholder');
  if (isUnready) return words.mendEndpoint({ run });
  return findings.length > 0 ? words.fixWarnings({ run }) : words.ready({ run });
}
