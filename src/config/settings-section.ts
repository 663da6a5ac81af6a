import type { Finding } from '../protocol/errors.js';
import { checkPart, keysOf } from './check-part.js';
import { defaults, type Settings } from './defaults.js';
import { describe, errorAt } from './finding.js';
import type { JsonSource } from './json-source.js';
import type { Start } from './mode.js';
import { nearest } from './nearest.js';
import { isYes } from './server-options.js';
import { bytesOf } from './size.js';

/** `"settings"` as it was read: the numbers, and beside them what is no number. */
export interface SettingsConfig {
  /** Every number, with its unit in its name: the default, or the configured value. */
  settings: Settings;
  /** When servers are started that do not say it. */
  start: Start;
  /** Whether packages of servers that do not say it are locked. */
  lock: boolean;
}

/** Reads `"settings"`. What has the wrong shape keeps its default, and is reported. */
export async function readSettings(
  source: JsonSource,
  raw: unknown,
  findings: Finding[],
): Promise<SettingsConfig> {
  if (raw === undefined) return { settings: defaults, start: 'run', lock: true };
  const known = keysOf('settings');
  const { issues, value } = await checkPart('settings', raw);
  for (const { path, shape, unknownKey: key } of issues) {
    const place = source.place(['settings', ...path]);
    if (key === undefined) {
      const [name] = path;
      const came = name === undefined ? raw : (raw as Record<string, unknown>)[String(name)];
      findings.push(errorAt(place, 'shape', { shape, came: describe(came, name) }));
      continue;
    }
    const [meant] = nearest(key, known);
    findings.push(errorAt(place, 'unknown-setting', { key, meant, known }));
  }
  const { start = 'run', lock = true, maxServersMemory: most, ...numbers } = value;
  const memory = most === undefined ? {} : { maxServersMemory: bytesOf(String(most)) };
  const settings = { ...defaults, ...numbers, ...memory } as Settings;
  const { minDelayMs, maxDelayMs } = settings;
  if (minDelayMs > maxDelayMs) {
    findings.push(errorAt(source.place(['settings']), 'delays-swapped', { minDelayMs, maxDelayMs }));
  }
  return { settings, start, lock: isYes(lock) };
}
