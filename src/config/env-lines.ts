import type { EnvLineKind } from '../messages/parts.js';
import type { Finding } from '../protocol/errors.js';
import type { Environment } from './environment.js';
import { warningAt } from './finding.js';
import { nearest } from './nearest.js';

/** An assignment as dotenv reads it. */
const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)\s*(['"`]?)(.*)$/;

/** Assignments of other shells and file formats; the first group is the variable's name. */
const KINDS: readonly [kind: EnvLineKind, pattern: RegExp][] = [
  ['powershell', /^\$(?:env:|\{env:)(\w+)\}?\s*=/i],
  ['windows-prompt', /^setx?\s+"?(\w+)(?:\s*=|\s)/i],
  ['shell', /^(?:declare|typeset|local|readonly|setenv|env|let|const|var)\s+(?:-\w+\s+)*(\w+)(?:\s*=|\s)/i],
  ['json', /^["'“”](\w+)["'“”]\s*[:=]/],
  ['other', /^([A-Za-z_]\w*)\s*[:=＝：]/],
  ['other', /^([A-Z_][A-Z0-9_]*)\s+\S/],
];

/** Whether the line is a comment, whose encoding does not matter. */
export function isEnvComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** Warnings for lines of a `.env` file that look like assignments and set nothing. */
export function strayLines(file: string, text: string): Finding[] {
  const found: Finding[] = [];
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, , quote, rest] = ASSIGNMENT.exec(lines[i]!) ?? [];
    if (rest !== undefined) {
      if (quote && !rest.includes(quote)) i = endOfQuoted(lines, i, quote);
      continue;
    }
    const params = classify(line);
    // `export NAME` alone: the variable is set elsewhere.
    if (/^export\s+\w+$/.test(line)) continue;
    found.push(warningAt({ file, path: '', line: i + 1 }, 'env-line', params));
  }
  return found;
}

/** The index of the line that ends a quoted text; `from` itself when no line does, for then the quote is a letter. */
function endOfQuoted(lines: readonly string[], from: number, quote: string): number {
  const end = lines.findIndex((line, i) => i > from && line.includes(quote));
  return end < 0 ? from : end;
}

function classify(line: string): { kind: EnvLineKind; name: string | undefined } {
  if (/^["'“]?wss?:\/\//i.test(line)) return { kind: 'address', name: 'MCP_ENDPOINT' };
  for (const [kind, pattern] of KINDS) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined) return { kind, name };
  }
  return { kind: 'other', name: undefined };
}

/** Warnings for variables that are nearly spelt MCP_ENDPOINT and that no entry refers to. */
export function misspeltEndpoints(environment: Environment, isNamed: (name: string) => boolean): Finding[] {
  return environment.entries().flatMap(([name, value]): Finding[] => {
    const { place } = environment.read(name);
    const meant = endpointMeant(name, value, place.file !== '');
    if (meant === undefined || environment.get(meant) !== undefined || isNamed(name)) return [];
    return [warningAt(place, 'env-name', { name, meant })];
  });
}

function endpointMeant(name: string, value: string, isInFile: boolean): string | undefined {
  const upper = name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  if (value.trim() === '') return undefined;
  if (/^MCP_?ENDPOINTS?(_|$)/.test(upper)) {
    const meant = upper.replace(/^MCP_?ENDPOINTS?/, 'MCP_ENDPOINT');
    return meant === name ? undefined : meant;
  }
  // Variables of the real environment may belong to other programs.
  if (!isInFile || !/^["'“]?wss?:\/\//i.test(value.trim())) return undefined;
  const [meant] = nearest(upper, ['MCP_ENDPOINT']);
  return upper.length > 6 && meant !== name ? meant : undefined;
}
