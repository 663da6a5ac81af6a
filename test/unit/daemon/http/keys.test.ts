import { expect, it } from 'vitest';
import { Keys } from '../../../../src/daemon/http/keys.js';

const keys = new Keys({ an: 'key-of-an', constructor: 'key-of-constructor' });

it.each([
  [{ authorization: 'Bearer key-of-an' }, 'an'],
  [{ authorization: 'bearer   key-of-an ' }, 'an'],
  [{ 'x-api-key': 'key-of-constructor' }, 'constructor'],
  [{ authorization: 'Basic a2V5', 'x-api-key': 'key-of-an' }, 'an'],
  [{ authorization: 'Bearer key-of-ann' }, undefined],
  [{ authorization: 'Bearer' }, undefined],
  [{ authorization: 'key-of-an' }, undefined],
  [{ 'x-api-key': '' }, undefined],
  [{}, undefined],
])('%j is the key of %s', (headers, name) => {
  expect(keys.nameFor(headers)).toBe(name);
});

it('without keys, none is asked for', () => {
  expect(new Keys({}).areAsked).toBe(false);
  expect(new Keys({}).nameFor({ authorization: 'Bearer x' })).toBeUndefined();
  expect(keys.areAsked).toBe(true);
});
