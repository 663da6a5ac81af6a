import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { excerpt, formatBytes, formatCount, formatMs, formatZone } from '../../../src/messages/human.js';

describe('durations and sizes for people', () => {
  it.each([
    [0, '0 ms'],
    [350.4, '350 ms'],
    [999.7, '1 s'],
    [1_500, '1.5 s'],
    [9_960, '10 s'],
    [12_345, '12 s'],
    [90_000, '90 s'],
    [180_000, '3 min'],
    [330_000, '5.5 min'],
    [7_200_000, '2 h'],
    [432_000_000, '5 days'],
  ])('says %d ms as %s', (ms, words) => {
    expect(formatMs(ms)).toBe(words);
  });

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1 KiB'],
    [1_258_291, '1.2 MiB'],
    [16 * 1024 * 1024, '16 MiB'],
    [1024 * 1024 - 1, '1 MiB'],
    [5 * 1024 ** 3, '5 GiB'],
  ])('says %d bytes as %s', (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });

  it('counts with separators and the right plural', () => {
    expect(formatCount(1, 'call')).toBe('1 call');
    expect(formatCount(1_234, 'call was', 'calls were')).toBe('1,234 calls were');
  });
});

describe('excerpt', () => {
  it('escapes everything that could move a cursor, forge a line or reverse the text', () => {
    expect(excerpt('a\u001b[2J\nb\r\tc\u009b\u2028\u202e\u0000')).toBe(
      'a\\u001b[2J\\nb\\r\\tc\\u009b\\u2028\\u202e\\u0000',
    );
  });

  it('leaves the letters of every language alone', () => {
    expect(excerpt('máy tính — 工具端 🤖')).toBe('máy tính — 工具端 🤖');
  });

  it('cuts at its bound, never through a character', () => {
    expect(excerpt('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
    expect(excerpt(`${'x'.repeat(299)}🤖!`)).toBe(`${'x'.repeat(299)}…`);
  });
});

describe('a time zone', () => {
  it.each([
    [0, 'UTC'],
    [-420, 'UTC+7'],
    [-330, 'UTC+5:30'],
    [210, 'UTC-3:30'],
  ])('of %d minutes is said as %s', (offset, words) => {
    const spy = vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(offset);
    onTestFinished(() => spy.mockRestore());
    expect(formatZone(0)).toBe(words);
  });
});
