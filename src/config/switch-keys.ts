import { isRecord } from './foreign-root.js';

/** The keys of an entry that switch it on or off, and their value when it is on. */
export const SWITCHES: Readonly<Record<string, boolean>> = { disabled: false, enabled: true, isActive: true };

/** Whether an entry says that it is off. */
export function isOff(entry: unknown): boolean {
  if (!isRecord(entry)) return false;
  return Object.entries(SWITCHES).some(([key, on]) => String(entry[key]).toLowerCase() === String(!on));
}
