import type { Finding } from '../protocol/errors.js';
import { type NormalEntry, normalEntry } from './entry-forms.js';
import type { Environment } from './environment.js';
import { warningAt } from './finding.js';
import { isRecord } from './foreign-root.js';
import type { Place } from './place.js';

/** Types of servers that are built into another program: mcp-pipe cannot start them. */
const PARTS: ReadonlySet<string> = new Set([
  ...['builtin', 'platform', 'frontend', 'inline_python', 'openapi', 'inmemory', 'inMemory'],
]);

/** The type of an entry that is built into another program; undefined for a server that can be started. */
export function partOfProgram(entry: Readonly<Record<string, unknown>>): string | undefined {
  if (entry.command !== undefined) return undefined;
  const { type, source } = entry;
  if (typeof type === 'string' && PARTS.has(type)) return type;
  // Zed: the extension brings its command along.
  return source === 'extension' && entry.url === undefined ? source : undefined;
}

export interface ForeignEntry {
  entry: NormalEntry['entry'];
  findings: readonly Finding[];
  /** True when mcp-pipe cannot start it, whatever else the entry says. */
  isPart: boolean;
}

/** Converts an entry of another program into the form of `mcpServers`, with notes about what was changed. */
export function foreignEntry(
  name: string,
  raw: unknown,
  hidden: readonly string[] | undefined,
  environment: Environment,
  placeOf: (...inside: string[]) => Place,
): ForeignEntry {
  const { entry } = normalEntry(name, raw, hidden);
  if (!isRecord(entry)) return { entry, findings: [], isPart: false };
  const type = partOfProgram(entry);
  if (type !== undefined) {
    return { entry, findings: [warningAt(placeOf(), 'part-of-program', { name, type })], isPart: true };
  }
  const findings = Object.entries(isRecord(entry.env) ? entry.env : {}).flatMap(([key, value]) => {
    // Gemini CLI and Copilot CLI fill in a bare $NAME. A name that is not set gets no warning: it may be a password.
    const [, variable] = /^\$([A-Z][A-Z0-9_]+)$/.exec(String(value)) ?? [];
    const isMeant = variable !== undefined && environment.get(variable) !== undefined;
    return isMeant ? [warningAt(placeOf('env', key), 'bare-variable', { variable })] : [];
  });
  return { entry, findings, isPart: false };
}
