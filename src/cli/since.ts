import { durationMs } from '../config/mode.js';
import { usageError } from '../messages/worded.js';

/** A day without a change of the clocks. */
const DAY_MS = 86_400_000;

/**
 * The time that `--since` means, in milliseconds since 1970: `10m`, `2h`, `1d` before now, or a time of ISO 8601, which is a
 * local one unless it says otherwise. @throws UsageError
 */
export function sinceMs(text: string, now = Date.now()): number {
  const days = /^(\d+(?:\.\d+)?)\s*d$/.exec(text.trim());
  // A number alone would be milliseconds, which no one means here.
  const agoMs = days ? Number(days[1]) * DAY_MS : /[a-z]$/.test(text.trim()) ? durationMs(text) : undefined;
  if (agoMs !== undefined) return Math.max(0, Math.round(now - agoMs));
  // A date without a time is UTC for `Date.parse`, and local time for a person.
  const iso = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text.replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(at)) throw usageError('since-unclear', { text });
  return Math.max(0, at);
}
