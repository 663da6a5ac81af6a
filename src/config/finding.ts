import type { Finding } from '../protocol/errors.js';
import type { Place } from './json-source.js';
import { nearest } from './nearest.js';

/** What a finding says besides its place. */
export interface Said {
  code: string;
  expected: string;
  got: string;
  next: string;
}

export function errorAt(place: Place, said: Said): Finding {
  return { severity: 'error', ...place, ...said };
}

export function warningAt(place: Place, said: Said): Finding {
  return { severity: 'warning', ...place, ...said };
}

/** Keys whose values are words of mcp-pipe, never secrets, and so may be repeated. */
const OPEN_KEYS = new Set([
  'type',
  'transportType',
  'transport',
  'disabled',
  'enabled',
  'isActive',
  'handshake',
]);

/** What kind of value came. Texts and numbers are not quoted unless their key is known to hold no secret. */
export function describe(value: unknown, key?: string | number): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') {
    return typeof key === 'string' && OPEN_KEYS.has(key) ? JSON.stringify(value.slice(0, 40)) : 'a text';
  }
  return value === undefined ? 'nothing' : String(value);
}

/** Each finding once, in the order of its first appearance. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.code, finding.file, finding.path, finding.line, finding.got]);
    if (!seen.has(key)) seen.set(key, finding);
  }
  return [...seen.values()];
}

/** By file and line, as a reader goes through them; what has no line comes last. */
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

/** `"//": "…"` and `"_comment": "…"` are how people comment where comments are not allowed. */
export function isComment(key: string): boolean {
  return key.startsWith('//') || key.startsWith('_');
}

export function unknownKey(place: Place, key: string, known: readonly string[]): Finding {
  const [meant] = nearest(key, known);
  const next =
    meant === undefined
      ? 'It is ignored; remove it if you like.'
      : `It is ignored. Did you mean ${JSON.stringify(meant)}?`;
  const expected = 'a key that mcp-pipe knows';
  return warningAt(place, {
    code: 'CONFIG_UNKNOWN_KEY',
    expected,
    got: JSON.stringify(key.slice(0, 60)),
    next,
  });
}
