import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OffsetAt, readTimes, timesText, type WeeklyTimes, within } from '../../../src/time/schedule.js';
import { runs } from '../../helpers/runs.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** How far the clocks of a zone are ahead of UTC. */
function zone(timeZone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const cache = new Map<number, number>();
  return (instant) => {
    // Clocks are changed at whole quarters of an hour.
    const quarter = Math.floor(instant / (15 * MINUTE)) * 15 * MINUTE;
    const known = cache.get(quarter);
    if (known !== undefined) return known;
    const parts = Object.fromEntries(format.formatToParts(quarter).map(({ type, value }) => [type, +value]));
    const { year, month, day, hour, minute: minutes, second } = parts;
    const offset = Date.UTC(year!, month! - 1, day, hour, minutes, second) - quarter;
    cache.set(quarter, offset);
    return offset;
  };
}

const berlin = zone('Europe/Berlin');
const hanoi = zone('Asia/Ho_Chi_Minh');
const times = (...written: string[]) => written.map((text) => readTimes(text) as WeeklyTimes);
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

describe('readTimes', () => {
  test.each<[string, WeeklyTimes]>([
    ['07:00-23:00', { days: EVERY_DAY, from: 420, until: 1_380 }],
    [' 7:00 – 23:00 ', { days: EVERY_DAY, from: 420, until: 1_380 }],
    ['7h-23h30', { days: EVERY_DAY, from: 420, until: 1_410 }],
    ['22:00-02:00', { days: EVERY_DAY, from: 1_320, until: 120 }],
    ['00:00-24:00', { days: EVERY_DAY, from: 0, until: 1_440 }],
    ['18:00-00:00', { days: EVERY_DAY, from: 1_080, until: 1_440 }],
    ['Mon-Fri 07:00-18:00', { days: [1, 2, 3, 4, 5], from: 420, until: 1_080 }],
    ['monday - friday 07:00-18:00', { days: [1, 2, 3, 4, 5], from: 420, until: 1_080 }],
    ['T2-T6 7h-18h', { days: [1, 2, 3, 4, 5], from: 420, until: 1_080 }],
    ['T7,CN 09:00-22:00', { days: [0, 6], from: 540, until: 1_320 }],
    ['Sat, Sun 09:00-22:00', { days: [0, 6], from: 540, until: 1_320 }],
    ['Fri-Mon 09:00-22:00', { days: [0, 1, 5, 6], from: 540, until: 1_320 }],
  ])('%s', (written, read) => {
    expect(readTimes(written)).toEqual(read);
  });

  test.each([
    ['', 'form'],
    ['always', 'form'],
    ['07:00', 'form'],
    ['7-23', 'form'],
    ['07:00-23:00 Mon', 'form'],
    ['7am-11pm', 'form'],
    ['T2-T9 7h-18h', 'day'],
    ['Mon-Frj 07:00-18:00', 'day'],
    ['T2- 7h-18h', 'day'],
    ['25:00-26:00', 'time'],
    ['07:60-08:00', 'time'],
    ['24:00-08:00', 'time'],
    ['24:30-08:00', 'time'],
    ['07:00-07:00', 'same'],
    ['00:00-00:00', { days: EVERY_DAY, from: 0, until: 1_440 }],
    ['Mo 07:00-08:00', 'day'],
    ['T8 07:00-08:00', 'day'],
    ['Mon-Tue-Wed 07:00-08:00', 'day'],
    ['Mon,,Tue 07:00-08:00', 'day'],
  ])('"%s" is %s', (written, wrong) => {
    expect(readTimes(written)).toEqual(wrong);
  });

  test('is written with two digits each', () => {
    expect(times('7h-9h30').map(timesText)).toEqual(['07:00-09:30']);
  });
});

