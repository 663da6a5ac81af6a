import { expect, it } from 'vitest';
import { isAgentName } from '../../../../src/config/agent-section.js';
import { isTokenKey, tokenKey } from '../../../../src/daemon/jwt/token-key.js';

const ISSUER = 'https://login.example.com';

it('is one for each issuer and subject, as who has the token is', () => {
  const all = [
    tokenKey(ISSUER, 'alice'),
    tokenKey(ISSUER, 'Alice'),
    tokenKey(`${ISSUER}/`, 'alice'),
    tokenKey(ISSUER, 'a|b'),
    tokenKey(ISSUER, 'a b'),
    tokenKey(ISSUER, `${'x'.repeat(100)}1`),
    tokenKey(ISSUER, `${'x'.repeat(100)}2`),
    tokenKey('https://a', '","b'),
    tokenKey('https://a","', 'b'),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(tokenKey(ISSUER, 'alice')).toBe(tokenKey(ISSUER, 'alice'));
});

it.each([
  'alice',
  'auth0|5f7c',
  '\u001b[31mred',
  'a\u202eb',
  'Nguyễn An',
  '../../etc',
  'x'.repeat(2_000),
  '@',
])('of %j it is short, printable, and no name that a key may have', (subject) => {
  const key = tokenKey(ISSUER, subject);
  expect(key).toMatch(/^[\w.-]{0,40}@[0-9a-f]{16}$/);
  expect(isTokenKey(key)).toBe(true);
  expect(isAgentName(key)).toBe(false);
});
