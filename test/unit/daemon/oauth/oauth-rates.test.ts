import { expect, test } from 'vitest';
import { LOGINS_PER_ADDRESS, REGISTRATIONS_PER_ADDRESS } from '../../../../src/daemon/oauth/oauth-bounds.js';
import { OAuthRates } from '../../../../src/daemon/oauth/oauth-rates.js';

const at = (ms: number) => ({ now: () => ms });
const addressesOf = (network: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${network}::${(i + 1).toString(16)}`);

test('all addresses of one IPv6 network open as many pages together as one address may', () => {
  const rates = new OAuthRates(at(0));
  const waits = addressesOf('2001:db8:1:2', LOGINS_PER_ADDRESS + 1).map((address) => rates.login(address));
  expect(waits).toEqual([...new Array(LOGINS_PER_ADDRESS).fill(0), 60]);
  expect(rates.login('2001:db8:1:3::1')).toBe(0);
});

test('registrations of a flood leave room for others, and are counted apart from pages', () => {
  const rates = new OAuthRates(at(0));
  for (const address of addressesOf('2001:db8:1:2', 1_000)) rates.register(address);
  expect(rates.register('2001:db8:1:2::5')).toBe(3_600);
  expect(rates.register('192.0.2.1')).toBe(0);
  expect(rates.login('2001:db8:1:2::5')).toBe(0);
});

test('a window that is over counts anew', () => {
  let now = 0;
  const rates = new OAuthRates({ now: () => now });
  for (let i = 0; i <= REGISTRATIONS_PER_ADDRESS; i++) rates.register('192.0.2.1');
  now = 3_599_000;
  expect(rates.register('192.0.2.1')).toBe(1);
  now = 3_600_000;
  expect(rates.register('192.0.2.1')).toBe(0);
});
