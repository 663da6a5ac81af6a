import { expect, test } from 'vitest';
import { SharedBytes } from '../../../src/faces/shared-bytes.js';

function shared(maxBytes: number) {
  const ended: string[] = [];
  const bytes = new SharedBytes(maxBytes);
  const holders = new Map<string, object>();
  const holder = (name: string) => {
    if (!holders.has(name)) holders.set(name, {});
    return holders.get(name)!;
  };
  return {
    ended,
    set: (name: string, held: number) => bytes.set(holder(name), held, () => ended.push(name)),
    delete: (name: string) => bytes.delete(holder(name)),
  };
}

test('beyond the bound the one that has been still for longest is ended', () => {
  const { set, ended } = shared(100);
  set('a', 40);
  set('b', 40);
  set('a', 41);
  set('c', 20);
  expect(ended).toEqual(['b']);
});

test('who holds little is not ended for who holds much', () => {
  const { set, ended } = shared(100);
  for (let i = 0; i < 5; i++) set(`small ${i}`, 1);
  set('large', 60);
  set('other', 50);
  expect(ended).toEqual(['large']);
});

test('who alone holds too much is ended itself', () => {
  const { set, ended } = shared(100);
  set('a', 101);
  expect(ended).toEqual(['a']);
});

test('what was given back does not count', () => {
  const { set, ended, delete: give } = shared(100);
  set('a', 90);
  give('a');
  set('b', 90);
  set('b', 0);
  set('c', 90);
  expect(ended).toEqual([]);
});
