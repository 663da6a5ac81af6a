import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bearerChallenge } from '../../../../../src/transports/remote/auth/challenge.js';

const none = { error: undefined, scope: undefined, resourceMetadata: undefined };

describe('the challenge of WWW-Authenticate', () => {
  test.each([
    ['Bearer', none],
    ['bearer realm="x"', none],
    ['Bearer resource_metadata="https://x/y"', { ...none, resourceMetadata: 'https://x/y' }],
    ['Bearer resource_metadata=https-x, scope=read', { ...none, resourceMetadata: 'https-x', scope: 'read' }],
    [
      'Bearer error="insufficient_scope", scope="files:read files:write"',
      { ...none, error: 'insufficient_scope', scope: 'files:read files:write' },
    ],
    ['Basic realm="a, b", Bearer scope="c"', { ...none, scope: 'c' }],
    ['Negotiate abc==, Bearer error=invalid_token', { ...none, error: 'invalid_token' }],
    ['Bearer scope="a", DPoP algs="ES256", scope="b"', { ...none, scope: 'a' }],
    [String.raw`Bearer error="in\"valid"`, { ...none, error: 'in"valid' }],
    ['BEARER  SCOPE = "a"', { ...none, scope: 'a' }],
    ['Bearer scope=""', none],
  ])('%s', (header, expected) => {
    expect(bearerChallenge(header)).toEqual(expected);
  });

  test.each([undefined, '', 'Basic realm="x"', '"', ',,,', 'Digest Bearer="x"'])('is none: %s', (header) => {
    expect(bearerChallenge(header)).toBeUndefined();
  });

  test('any text is read once, and to its end', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void bearerChallenge(`Bearer ${text}`)));
    const long = `Bearer ${'a="b\\'.repeat(20_000)}`;
    const before = performance.now();
    bearerChallenge(long);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
