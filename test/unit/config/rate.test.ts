import { describe, expect, it } from 'vitest';
import { rateOf } from '../../../src/config/rate.js';
import { rateText } from '../../../src/protocol/rate-text.js';

describe('rate of calls', () => {
  it.each([
    ['100/m', 100, 60_000],
    ['100/min', 100, 60_000],
    ['100 / minute', 100, 60_000],
    ['100 per minute', 100, 60_000],
    ['10/S', 10, 1_000],
    ['5/30s', 5, 30_000],
    ['5 / 30 seconds', 5, 30_000],
    ['1000/h', 1_000, 3_600_000],
    ['20/day', 20, 86_400_000],
    ['1/7d', 1, 604_800_000],
  ])('%s is understood', (written, calls, perMs) => {
    expect(rateOf(written)).toEqual({ calls, perMs });
  });

  it.each([
    '',
    '100',
    '0/m',
    '-1/m',
    '1.5/m',
    '100/x',
    '100/ms',
    '100/0s',
    '1/8d',
    'm/100',
    '9999999999/m',
    '100/m;',
    '1/mhs',
  ])('"%s" is none', (written) => {
    expect(rateOf(written)).toBeUndefined();
  });

  it.each(['100/m', '5/30s', '1000/h', '20/d', '3/2m'])('%s is written as it was read', (written) => {
    expect(rateText(rateOf(written)!)).toBe(written);
  });
});
