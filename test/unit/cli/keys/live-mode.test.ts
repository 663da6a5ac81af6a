import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LINKS, type LiveMode, pressed, type Shown } from '../../../../src/cli/keys/live-mode.js';
import { type Key, keysIn } from '../../../../src/cli/keys/read-keys.js';

const shown: Shown = {
  rows: 12,
  log: { total: 100, first: 10, height: 20 },
  calls: { count: 30, height: 20 },
};
const typed = (keys: string, from: LiveMode = LINKS, what = shown): LiveMode =>
  keysIn(keys).reduce((mode, key) => pressed(mode, key, what), from);
const chosen = (number: number) => expect.objectContaining({ view: 'links', chosen: number });
const log = (number: number, last?: number) => ({ view: 'log', number, last });

describe('the keys', () => {
  test.each<[string, Key[]]>([
    ['j', ['down']],
    ['\u001b[B', ['down']],
    ['\u001bOA', ['up']],
    ['\u001b[A\u001b[A\r', ['up', 'up', 'enter']],
    ['12\r', ['1', '2', 'enter']],
    ['\u001b', ['escape']],
    ['\u0003', ['interrupt']],
    ['\u001a', ['suspend']],
    ['x', []],
    ['\u0004', []],
    ['\u001b[200~', []],
    ['\u001b[1;5C', []],
    ['é', []],
    ['日', []],
    ['', []],
  ])('%j are %j', (text, keys) => {
    expect(keysIn(text)).toEqual(keys);
  });

  test('that were pasted do nothing, but Ctrl-C and the like', () => {
    expect(keysIn('quit c 3 j\n')).toEqual([]);
    expect(keysIn('j'.repeat(100))).toEqual([]);
    expect(keysIn('some text\u0003')).toEqual(['interrupt']);
  });

  test('are read out of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => keysIn(text).every((key) => key !== undefined)),
    );
  });
});

describe('the links', () => {
  test.each<[string, unknown]>([
    ['j', chosen(1)],
    ['jjk', chosen(1)],
    ['k', chosen(12)],
    ['kj', chosen(12)],
    ['j\r', log(1)],
    ['\r', LINKS],
    // 1 may be the beginning of 10, 11 and 12.
    ['1', chosen(1)],
    ['1\r', log(1)],
    ['12', log(12)],
    ['13', log(3)],
    ['5', log(5)],
    ['0', LINKS],
    ['c', { view: 'calls', above: 0 }],
    ['?', { ...LINKS, isHelp: true }],
  ])('and %j', (keys, mode) => {
    expect(typed(keys)).toEqual(mode);
  });

  test('are closed by no key', () => {
    for (const key of ['escape', 'quit', 'hold', 'release', 'last', 'page-up'] as const)
      expect(pressed(LINKS, key, shown)).toEqual(LINKS);
    expect(pressed({ ...LINKS, isHelp: true }, 'escape', shown)).toEqual(LINKS);
    expect(pressed({ ...LINKS, isHelp: true }, 'help', shown)).toEqual(LINKS);
  });
});

describe('an opened log', () => {
  const opened = log(3) as LiveMode;

  test.each<[string, unknown]>([
    ['k', log(3, 99)],
    ['kj', log(3)],
    ['\u001b[5~', log(3, 80)],
    ['g', log(3, 30)],
    ['G', log(3)],
    ['\u001b', LINKS],
    ['q', LINKS],
    ['c', { view: 'calls', above: 0 }],
    ['7', log(3)],
  ])('and %j', (keys, mode) => {
    expect(typed(keys, opened)).toEqual(mode);
  });

  test('that fits is not scrolled', () => {
    const short = { ...shown, log: { total: 5, first: 0, height: 20 } };
    for (const key of ['k', 'g', '\u001b[5~']) expect(typed(key, opened, short)).toEqual(log(3));
  });
});

test('the calls are scrolled and closed', () => {
  const calls = typed('c');
  expect(typed('j', calls)).toEqual({ view: 'calls', above: 1 });
  expect(typed('G', calls)).toEqual({ view: 'calls', above: 10 });
  expect(typed('k', calls)).toEqual(calls);
  for (const key of ['c', 'q', '\u001b']) expect(typed(key, calls)).toEqual(LINKS);
});
