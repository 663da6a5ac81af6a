import { describe, expect, test } from 'vitest';
import { copied, droppedOf, filtered, linesOf } from '../../../src/page/detail/log-lines.js';
import type { FeedLog, FeedLogLine } from '../../../src/protocol/feed.js';

const line = (text: string, more: Partial<FeedLogLine> = {}): FeedLogLine => ({
  at: 0,
  level: 'info',
  text,
  ...more,
});
const log: FeedLog[] = [
  {
    type: 'log',
    dropped: 7,
    records: [line('one', { server: 'a' }), line('two', { level: 'debug', link: 'Bếp' })],
  },
  { type: 'log', records: [line('Lỗi', { level: 'error', server: 'a', link: 'Bếp', code: 'exit 1' })] },
];
const texts = (...asked: Parameters<typeof filtered>) => filtered(...asked).map(({ text }) => text);

describe('the log', () => {
  const lines = linesOf(log);

  test('stands newest first, each line with a number that it keeps', () => {
    expect(lines.map(({ text }) => text)).toEqual(['Lỗi', 'two', 'one']);
    const numbers = lines.map(({ number }) => number);
    expect(numbers.every((number, i) => i === 0 || number < numbers[i - 1]!)).toBe(true);
    expect(linesOf(log.slice(1)).map(({ number }) => number)).toEqual(numbers.slice(0, 1));
    expect(droppedOf(log)).toBe(7);
    expect(linesOf([])).toEqual([]);
  });

  test('shows what is asked for: level, server or link, words with source and code', () => {
    expect(texts(lines, { level: 'trace', source: '', query: '' })).toHaveLength(3);
    expect(texts(lines, { level: 'info', source: '', query: '' })).toEqual(['Lỗi', 'one']);
    expect(texts(lines, { level: 'error', source: '', query: '' })).toEqual(['Lỗi']);
    expect(texts(lines, { level: 'trace', source: 'Bếp', query: '' })).toEqual(['Lỗi', 'two']);
    expect(texts(lines, { level: 'trace', source: '', query: ' LỖI ' })).toEqual(['Lỗi']);
    expect(texts(lines, { level: 'trace', source: '', query: 'exit 1' })).toEqual(['Lỗi']);
    expect(texts(lines, { level: 'trace', source: '', query: 'loi' })).toEqual(['Lỗi']);
    expect(texts(lines, { level: 'trace', source: '', query: 'lôi' })).toEqual([]);
  });

  test('is copied oldest first, with the day', () => {
    const at = new Date(2026, 10, 26, 14, 7, 55).getTime();
    const shown = linesOf([
      {
        type: 'log',
        records: [line('first', { at, server: 'a', isStderr: true }), line('then', { at, code: 'deaf' })],
      },
    ]);
    expect(copied(shown)).toBe(
      '2026-11-26 14:07:55 info a stderr: first\n2026-11-26 14:07:55 info [deaf] then',
    );
  });
});
