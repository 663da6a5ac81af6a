import { expect, it } from 'vitest';
import { nearest } from '../../../src/config/nearest.js';

it.each([
  ['enable', ['disabledTools', 'enabledTools', 'disabled', 'enabled'], 'enabled'],
  ['comand', ['command', 'commandLine'], 'command'],
  ['calc', ['memory', 'calculator'], 'calculator'],
])('of several that hold "%s", the one with the fewest slips comes first', (written, known, meant) => {
  expect(nearest(written, known)[0]).toBe(meant);
});

it.each([
  ['agrs', ['args', 'type', 'cwd'], 'args'],
  ['evn', ['env', 'cwd', 'args'], 'env'],
  ['hsot', ['port', 'host'], 'host'],
])(
  'two letters of "%s" that are swapped are one slip, which a short word is forgiven',
  (written, known, meant) => {
    expect(nearest(written, known)).toEqual([meant]);
  },
);
