/** Times of the week, by the clock on the wall: `07:00-23:00`, or on some days only. */
export interface WeeklyTimes {
  /** The days on which it begins, ascending; 0 is Sunday. */
  days: readonly number[];
  /** Minutes after midnight, 0 to 1439. */
  from: number;
  /** Minutes after midnight, 1 to 1440; not later than `from`: on the next day. */
  until: number;
}

/** Why a text is no such times. */
export type WrongTimes = 'form' | 'day' | 'time' | 'same';

/** Of a day that the clock is not changed on; days are counted by what the clock shows. */
const DAY_MINUTES = 24 * 60;
/** What a schedule is written in. */
const MINUTE_MS = 60_000;
const DAY_MS = DAY_MINUTES * MINUTE_MS;

/** Days as people write them, in English and Vietnamese, by their first letters. */
const DAYS: readonly (readonly string[])[] = [
  ['sun', 'cn'],
  ['mon', 't2'],
  ['tue', 't3'],
  ['wed', 't4'],
  ['thu', 't5'],
  ['fri', 't6'],
  ['sat', 't7'],
];
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

const WRITTEN =
  /^(?:(\p{L}.*?)\s+)?(\d{1,2})(?::(\d{2})|h(\d{2})?)\s*[-–]\s*(\d{1,2})(?::(\d{2})|h(\d{2})?)$/u;

/** `07:00-23:00`, `Mon-Fri 7:00-18:00`, `T2-T6 7h-18h`, `Sat,Sun 22:00-02:00`; or what is wrong with the text. */
export function readTimes(written: string): WeeklyTimes | WrongTimes {
  const [matches, named, hour, ...rest] = WRITTEN.exec(written.trim()) ?? [];
  if (matches === undefined) return 'form';
  const [minute, minuteAfterH, untilHour, untilMinute, untilMinuteAfterH] = rest;
  const days = named === undefined ? EVERY_DAY : readDays(named);
  if (days === undefined) return 'day';
  const from = minutesOf(hour!, minute ?? minuteAfterH);
  const until = minutesOf(untilHour!, untilMinute ?? untilMinuteAfterH);
  if (from === undefined || until === undefined || from === DAY_MINUTES) return 'time';
  // An end at midnight is the end of the same day.
  const end = until === 0 ? DAY_MINUTES : until;
  return from === end ? 'same' : { days, from, until: end };
}

function minutesOf(hour: string, minute = '0'): number | undefined {
  const minutes = 60 * Number(hour) + Number(minute);
  return Number(minute) < 60 && minutes <= DAY_MINUTES ? minutes : undefined;
}

/** `Mon-Fri`, `Sat,Sun`, `Fri-Mon`. */
function readDays(named: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of named.split(',')) {
    const ends = part.split(/[-–]/).map(dayOf);
    const first = ends[0];
    // Only a day that stands alone is its own end, not one beside a word that is no day.
    const last = ends.length === 1 ? first : ends[1];
    if (first === undefined || last === undefined || ends.length > 2) return undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days].sort();
}

function dayOf(name: string): number | undefined {
  const word = name.trim().toLowerCase();
  const day = DAYS.findIndex(([english, vietnamese]) => {
    return word === vietnamese || (/^[a-z]{3,9}$/.test(word) && word.startsWith(english!));
  });
  return day < 0 ? undefined : day;
}

/** Milliseconds by which the clock on the wall is ahead of UTC at an instant (milliseconds since 1970). */
export type OffsetAt = (instant: number) => number;

const offsetHere: OffsetAt = (instant) => -new Date(instant).getTimezoneOffset() * MINUTE_MS;

/** Whether it is one of these times, and when that changes next. */
export interface Within {
  isWithin: boolean;
  /** Milliseconds since 1970; undefined: never. */
  changesAt: number | undefined;
}

/** A clock is ahead of UTC by 14 hours at most, and behind by 12. */
const MOST_AHEAD_MS = 15 * 60 * MINUTE_MS;

/**
 * Whether an instant is within any of the times, by the clock on the wall. Where the clock is put forward over a beginning or an
 * end, it is at the moment of that; where it shows one twice, at the first.
 *
 * @param now Milliseconds since 1970.
 */
export function within(times: readonly WeeklyTimes[], now: number, offsetAt: OffsetAt = offsetHere): Within {
  const today = Math.floor((now + offsetAt(now)) / DAY_MS);
  const spans: [number, number][] = [];
  // Yesterday's may last over midnight; a week later all begins again.
  for (let day = today - 1; day <= today + 8; day++) {
    for (const { days, from, until } of times) {
      // The first day of 1970 was a Thursday.
      if (!days.includes((((day + 4) % 7) + 7) % 7)) continue;
      const start = firstInstant(day * DAY_MS + from * MINUTE_MS, offsetAt);
      const lastDay = until > from ? day : day + 1;
      const end = firstInstant(lastDay * DAY_MS + until * MINUTE_MS, offsetAt);
      if (end > start) spans.push([start, end]);
    }
  }
  spans.sort(([a], [b]) => a - b);
  let isWithin = false;
  let until = Number.NEGATIVE_INFINITY;
  for (const [start, end] of spans) {
    if (end <= now) continue;
    if (start <= now || (isWithin && start <= until)) {
      isWithin = true;
      until = Math.max(until, end);
    } else return { isWithin, changesAt: isWithin ? until : start };
  }
  // What goes on for a week never ends.
  return { isWithin, changesAt: isWithin && until - now < 7 * DAY_MS ? until : undefined };
}

/** The first instant at which the clock on the wall shows a time, or a later one. */
function firstInstant(shown: number, offsetAt: OffsetAt): number {
  let before = shown - MOST_AHEAD_MS;
  let after = shown + MOST_AHEAD_MS;
  const [ahead, aheadLater] = [offsetAt(before), offsetAt(after)];
  if (ahead === aheadLater) return shown - ahead;
  // The clock is put forward or back between the two: the instant of that is searched.
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === ahead) before = middle;
    else after = middle;
  }
  return shown - ahead < after ? shown - ahead : Math.max(after, shown - aheadLater);
}

const TWO_DIGITS = (n: number) => String(n).padStart(2, '0');
const clockText = (minutes: number) => `${TWO_DIGITS(Math.floor(minutes / 60))}:${TWO_DIGITS(minutes % 60)}`;

/** The times of a day, without its days: `07:00-23:00`. */
export function timesText({ from, until }: WeeklyTimes): string {
  return `${clockText(from)}-${clockText(until)}`;
}
