import { FINDING_CODES, type FindingId } from '../messages/codes.js';
import { type FindingParams, formatHeadline } from '../messages/index.js';
import type { ActualValue } from '../messages/parts.js';
import { ConfigError, type ConfigHeadline, type Finding } from '../protocol/errors.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';

/** The message's parameters as a list of arguments; empty for a message without parameters. */
type Given<Id extends FindingId> = FindingParams<Id> extends undefined ? [] : [params: FindingParams<Id>];

export function errorAt<Id extends FindingId>(place: Place, id: Id, ...given: Given<Id>): Finding {
  return { severity: 'error', ...place, code: FINDING_CODES[id], id, params: given[0] ?? {} };
}

export function warningAt<Id extends FindingId>(place: Place, id: Id, ...given: Given<Id>): Finding {
  return { ...errorAt(place, id, ...given), severity: 'warning' };
}

/** The error for a configuration that cannot be used. */
export function configError(headline: ConfigHeadline, findings: readonly Finding[]): ConfigError {
  return new ConfigError(headline, formatHeadline({ headline, findings }, 'en'), findings);
}

/** Keys whose values are words of mcp-pipe, never secrets: errors may repeat these values. */
const OPEN_KEYS = new Set([
  'type',
  'transportType',
  'transport',
  'disabled',
  'enabled',
  'isActive',
  'handshake',
  'share',
  'start',
  'idlePark',
  'idleParkMs',
  'maxServersMemory',
  'lock',
  'keep',
  'mode',
  'prefix',
  'separator',
  'toolNames',
  'onListChange',
  'priority',
  'dwellMs',
  'order',
  'rotateEveryMs',
  'host',
  'port',
  'sessionIdle',
  'maxBody',
  'address',
]);

/** The kind of a wrong value. Texts and numbers are quoted only for a key that is known to hold no secret. */
export function describe(
  value: unknown,
  key?: string | number,
  isOpen = typeof key === 'string' && OPEN_KEYS.has(key),
): ActualValue {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  if (typeof value === 'string') {
    return isOpen ? { literal: JSON.stringify(value.slice(0, 40)) } : 'text';
  }
  return value === undefined ? 'nothing' : { literal: String(value) };
}

export function hasError(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** Removes repeated findings and keeps the order; a finding that is an error once stays an error. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const { id, file, path, line, params } = finding;
    const key = JSON.stringify([id, file, path, line, params]);
    if (!seen.has(key) || finding.severity === 'error') seen.set(key, finding);
  }
  return [...seen.values()];
}

/** Sorts by file and line; findings without a line come last. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const placed = findings.flatMap((finding) =>
    finding.line === undefined ? [] : [{ finding, line: finding.line }],
  );
  placed.sort((a, b) => {
    if (a.finding.file !== b.finding.file) return a.finding.file < b.finding.file ? -1 : 1;
    return a.line - b.line;
  });
  return [...placed.map(({ finding }) => finding), ...findings.filter(({ line }) => line === undefined)];
}

/** `"//": "…"` and `"_comment": "…"` stand for comments in plain JSON. */
export function isComment(key: string): boolean {
  return key.startsWith('//') || key.startsWith('_');
}

/** Other programs' words for a key. By its letters, another key would be nearer, or none. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  cmd: 'command',
  checkArgs: 'checkArguments',
  program: 'command',
  executable: 'command',
  arguments: 'args',
  workdir: 'cwd',
  workingDirectory: 'cwd',
};

export function unknownKey(place: Place, key: string, known: readonly string[]): Finding {
  const other = Object.hasOwn(OTHER_WORDS, key) ? OTHER_WORDS[key] : undefined;
  const [meant] = other !== undefined && known.includes(other) ? [other] : nearest(key, known);
  return warningAt(place, 'unknown-key', { key: key.slice(0, 60), meant });
}
