import { expect, test } from 'vitest';
import { handoverGroups } from '../../../src/daemon/handover/groups.js';

const link = (name: string, token = name, servers: readonly string[] = [name]) => ({ name, token, servers });

test('each token is a step of its own, in the order of the running links', () => {
  const old = { links: [link('a'), link('b')] };
  const next = { links: [link('b'), link('new'), link('a')] };
  expect(handoverGroups(old, next, [])).toEqual([
    { gives: ['a'], takes: ['a'], http: false },
    { gives: ['b'], takes: ['b'], http: false },
    { gives: [], takes: ['new'], http: false },
  ]);
});

test('links are told by their token, whatever their names', () => {
  const old = { links: [link('one', 'T', ['x'])] };
  const next = { links: [link('other', 'T', ['y'])] };
  expect(handoverGroups(old, next, [])).toEqual([{ gives: ['one'], takes: ['other'], http: false }]);
});

test('links that share a server go together, unless two of it may run', () => {
  const links = [
    link('kitchen', 'K', ['music']),
    link('apart', 'X', ['x']),
    link('children', 'C', ['music']),
  ];
  expect(handoverGroups({ links }, { links }, [])).toEqual([
    { gives: ['kitchen', 'children'], takes: ['kitchen', 'children'], http: false },
    { gives: ['apart'], takes: ['apart'], http: false },
  ]);
  expect(handoverGroups({ links }, { links }, ['music'])).toHaveLength(3);
});

test('what is served over HTTP goes with the links whose servers it has', () => {
  const links = [link('a'), link('b')];
  const served = handoverGroups({ links, http: ['b'] }, { links }, []);
  expect(served).toEqual([
    { gives: ['a'], takes: ['a'], http: false },
    { gives: ['b'], takes: ['b'], http: true },
  ]);
  // A page has no servers of its own.
  expect(handoverGroups({ links: [] }, { links: [], http: [] }, [])).toEqual([
    { gives: [], takes: [], http: true },
  ]);
});

test('a link of the next configuration can join what was apart', () => {
  const old = { links: [link('a'), link('b')] };
  const next = { links: [link('both', 'a', ['a', 'b'])] };
  expect(handoverGroups(old, next, [])).toEqual([{ gives: ['a', 'b'], takes: ['both'], http: false }]);
});