describe('within', () => {
  const at = (text: string) => Date.parse(text);

  test('by the clock of the zone', () => {
    const night = at('2026-11-27T23:30:00Z');
    expect(within(times('06:00-23:00'), night, hanoi)).toEqual({
      isWithin: true,
      changesAt: at('2026-11-28T16:00:00Z'),
    });
    expect(within(times('07:00-23:00'), night, hanoi)).toEqual({
      isWithin: false,
      changesAt: at('2026-11-28T00:00:00Z'),
    });
  });

  test('begins at its minute, and has ended at its last one', () => {
    const office = times('07:00-18:00');
    const begin = at('2026-11-27T07:00:00+07:00');
    const end = at('2026-11-27T18:00:00+07:00');
    expect(within(office, begin - 1, hanoi)).toEqual({ isWithin: false, changesAt: begin });
    expect(within(office, begin, hanoi)).toEqual({ isWithin: true, changesAt: end });
    expect(within(office, end - 1, hanoi)).toEqual({ isWithin: true, changesAt: end });
    expect(within(office, end, hanoi).isWithin).toBe(false);
  });

  test('over midnight, the day is that of the beginning', () => {
    const friday = times('Fri 22:00-02:00');
    expect(within(friday, at('2026-11-28T01:59:00+07:00'), hanoi).isWithin).toBe(true);
    expect(within(friday, at('2026-11-27T01:59:00+07:00'), hanoi)).toEqual({
      isWithin: false,
      changesAt: at('2026-11-27T22:00:00+07:00'),
    });
  });

  test('times that touch or overlap are one', () => {
    const all = times('Mon-Fri 07:00-12:00', '12:00-14:00', 'Sat 13:00-24:00', 'Sun 00:00-03:00');
    expect(within(all, at('2026-11-27T08:00:00+07:00'), hanoi).changesAt).toBe(
      at('2026-11-27T14:00:00+07:00'),
    );
    expect(within(all, at('2026-11-28T12:30:00+07:00'), hanoi).changesAt).toBe(
      at('2026-11-29T03:00:00+07:00'),
    );
  });

  test('the whole day, every day, never ends', () => {
    const always = { isWithin: true, changesAt: undefined };
    expect(within(times('00:00-24:00'), at('2026-03-28T12:00:00Z'), berlin)).toEqual(always);
    expect(within(times('08:00-20:00', '20:00-08:00'), at('2026-10-24T12:00:00Z'), berlin)).toEqual(always);
    expect(within(times('Mon-Sat 00:00-24:00'), at('2026-11-27T12:00:00Z'), hanoi).changesAt).toBe(
      at('2026-11-29T00:00:00+07:00'),
    );
    expect(within([], at('2026-11-27T12:00:00Z'), hanoi)).toEqual({ isWithin: false, changesAt: undefined });
  });

  test('once a week is found a week ahead', () => {
    const weekly = times('Mon 07:00-07:30');
    expect(within(weekly, at('2026-11-30T07:30:00+07:00'), hanoi).changesAt).toBe(
      at('2026-12-07T07:00:00+07:00'),
    );
  });

  test('a beginning that summer time skips is at the moment of the change', () => {
    // On 2026-03-29 at 02:00, the clocks of Berlin go to 03:00.
    const change = at('2026-03-29T01:00:00Z');
    expect(within(times('02:30-05:00'), change - HOUR, berlin).changesAt).toBe(change);
    expect(within(times('01:00-02:30'), change - MINUTE, berlin).changesAt).toBe(change);
    expect(within(times('02:10-02:50'), change - HOUR, berlin).changesAt).toBe(
      change + 23 * HOUR + 10 * MINUTE,
    );
    expect(within(times('07:00-23:00'), change, berlin).changesAt).toBe(at('2026-03-29T07:00:00+02:00'));
  });

  test('of a time that the clock shows twice, the first counts', () => {
    // On 2026-10-25 at 03:00 of summer time, it is 02:00 once more.
    const change = at('2026-10-25T01:00:00Z');
    const early = times('02:30-05:00');
    expect(within(early, change - HOUR, berlin).changesAt).toBe(change - HOUR / 2);
    expect(within(early, change + HOUR / 4, berlin).isWithin).toBe(true);
    expect(within(times('01:00-02:30'), change - HOUR, berlin).changesAt).toBe(change - HOUR / 2);
    expect(within(times('07:00-23:00'), change, berlin).changesAt).toBe(at('2026-10-25T07:00:00+01:00'));
  });

  const zones = [
    ['Asia/Ho_Chi_Minh', hanoi],
    ['Europe/Berlin', berlin],
    ['America/St_Johns', zone('America/St_Johns')],
    ['Australia/Lord_Howe', zone('Australia/Lord_Howe')],
    ['Pacific/Kiritimati', zone('Pacific/Kiritimati')],
    ['Pacific/Pago_Pago', zone('Pacific/Pago_Pago')],
  ] as const;
  const minute = fc.integer({ min: 0, max: 1_439 });
  const weekly: fc.Arbitrary<WeeklyTimes> = fc
    .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }), minute, minute)
    .map(([days, from, until]) => ({ days: days.sort(), from, until: until === 0 ? 1_440 : until }))
    .filter(({ from, until }) => from !== until);
  const instant = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 11) });

  /** What a person says who looks at the clock on the wall. */
  function byTheWall(all: readonly WeeklyTimes[], now: number, offsetAt: OffsetAt): boolean {
    const shown = new Date(now + offsetAt(now));
    const [day, minutes] = [shown.getUTCDay(), shown.getUTCHours() * 60 + shown.getUTCMinutes()];
    const yesterday = (day + 6) % 7;
    return all.some(({ days, from, until }) =>
      until > from
        ? days.includes(day) && minutes >= from && minutes < until
        : (days.includes(day) && minutes >= from) || (days.includes(yesterday) && minutes < until),
    );
  }

  test.each(zones)(
    '%s: as a person says who looks at the clock, but for the hours of a change',
    (_, offsetAt) => {
      fc.assert(
        fc.property(fc.array(weekly, { maxLength: 4 }), instant, (all, now) => {
          fc.pre(offsetAt(now - 3 * HOUR) === offsetAt(now + 3 * HOUR));
          expect(within(all, now, offsetAt).isWithin).toBe(byTheWall(all, now, offsetAt));
        }),
        { seed: 20_261_127, numRuns: runs(500) },
      );
    },
  );

  test.each(zones)('%s: the next change is the next one, and is one', (_, offsetAt) => {
    fc.assert(
      fc.property(
        fc.array(weekly, { minLength: 1, maxLength: 4 }),
        instant,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, now, part) => {
          const { isWithin, changesAt } = within(all, now, offsetAt);
          if (changesAt === undefined) {
            expect(isWithin).toBe(true);
            return;
          }
          expect(changesAt).toBeGreaterThan(now);
          expect(changesAt - now).toBeLessThanOrEqual(8 * 24 * HOUR);
          expect(within(all, changesAt, offsetAt).isWithin).toBe(!isWithin);
          const between = Math.floor(now + part * (changesAt - 1 - now));
          expect(within(all, between, offsetAt)).toEqual({ isWithin, changesAt });
        },
      ),
      { seed: 20_261_127, numRuns: runs(500) },
    );
  });

  test('the clock of this machine is the default', () => {
    const now = new Date(2026, 10, 27, 12).getTime();
    expect(within(times('11:00-13:00'), now)).toEqual({
      isWithin: true,
      changesAt: new Date(2026, 10, 27, 13).getTime(),
    });
  });
});
