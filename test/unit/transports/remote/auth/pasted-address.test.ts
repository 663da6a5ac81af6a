import { describe, expect, test } from 'vitest';
import { readPasted } from '../../../../../src/transports/remote/auth/pasted-address.js';

const LINK = 'https://as/authorize?client_id=a&code_challenge=b&state=s';
const read = (text: string) => {
  const pasted = readPasted(text, 's', LINK);
  return 'refused' in pasted ? pasted.refused : Object.fromEntries(pasted.parameters);
};

describe('what is pasted', () => {
  test.each([
    [
      'http://127.0.0.1:33519/callback?code=c%2Fd&state=s&iss=https%3A%2F%2Fas',
      { code: 'c/d', state: 's', iss: 'https://as' },
    ],
    ['  "http://127.0.0.1:33519/callback?code=c&state=x#"  ', { code: 'c', state: 'x' }],
    ['<http://127.0.0.1:1/callback?code=c&state=s>', { code: 'c', state: 's' }],
    ['http://127.0.0.1:1/callback?code=c\r\n  de&state=s', { code: 'cde', state: 's' }],
    ['127.0.0.1:33519/callback?error=access_denied&state=s', { error: 'access_denied', state: 's' }],
    ['http%3A%2F%2F127.0.0.1%3A1%2Fcallback%3Fcode%3Dc%26state%3Ds', { code: 'c', state: 's' }],
    ['code=c&state=s', { code: 'c', state: 's' }],
    ['abc.DEF-123_~', { code: 'abc.DEF-123_~', state: 's' }],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    ['', 'empty'],
    ['  " ', 'empty'],
    [LINK, 'link-itself'],
    ['https://as/authorize?client_id=z&code_challenge=q', 'link-itself'],
    ['http://127.0.0.1:33519/callback', 'no-code'],
    ['http://127.0.0.1:33519/callback?state=s', 'no-code'],
    ['I have no idea', 'no-code'],
    ['abc', 'no-code'],
  ])('%s is refused: %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test('long rows of blanks, quotes and breaks are read in one pass', () => {
    const start = performance.now();
    for (const row of [' ', '"', '\n', ' \t']) expect(read(`x${row.repeat(300_000)}x`)).toBe('no-code');
    // In more than one pass it is minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
