import type { Finding } from '../protocol/errors.js';
import type { Settings } from './defaults.js';
import { describe, errorAt, isComment } from './finding.js';
import type { JsonSource } from './json-source.js';
import type { Mode, Prefix, ToolNames } from './mode.js';
import { nearest } from './nearest.js';
import type { Place } from './place.js';

/** What `tokens` says of one of them. What it does not say is as for all others. */
export interface TokenConfig {
  /** The variable that its address comes from, or its fingerprint. */
  key: string;
  place: Place;
  mode?: Mode | undefined;
  prefix?: Prefix | undefined;
  separator?: string | undefined;
  toolNames?: ToolNames | undefined;
  accountGroup?: string | undefined;
  settings: Partial<Settings>;
}

/** A variable, or 8 hex digits. Anything else may be a token, and is not repeated. */
const KEY = /^[A-Za-z_]\w{0,99}$|^[0-9a-f]{8}$/;

/** Reads `tokens`; what is wrong with it goes into `findings`. */
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
    // A variable may begin with _ as well.
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
    return [
      { key, place, mode, prefix, separator, ...(toolNames ? { toolNames } : {}), accountGroup, settings },
    ];
  });
}
