import { describe, expect, it } from 'vitest';
import { factsOfError, factsOfResponse } from '../../../src/transports/dial-failure.js';

const failed = (code: string) => Object.assign(new Error('…'), { code });
const NOW = Date.parse('2026-01-01T00:00:00Z');
const retryAfter = (value: string, date?: string) =>
  factsOfResponse(429, { 'retry-after': value, ...(date === undefined ? {} : { date }) }, NOW).retryAfterMs;

describe('factsOfError', () => {
  it('takes the code of a plain error', () => {
    expect(factsOfError(failed('ECONNREFUSED'))).toEqual({ reason: 'ECONNREFUSED' });
  });

  it('takes the text of an error without a code', () => {
    expect(factsOfError(new Error('Invalid Upgrade header'))).toEqual({ reason: 'Invalid Upgrade header' });
  });

  it('looks into the attempts at several addresses, and past the lack of IPv6', () => {
    const both = new AggregateError([failed('ENETUNREACH'), failed('ECONNREFUSED')]);
    expect(factsOfError(both)).toEqual({ reason: 'ECONNREFUSED' });
    expect(factsOfError(new AggregateError([failed('EHOSTUNREACH')]))).toEqual({ reason: 'EHOSTUNREACH' });
  });
});

describe('factsOfResponse', () => {
  it('has no Retry-After when none was sent', () => {
    expect(factsOfResponse(503, {}, NOW)).toEqual({ reason: '', httpStatus: 503 });
  });

  it('reads seconds', () => {
    expect(retryAfter('120')).toBe(120_000);
    expect(retryAfter(' 0 ')).toBe(0);
  });

  it('reads dates, relative to the date of the answer when there is one', () => {
    expect(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT')).toBe(30_000);
    expect(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT', 'Thu, 01 Jan 2026 00:00:20 GMT')).toBe(10_000);
    expect(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT')).toBe(0);
  });

  it.each(['-5', '1.5', 'soon', '', '12 minutes', 'Thu, 99 Foo'])('ignores %j', (value) => {
    expect(retryAfter(value)).toBeUndefined();
  });

  it('stays a safe number for absurd values', () => {
    expect(retryAfter('9'.repeat(400))).toBe(Number.MAX_SAFE_INTEGER);
  });
});
