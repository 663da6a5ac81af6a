/** Numbers, times and sizes as the page writes them: in its language, number and unit never parted. */
import { lang, w } from './words.js';

const NBSP = '\u00a0';

/** Units of time, in milliseconds. */
const SECOND = 1e3;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Sizes are counted as the log counts them. */
const KB = 1024;

/** Made once: a formatter costs more than all that it formats in a minute. */
const DATES = {
  en: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }),
  vi: new Intl.DateTimeFormat('vi', { day: 'numeric', month: 'numeric' }),
};
const formats = new Map<string, Intl.NumberFormat>();

export function num(n: number, digits = 0): string {
  const key = `${lang} ${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(lang, { maximumFractionDigits: digits });
    formats.set(key, format);
  }
  return format.format(n);
}

/** `31 min`, `5 h 41 min`, `6 d 4 h`: at most two units. */
export function span(ms: number): string {
  const unit = (n: number, of: keyof typeof w.units) => `${n}${NBSP}${w.units[of]}`;
  const seconds = Math.max(0, Math.round(ms / SECOND));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (seconds < 60) return unit(seconds, 's');
  if (minutes < 60) return unit(minutes, 'min');
  if (hours < 24)
    return unit(hours, 'h') + (hours < 10 && minutes % 60 ? ` ${unit(minutes % 60, 'min')}` : '');
  return unit(days, 'd') + (days < 10 && hours % 24 ? ` ${unit(hours % 24, 'h')}` : '');
}

/** `62 ms`, `2.1 s`: short, for figures, in both languages. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${num(ms, ms < 10 ? 1 : 0)}${NBSP}ms`;
  return ms < MINUTE ? `${num(ms / SECOND, 1)}${NBSP}s` : span(ms);
}

/** `212 B`, `1.8 KB`, `64 MB`, `2 GB`. */
export function bytes(n: number): string {
  if (n < KB) return `${num(n)}${NBSP}B`;
  if (n < KB ** 2) return `${num(n / KB, 1)}${NBSP}KB`;
  if (n < KB ** 3) return `${num(n / KB ** 2, n < 10 * KB ** 2 ? 1 : 0)}${NBSP}MB`;
  return `${num(n / KB ** 3, 1)}${NBSP}GB`;
}

/** `14:08`, or `14:08:03`, by this device's time zone. */
export function clock(at: number, withSeconds = false): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), ...(withSeconds ? [date.getSeconds()] : [])];
  return parts.map(two).join(':');
}

/** The clock within the last day, else the date. */
export function when(at: number, now: number): string {
  return now - at < DAY ? clock(at) : DATES[lang].format(at);
}

/** `1:52`; `0:00` when the time has come, never less. */
export function countdown(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / SECOND));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** `Phòng khách, Bếp and Cửa hàng`. */
export function list(names: readonly string[]): string {
  return names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')} ${w.and} ${names[names.length - 1]}`;
}

/** Spaces between a number and its unit, in a text of the daemon, become ones at which no line is broken. */
export function glue(text: string): string {
  return text.replace(/(\d) (?=(?:ms|s|min|h|d|[KMG]B|%|giây|phút|giờ|ngày)(?:[\s.,;:)]|$))/g, `$1${NBSP}`);
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
