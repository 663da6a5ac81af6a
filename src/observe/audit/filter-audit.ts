import { matchesGlob } from '../../protocol/glob.js';
import type { AuditRecord } from './audit-line.js';

/** Which records are wanted; a member that is lacking limits nothing. */
export interface AuditFilter {
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
  /** Names or globs. */
  key?: string | undefined;
  server?: string | undefined;
  tool?: string | undefined;
  outcome?: string | undefined;
  kind?: string | undefined;
  requestId?: string | undefined;
}

export function isWanted(record: AuditRecord, filter: AuditFilter): boolean {
  const at = Date.parse(record.time);
  if (filter.sinceMs !== undefined && at < filter.sinceMs) return false;
  if (filter.untilMs !== undefined && at > filter.untilMs) return false;
  if (filter.requestId !== undefined && record.requestId !== filter.requestId) return false;
  return (['key', 'server', 'tool', 'outcome', 'kind'] as const).every((name) => {
    const glob = filter[name];
    return glob === undefined || matchesGlob(glob, record[name] ?? '');
  });
}

/** Calls of one key to one tool. */
export interface AuditGroup {
  key: string;
  server: string;
  tool: string;
  calls: number;
  errors: number;
  /** In milliseconds. */
  p50: number;
  p95: number;
}

/** Groups whose calls are counted; further ones are counted together. */
const MAX_GROUPS = 1_000;
const OTHERS = '…';

/** Calls and refusals, by key, server and tool; those with the most calls first. */
export function summaryOf(records: Iterable<AuditRecord>): AuditGroup[] {
  const groups = new Map<string, { of: AuditGroup; ms: number[] }>();
  for (const { kind, key = '', server = '', method = '', tool = method, outcome, ms } of records) {
    if (kind !== 'call' && kind !== 'refused') continue;
    const name = JSON.stringify([key, server, tool]);
    const known = groups.get(name);
    const isOther = !known && groups.size >= MAX_GROUPS;
    const of = isOther ? { key: OTHERS, server: OTHERS, tool: OTHERS } : { key, server, tool };
    const at = isOther ? OTHERS : name;
    const group = known ?? groups.get(at) ?? { of: { ...of, calls: 0, errors: 0, p50: 0, p95: 0 }, ms: [] };
    groups.set(at, group);
    group.of.calls += 1;
    if (outcome !== 'ok') group.of.errors += 1;
    if (ms !== undefined) group.ms.push(ms);
  }
  return [...groups.values()]
    .map(({ of, ms }) => {
      const sorted = Float64Array.from(ms).sort();
      const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
      return { ...of, p50: at(0.5), p95: at(0.95) };
    })
    .sort((a, b) => b.calls - a.calls);
}
