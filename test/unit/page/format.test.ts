import { beforeEach, describe, expect, test } from 'vitest';
import { bytes, countdown, duration, glue, list, num, span, when } from '../../../src/page/format.js';
import { changeLang } from '../../../src/page/words.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NBSP = '\u00a0';

beforeEach(() => changeLang('en'));

describe('a countdown', () => {
  test.each([
    [112_000, '1:52'],
    [47_000, '0:47'],
    [46_001, '0:47'],
    [1, '0:01'],
    [0, '0:00'],
    [-9_000, '0:00'],
    [12 * MINUTE, '12:00'],
  ])('%i ms before is %j', (ms, text) => {
    expect(countdown(5_000 + ms, 5_000)).toBe(text);
  });
});

describe('spans, sizes and numbers', () => {
  test.each([
    [0, '0 s', '0 giây'],
    [-5, '0 s', '0 giây'],
    [14 * SECOND, '14 s', '14 giây'],
    [31 * MINUTE, '31 min', '31 phút'],
    [5 * HOUR + 41 * MINUTE, '5 h 41 min', '5 giờ 41 phút'],
    [15 * HOUR, '15 h', '15 giờ'],
    [6 * DAY + 4 * HOUR, '6 d 4 h', '6 ngày 4 giờ'],
    [40 * DAY, '40 d', '40 ngày'],
  ])('%i ms in both languages', async (ms, en, vi) => {
    expect(span(ms).replaceAll(NBSP, ' ')).toBe(en);
    await changeLang('vi');
    expect(span(ms).replaceAll(NBSP, ' ')).toBe(vi);
  });

  test('never part from their unit', async () => {
    expect(duration(62)).toBe(`62${NBSP}ms`);
    expect(duration(2100)).toBe(`2.1${NBSP}s`);
    expect(bytes(64 * 1024 ** 2)).toBe(`64${NBSP}MB`);
    await changeLang('vi');
    expect(duration(2100)).toBe(`2,1${NBSP}s`);
    expect(bytes(1843)).toBe(`1,8${NBSP}KB`);
    expect(num(1234.5, 1)).toBe('1.234,5');
    expect(glue('Thoát sau 2 giây, lần 7. Đợi 31 phút')).toBe(
      `Thoát sau 2${NBSP}giây, lần 7. Đợi 31${NBSP}phút`,
    );
  });

  test('are a clock within a day, and a date before', async () => {
    const now = new Date(2026, 10, 26, 14, 8).getTime();
    expect(when(now - HOUR, now)).toBe('13:08');
    expect(when(now - 6 * DAY, now)).toBe('20 Nov');
    await changeLang('vi');
    expect(when(now - 6 * DAY, now)).toBe('20/11');
  });

  test('names are joined as people do', async () => {
    expect(list([])).toBe('');
    expect(list(['a'])).toBe('a');
    expect(list(['a', 'b', 'c'])).toBe('a, b and c');
    await changeLang('vi');
    expect(list(['a', 'b'])).toBe('a và b');
  });
});
