import type { IncomingMessage } from 'node:http';
import { expect, test, vi } from 'vitest';
import { keyHashText } from '../../../../src/config/key-hash.js';
import { ConfigKeys } from '../../../../src/daemon/keys/config-keys.js';
import { HashQueue } from '../../../../src/daemon/keys/hash-queue.js';
import { hashKey } from '../../../../src/daemon/keys/scrypt.js';
import { CHEAP } from '../../../helpers/stored-key.js';

const KEY = '0123456789abcdef0123456789abcdef';
const OTHER = 'fedcba9876543210fedcba9876543210';
const from = (remoteAddress: string) =>
  ({ headers: {}, socket: { remoteAddress } }) as unknown as IncomingMessage;
const hashOf = async (key: string) => keyHashText(await hashKey(key, CHEAP));

test('a hash knows its key, and is none', async () => {
  const hash = await hashOf(KEY);
  const keys = new ConfigKeys({ keys: { an: hash, binh: OTHER } });
  expect(keys.isAsked).toBe(true);
  expect(await keys.identify(KEY, from('::1'))).toEqual({ key: 'an' });
  expect(keys.identify(KEY, from('::1'))).toEqual({ key: 'an' });
  expect(keys.identify(OTHER, from('::1'))).toEqual({ key: 'binh' });
  expect(await keys.identify(hash, from('::1'))).toBeUndefined();
});

test('what a key allows, and until when, goes with it', async () => {
  const grant = { servers: ['memory'], readOnly: true };
  const [past, to] = [Date.now() - 1_000, Date.now() + 60_000];
  const terms = { an: { grant, until: to }, old: { until: past } };
  const keys = new ConfigKeys({ keys: { an: await hashOf(KEY), old: OTHER }, terms });
  expect(await keys.identify(KEY, from('::1'))).toEqual({ key: 'an', grant, until: to });
  expect(keys.identify(OTHER, from('::1'))).toMatchObject({ error: 'invalid_token' });
});

test.each(['__proto__', 'constructor', 'toString'])('a key may be called %s', async (name) => {
  const keys = Object.fromEntries([[name, KEY]]);
  const terms = Object.fromEntries([['other', { grant: { servers: [] } }]]);
  expect(new ConfigKeys({ keys, terms }).identify(KEY, from('::1'))).toEqual({ key: name });
});

test('a wrong key is computed once for each hash, however often it comes', async () => {
  const queue = new HashQueue();
  const computed = vi.spyOn(queue, 'run');
  const keys = new ConfigKeys({ keys: { an: await hashOf(KEY), binh: await hashOf(OTHER) } }, queue);
  for (let i = 0; i < 20; i++) expect(await keys.identify('wrong', from('::1'))).toBeUndefined();
  expect(computed).toHaveBeenCalledTimes(2);
  // Once all keys are known, a wrong one costs nothing.
  await keys.identify(KEY, from('::1'));
  await keys.identify(OTHER, from('::1'));
  const before = computed.mock.calls.length;
  for (let i = 0; i < 1_000; i++) expect(keys.identify(`wrong ${i}`, from('::1'))).toBeUndefined();
  expect(computed.mock.calls.length).toBe(before);
});

test('a flood of wrong keys from one address does not stop the right key of another', async () => {
  const keys = new ConfigKeys({ keys: { an: keyHashText(await hashKey(KEY, { N: 2 ** 12, r: 8, p: 1 })) } });
  const flood = Array.from({ length: 400 }, (_, i) => keys.identify(`wrong ${i}`, from('203.0.113.9')));
  let isKnown = false;
  const right = Promise.resolve(keys.identify(KEY, from('198.51.100.7'))).then((known) => {
    isKnown = true;
    return known;
  });
  let answered = 0;
  for (const one of flood) void Promise.resolve(one).then(() => !isKnown && answered++);
  expect(await right).toEqual({ key: 'an' });
  const results = await Promise.all(flood);
  expect(results.every((one) => one === undefined || 'error' in one)).toBe(true);
  // Most of the flood has found no room; of the rest, few were computed before the right key.
  const refused = results.filter((one) => one !== undefined).length;
  expect(refused).toBeGreaterThan(300);
  expect(answered - refused).toBeLessThanOrEqual(6);
});
