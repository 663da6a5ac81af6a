/** Milliseconds of each unit. */
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** A date with a four-digit year holds no more. */
const LAST = Date.UTC(9999, 11, 31);

/**
 * When a date begins, in epoch milliseconds: `2027-01-01` in UTC, `2027-01-01T18:00+07:00`; undefined for anything else, and
 * for days that there are not.
 */
export function dayOf(text: string): number | undefined {
  const [, day, time] =
    /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text.trim()) ??
    [];
  if (day === undefined) return undefined;
  const begins = Date.parse(`${day}T00:00:00Z`);
  // The 31st of February is read as one of March.
  if (Number.isNaN(begins) || !new Date(begins).toISOString().startsWith(day)) return undefined;
  const at = time === undefined ? begins : Date.parse(day + time);
  return Number.isNaN(at) ? undefined : at;
}

/** The same, or so long from now: `90d`, `12h`, `2w`. */
export function untilOf(text: string, now: number): number | undefined {
  const [, amount, unit = ''] = /^\s*(\d{1,6})\s*([mhdw])\s*$/i.exec(text) ?? [];
  if (amount === undefined) return dayOf(text);
  const at = now + Number(amount) * UNITS[unit.toLowerCase()]!;
  return Number(amount) > 0 && at <= LAST ? at : undefined;
}
