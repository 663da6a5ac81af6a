import { STORE } from '../../src/leases/store-defaults.js';
import { quantile } from './analysis.js';
import type { Ran } from './run-case.js';

/** Figures of a case; times in ms. */
export interface Row {
  name: string;
  what: string;
  minutes: number;
  faults: number;
  load: number;
  ttlMs: number;
  opened: number;
  /** The most sockets above a limit, the longest time, and how often. */
  over: { most: number; longestMs: number; times: number };
  /** The same, without sockets of processes that were stopped. */
  overAwake: { most: number; longestMs: number; times: number };
  /** Without an owner: as it was, and from when leases were to be had. */
  noneMs: number;
  noneWithLeasesMs: number;
  fewerWithLeasesMs: number;
  /** How long a token may be without an owner: TTL and jitter. */
  boundMs: number;
  /** How long a stopped process may be above the limit; undefined when only its waking ends that. */
  frozenBoundMs: number | undefined;
  calls: Ran['calls'];
  /** Of steps of leases, on the wire: how many, without an answer, and how long they took. */
  operations: { count: number; unanswered: number; p50Ms: number; p95Ms: number };
  /** In words, what must not be. */
  violations: string[];
}

/** A slot is left to another machine for a quarter of the TTL; the look before and the one after are an eighth apart at most. */
const JITTER = STORE.yieldsFor + (2 * 1.25) / STORE.looks;
/** It may have been offered to another machine last; Redis may have to be connected to, and the endpoint. */
const JITTER_MS = STORE.offeredForMs + 2_000;
/** A renewal is a third of the TTL old at most. */
const RENEWED = 1 / STORE.renewals;

export function rowOf(ran: Ran): Row {
  const { name, what, minutes, faults, load, ttlMs, pings, opened, overs, calls } = ran;
  const awake = overs.filter(({ byAwake }) => byAwake > 0);
  const took = ran.operations.flatMap(({ tookMs }) => tookMs ?? []);
  const boundMs = ttlMs * (1 + JITTER) + JITTER_MS;
  const violations = awake.map(
    ({ token, byAwake, from, to }) =>
      `${token} had ${byAwake} too many for ${Math.round(to - from)} ms, of processes that ran`,
  );
  if (ran.noneWithLeasesMs > boundMs)
    violations.push(`a token had no owner for ${Math.round(ran.noneWithLeasesMs)} ms`);
  if (calls.asked !== calls.answered + calls.errors + calls.closed)
    violations.push('not every call has ended in an answer, an error, or with its socket');
  if (calls.twice > 0) violations.push(`${calls.twice} answers to calls that had one`);
  return {
    ...{ name, what, minutes, faults, load, ttlMs, opened, calls, boundMs, violations },
    over: sumOf(overs.map(({ by, from, to }) => ({ by, ms: to - from }))),
    overAwake: sumOf(awake.map(({ byAwake, from, to }) => ({ by: byAwake, ms: to - from }))),
    noneMs: ran.noneMs,
    noneWithLeasesMs: ran.noneWithLeasesMs,
    fewerWithLeasesMs: ran.fewerWithLeasesMs,
    // Its last ping was answered right before it stopped; its lease had been renewed a third of a TTL before.
    frozenBoundMs: pings ? (ttlMs * 40) / 45 - ttlMs * (1 - RENEWED) : undefined,
    operations: {
      count: ran.operations.length,
      unanswered: ran.operations.length - took.length,
      p50Ms: quantile(took, 0.5) ?? 0,
      p95Ms: quantile(took, 0.95) ?? 0,
    },
  };
}

function sumOf(overs: readonly { by: number; ms: number }[]): Row['over'] {
  return {
    most: Math.max(0, ...overs.map(({ by }) => by)),
    longestMs: Math.max(0, ...overs.map(({ ms }) => ms)),
    times: overs.length,
  };
}

/** Two tables, for a terminal and as Markdown: the same text is both. Then what must not be, in words. */
export function textOf(rows: readonly Row[]): string {
  const sockets = rows.map((row) => [
    ...[row.name, seconds(row.ttlMs), count(row.faults), count(row.opened)],
    ...[overText(row.over), overText(row.overAwake)],
    ...[seconds(row.noneWithLeasesMs), seconds(row.boundMs), row.load.toFixed(0)],
  ]);
  const calls = rows.map(({ name, calls: { asked, answered, errors, closed, twice }, operations }) => [
    ...[name, ...[asked, answered, errors, closed, twice, operations.count].map(count)],
    ...[operations.p50Ms, operations.p95Ms].map((ms) => `${ms.toFixed(1)} ms`),
    count(operations.unanswered),
  ]);
  const wrong = rows.flatMap(({ name, violations }) => violations.map((text) => `${name}: ${text}`));
  return [tableOf([SOCKETS, ...sockets]), tableOf([CALLS, ...calls]), ...wrong].join('\n\n');
}

const SOCKETS = [
  ...['case', 'TTL', 'faults', 'sockets', 'above the limit', 'of processes that ran'],
  ...['longest without an owner', 'bound', 'load'],
];
const CALLS = [
  ...['case', 'calls', 'answered', 'errors', 'socket closed', 'ended twice'],
  ...['lease steps', 'p50', 'p95', 'unanswered'],
];

function tableOf([header, ...lines]: string[][]): string {
  const widths = header!.map((_, i) => Math.max(...[header!, ...lines].map((line) => line[i]!.length)));
  const format = (line: readonly string[]) =>
    `| ${line.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [format(header!), rule, ...lines.map(format)].join('\n');
}

function overText({ most, longestMs, times }: Row['over']): string {
  return times === 0 ? '0' : `${most} for ${seconds(longestMs)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
