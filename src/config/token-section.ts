import type { Finding } from '../protocol/errors.js';
import { checkPart, keysOf } from './check-part.js';
import type { Settings } from './defaults.js';
import { describe, errorAt, isComment } from './finding.js';
import type { TokenOptions } from './grouping.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';
import type { ShapeIssue } from './shape-check.js';

/** Options of one token under `tokens`. Missing ones are as for all tokens. */
export interface TokenConfig extends Partial<Omit<TokenOptions, 'settings'>> {
  /** The variable that holds the address, or the token's fingerprint. */
  key: string;
  place: Place;
  settings: Partial<Settings>;
}

/** A variable's name, or 8 hex digits. Anything else may be a token, and is not repeated. */
const KEY = /^[A-Za-z_]\w{0,99}$|^[0-9a-f]{8}$/;

/** Words for a part of an agent that by their letters would be near another one, or none. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  token: 'endpoint',
  tokens: 'endpoint',
  url: 'endpoint',
  address: 'endpoint',
  mcpEndpoint: 'endpoint',
  MCP_ENDPOINT: 'endpoint',
  mcpServers: 'servers',
};

/** Reads `tokens`; errors and warnings are added to `findings`. */
export async function readTokens(
  source: JsonSource,
  raw: Readonly<Record<string, unknown>> | undefined,
  common: Settings,
  findings: Finding[],
): Promise<TokenConfig[]> {
  if (raw === undefined) return [];
  const known = keysOf('token');
  const tokens: TokenConfig[] = [];
  for (const [key, entry] of Object.entries(raw)) {
    // The name of a variable may begin with _ like a comment.
    if (key.startsWith('//') || (isComment(key) && typeof entry !== 'object')) continue;
    const place = source.place(['tokens', key]);
    if (!KEY.test(key)) {
      findings.push(errorAt({ ...place, path: 'tokens' }, 'token-key'));
      continue;
    }
    const { issues, value } = await checkPart('token', entry);
    findings.push(...shapeFindings(source, ['tokens', key], entry, issues, known));
    const { mode, prefix, separator, toolNames, onListChange, accountGroup, ...rest } = value;
    const settings = rest as Partial<Settings>;
    findings.push(...swappedDelays(place, settings, common));
    const options = defined({ mode, prefix, separator, toolNames, onListChange, accountGroup });
    tokens.push({ ...options, key, place, settings });
  }
  return tokens;
}

/** Errors for the parts of an entry that have a wrong shape, and for its unknown keys. */
export function shapeFindings(
  source: JsonSource,
  around: JsonPath,
  entry: unknown,
  issues: readonly ShapeIssue[],
  known: readonly string[],
): Finding[] {
  return issues.map(({ path, shape, unknownKey }) => {
    const at = source.place([...around, ...path]);
    if (unknownKey === undefined) {
      const wrong = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)?.[key], entry);
      return errorAt(at, 'shape', { shape, came: describe(wrong, path[0]) });
    }
    // An unknown key further inside stands in a filter: ignoring it could show a tool that should be hidden.
    if (path.length > 1) {
      const came = { literal: JSON.stringify(unknownKey) };
      return errorAt(at, 'shape', { shape: { id: 'tool-filter' }, came });
    }
    const other = Object.hasOwn(OTHER_WORDS, unknownKey) ? OTHER_WORDS[unknownKey] : undefined;
    const [meant] = other !== undefined && known.includes(other) ? [other] : nearest(unknownKey, known);
    return errorAt(at, 'unknown-setting', { key: unknownKey, meant, known });
  });
}

/** An error when the least delay is above the longest, and the settings of all do not say so already. */
export function swappedDelays(place: Place, settings: Partial<Settings>, common: Settings): Finding[] {
  const { minDelayMs, maxDelayMs } = { ...common, ...settings };
  if (minDelayMs <= maxDelayMs || common.minDelayMs > common.maxDelayMs) return [];
  return [errorAt(place, 'delays-swapped', { minDelayMs, maxDelayMs })];
}

/** Without the keys that have no value. */
export function defined<T extends object>(options: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
