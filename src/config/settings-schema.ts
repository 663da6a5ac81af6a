import * as z from 'zod';
import { largest, SETTINGS, type Setting, type SettingName } from './defaults.js';
import { size, wants } from './shapes.js';
import { lock, start } from './start-schema.js';

function numberOf({ unit, least }: Setting): z.ZodType<number | string> {
  const most = largest(unit);
  if (unit === 'memory') return size(least, most);
  const bad = wants(unit === 'ms' ? 'milliseconds' : 'number', { least, most });
  return z.number(bad).min(least, bad).max(most, bad);
}

/** The numbers, which single tokens and agents can have as well. */
export const numbers = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, setting]) => [
    name,
    numberOf(setting)
      .optional()
      .describe(`${setting.means} ${setting.why} Default: ${setting.default} ${setting.unit}.`)
      .meta({ default: setting.default }),
  ]),
) as Record<SettingName, z.ZodOptional<z.ZodType<number | string>>>;

/** `"settings"`: the numbers, and what counts for every server that does not say it. */
export const settings = z.strictObject({ ...numbers, start, lock }, wants('settings'));
