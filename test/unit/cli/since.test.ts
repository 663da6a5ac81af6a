import { expect, test } from 'vitest';
import { sinceMs } from '../../../src/cli/since.js';

const NOW = Date.parse('2026-01-31T14:00:00Z');

test.each([
  ['30s', NOW - 30_000],
  ['10m', NOW - 600_000],
  ['1.5h', NOW - 5_400_000],
  ['1d', NOW - 86_400_000],
  ['100000d', 0],
  ['2026-01-31T13:00:00Z', NOW - 3_600_000],
  ['2026-01-31T13:00', Date.parse('2026-01-31T13:00')],
  ['2026-01-31 13:00', Date.parse('2026-01-31T13:00')],
  ['2026-01-31', Date.parse('2026-01-31T00:00')],
])('%s is a time', (text, at) => {
  expect(sinceMs(text, NOW)).toBe(at);
});

test.each(['', 'x', '10', '5x', '-1m', 'yesterday', '2026-13-31T13:00', '12:30'])('%s is none', (text) => {
  expect(() => sinceMs(text, NOW)).toThrow('--since does not take');
});
