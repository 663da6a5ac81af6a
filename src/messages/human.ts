/** How a language writes numbers with their units. */
export interface NumberWords {
  units: { ms: string; s: string; min: string; h: string; days: string };
  /** Decimal mark. */
  decimal: string;
  /** Mark between groups of three digits. */
  thousands: string;
}

export const ENGLISH: NumberWords = {
  units: { ms: 'ms', s: 's', min: 'min', h: 'h', days: 'days' },
  decimal: '.',
  thousands: ',',
};

/** `350 ms`, `1.5 s`, `12 s`, `3 min`, `2 h`, `5 days`. */
export function formatMs(ms: number, words = ENGLISH): string {
  const { units } = words;
  if (Math.round(ms) < 1_000) return `${Math.max(0, Math.round(ms))} ${units.ms}`;
  const seconds = ms / 1_000;
  if (seconds < 119.5) return `${short(seconds, words)} ${units.s}`;
  const minutes = seconds / 60;
  if (minutes < 119.5) return `${short(minutes, words)} ${units.min}`;
  const hours = minutes / 60;
  return hours < 47.5 ? `${short(hours, words)} ${units.h}` : `${short(hours / 24, words)} ${units.days}`;
}

/** `14:03:27` in the time zone of this process, with the date in front if it was another day. */
export function formatClock(at: number, now = Date.now()): string {
  const [day, clock] = localTime(at);
  return day === localTime(now)[0] ? clock : `${day} ${clock}`;
}

/** `14:03` in the time zone of this process, with the date in front if that is not within a day. */
export function formatHour(at: number, now = Date.now()): string {
  const [day, clock] = localTime(at);
  const hour = clock.slice(0, -3);
  return Math.abs(at - now) < 86_400_000 ? hour : `${day} ${hour}`;
}

/** `UTC`, `UTC+7`, `UTC-3:30`: the time zone of this process, for readers elsewhere. */
export function formatZone(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

function localTime(at: number): [day: string, clock: string] {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return [
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':'),
  ];
}

/** `25 B`, `1.2 MiB`, `16 MiB`. */
export function formatBytes(bytes: number, words = ENGLISH): string {
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB']) {
    if (Math.round(value) < 1024) return `${unit === 'B' ? Math.round(value) : short(value, words)} ${unit}`;
    value /= 1024;
  }
  return `${short(value, words)} GiB`;
}

/** `1 call`, `1,234 calls`. */
export function formatCount(count: number, what: string, many = `${what}s`, words = ENGLISH): string {
  // Own code: the first use of Intl's number formats takes 40 ms.
  const grouped = String(count).replace(/\B(?=(\d{3})+$)/g, words.thousands);
  return `${grouped} ${count === 1 ? what : many}`;
}

/** One decimal below ten, none above; no trailing zero. */
function short(value: number, { decimal }: NumberWords): string {
  return String(value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value)).replace('.', decimal);
}

/**
 * Control characters, line separators, marks that change the direction of writing, and the invisible letters of the
 * Unicode block "Tags".
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\udb40[\udc00-\udc7f]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };

/** Writes control characters as JSON escapes, so that a text cannot move the cursor or forge a line. */
export function escapeControls(text: string): string {
  return text.replace(UNPRINTABLE, spelled);
}

/** As `escapeControls`, but line breaks and tabs stay. */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, (found) => (found === '\n' || found === '\t' ? found : spelled(found)));
}

function spelled(found: string): string {
  const units = [...Array(found.length).keys()].map((i) => found.charCodeAt(i).toString(16).padStart(4, '0'));
  return SHORT[found] ?? units.map((unit) => `\\u${unit}`).join('');
}

/** A foreign text as one printable line of at most `maxLength` characters, with `…` where it was cut. */
export function excerpt(text: string, maxLength = 300): string {
  if (text.length <= maxLength) return escapeControls(text);
  // A surrogate pair is not split.
  const end = /[\ud800-\udbff]/.test(text[maxLength - 1]!) ? maxLength - 1 : maxLength;
  return `${escapeControls(text.slice(0, end))}…`;
}

/** `mux/memory` for a server of a link with several; the link's name alone where that is enough. */
export function nameOf(link: string, server: string | undefined): string {
  return server === undefined || server === link ? link : `${link}/${server}`;
}

/** `"search" (tools/call)`, or the method alone. */
export function formatCall({ method, name }: { method: string; name: string | undefined }): string {
  return name === undefined ? method : `"${name}" (${method})`;
}
