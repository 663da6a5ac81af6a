import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../../src/observe/display-width.js';
import type { LiveView } from '../../../src/observe/live-state.js';
import { callsViewLines, heightOfView, logViewLines } from '../../../src/observe/live-views.js';
import type { RunningCall } from '../../../src/protocol/stats.js';

const view = (more: Partial<LiveView> = {}): LiveView => ({
  ...{ links: [], now: 0, columns: 60, rows: 8, colour: false },
  ...more,
});
const call = (more: Partial<RunningCall> = {}): RunningCall => ({
  ...{ server: 'bộ nhớ', link: 'mux', method: 'tools/call', name: 'tìm', ageMs: 61_400, id: '7' },
  ...more,
});

describe('the calls in flight', () => {
  const calls = [
    call(),
    call({ server: 'a', link: 'a', name: undefined, method: 'tools/list', ageMs: 900, id: '"x"' }),
  ];

  test('are rows, in English and Vietnamese, at 60 and 120 columns', () => {
    expect(callsViewLines(calls, 0, view())).toEqual([
      '2 calls running, the oldest first',
      '61 s  bộ nhớ  tìm         on mux, tools/call, id 7',
      '0 ms  a       tools/list  id "x"',
      '↑ ↓: scroll, Esc: back',
    ]);
    expect(callsViewLines(calls, 0, view({ columns: 120, lang: 'vi' }))).toEqual([
      '2 lời gọi đang chạy, lâu nhất ở trên cùng',
      '61 giây  bộ nhớ  tìm         trên mux, tools/call, id 7',
      '   0 ms  a       tools/list  id "x"',
      '↑ ↓: cuộn, Esc: trở lại',
    ]);
    expect(callsViewLines([], 0, view())[0]).toBe('No call is running.');
  });

  test('are scrolled, and foreign text is escaped and cleaned', () => {
    const many = Array.from({ length: 9 }, (_, i) => call({ id: String(i) }));
    const ids = callsViewLines(many, 3, view()).map((line) => /id (\d)$/.exec(line)?.[1]);
    expect(ids).toEqual([undefined, '3', '4', '5', '6', undefined]);
    const [, line] = callsViewLines(
      [call({ name: 'a\u001b[2Jsecret', id: '"\u202e"' })],
      0,
      view({ columns: 120, clean: (text) => text.replace('secret', '***') }),
    );
    expect(line).toContain('a\\u001b[2J***');
    expect(line).toContain('\\u202e');
  });
});

describe('the log of one server', () => {
  const lines = Array.from({ length: 9 }, (_, i) => `line ${i + 1}`);
  const log = { title: 'bộ nhớ', lines, first: 0, last: undefined };

  test('follows, or stays where it was scrolled to', () => {
    expect(logViewLines(log, view())).toEqual([
      'Log of bộ nhớ  following',
      ...lines.slice(5),
      '↑ ↓ PgUp PgDn: scroll, End: follow, Esc: back',
    ]);
    expect(logViewLines({ ...log, last: 6 }, view())).toEqual([
      'Log of bộ nhớ  3 more lines below',
      ...lines.slice(2, 6),
      '↑ ↓ PgUp PgDn: scroll, End: follow, Esc: back',
    ]);
    expect(logViewLines({ ...log, last: 6 }, view({ lang: 'vi' }))[0]).toBe(
      'Log của bộ nhớ  còn 3 dòng bên dưới',
    );
    // The lines up to number 106 are no longer kept.
    expect(logViewLines({ ...log, first: 106, last: 3 }, view()).slice(1, -1)).toEqual(lines.slice(0, 4));
    expect(logViewLines({ ...log, lines: [] }, view())[1]).toBe('The log says nothing about it yet.');
  });
});

test('no view is larger than the terminal', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const calls = fc.array(
    fc.record({
      server: text,
      link: fc.option(text, { nil: undefined }),
      method: text,
      name: text,
      id: text,
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(
      calls,
      fc.integer({ min: 1, max: 130 }),
      fc.integer({ min: 1, max: 40 }),
      (all, columns, rows) => {
        const size = view({ columns, rows });
        const running = all.map((one) => ({ ...one, ageMs: 5 }));
        const opened = { title: 'x', lines: all.map(() => '-'), first: 0, last: undefined };
        for (const lines of [callsViewLines(running, 0, size), logViewLines(opened, size)]) {
          expect(lines.length).toBeLessThanOrEqual(Math.max(0, rows - 2));
          for (const line of lines) {
            expect(displayWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
          }
        }
        expect(heightOfView(size)).toBe(Math.max(0, rows - 4));
      },
    ),
  );
});
