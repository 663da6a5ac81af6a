import { expect, test } from 'vitest';
import { chooseScopes, scopesOf } from '../../../../../src/transports/remote/auth/scopes.js';

const nothing = {
  ...{
    wanted: undefined,
    challenge: [],
    ofResource: undefined,
    ofIssuer: undefined,
    former: [],
    isLasting: true,
  },
};

test.each([
  ['what a person asks for', { wanted: ['a'], challenge: ['b'], ofResource: ['c'] }, ['a']],
  ['the challenge', { challenge: ['b'], ofResource: ['c'] }, ['b']],
  ['what the server knows', { ofResource: ['c', 'd'] }, ['c', 'd']],
  ['nothing, which leaves the choice to the authorization server', { ofIssuer: ['x', 'offline_access'] }, []],
  [
    'with offline_access where it is offered',
    { challenge: ['b'], ofIssuer: ['offline_access'] },
    ['b', 'offline_access'],
  ],
  [
    'without it for a client alone',
    { challenge: ['b'], ofIssuer: ['offline_access'], isLasting: false },
    ['b'],
  ],
  ['without it when a person has chosen', { wanted: ['a'], ofIssuer: ['offline_access'] }, ['a']],
  ['the former ones beside new ones', { challenge: ['b'], former: ['a', 'b'] }, ['a', 'b']],
])('scopes: %s', (_, facts, expected) => {
  expect(chooseScopes({ ...nothing, ...facts })).toEqual(expected);
});

test('a list of scopes is read', () => {
  expect(scopesOf(' a  b a ')).toEqual(['a', 'b']);
  expect(scopesOf(undefined)).toEqual([]);
});
