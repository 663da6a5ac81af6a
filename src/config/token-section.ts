import type { Finding } from '../protocol/errors.js';
import type { Settings } from './defaults.js';
import { describe, errorAt, isComment } from './finding.js';
import type { TokenOptions } from './grouping.js';
import type { JsonSource } from './json-source.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';

/** Options of one token under `tokens`. Missing ones are as for all tokens. */
export interface TokenConfig extends Partial<Omit<TokenOptions, 'settings'>> {
  /** The variable that holds the address, or the token's fingerprint. */
  key: string;
  place: Place;
  settings: Partial<Settings>;
}

/** A variable's name, or 8 hex digits. Anything else may be a token, and is not repeated. */
const KEY = /^[A-Za-z_]\w{0,99}$|^[0-9a-f]{8}$/;

/** Reads `tokens`; errors and warnings are added to `findings`. */
export async function readTokens(
  source: JsonSource,
  raw: Readonly<Record<string, unknown>> | undefined,
  common: Settings,
  findings: Finding[],
): Promise<TokenConfig[]> {
  if (raw === undefined) return [];
  const { checkToken, token } = await import('./schema.js');
  const known = Object.keys(token.shape);
  return Object.entries(raw).flatMap(([key, entry]): TokenConfig[] => {
    // The name of a variable may begin with _ like a comment.
    if (key.startsWith('//') || (isComment(key) && typeof entry !== 'object')) return [];
    const place = source.place(['tokens', key]);
    if (!KEY.test(key)) {
      findings.push(errorAt({ ...place, path: 'tokens' }, 'token-key'));
      return [];
    }
    const { issues, value } = checkToken(entry);
    for (const { path, shape, unknownKey } of issues) {
      const at = source.place(['tokens', key, ...path]);
      if (unknownKey === undefined) {
        const wrong = path.length === 0 ? entry : (entry as Record<string, unknown>)[String(path[0])];
        findings.push(errorAt(at, 'shape', { shape, came: describe(wrong, path[0]) }));
        continue;
      }
      const [meant] = nearest(unknownKey, known);
      findings.push(errorAt(at, 'unknown-setting', { key: unknownKey, meant, known }));
    }
    const { mode, prefix, separator, toolNames, accountGroup, ...rest } = value;
    const settings = rest as Partial<Settings>;
    const { minDelayMs, maxDelayMs } = { ...common, ...settings };
    if (minDelayMs > maxDelayMs && common.minDelayMs <= common.maxDelayMs) {
      findings.push(errorAt(place, 'delays-swapped', { minDelayMs, maxDelayMs }));
    }
    return [{ ...defined({ mode, prefix, separator, toolNames, accountGroup }), key, place, settings }];
  });
}

/** Without the keys that have no value. */
function defined<T extends object>(options: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
