import { expect, test } from 'vitest';
import { shellWord } from '../../../src/config/shell-word.js';

test.each([
  ['memory', 'memory'],
  ['tính-tổng', 'tính-tổng'],
  ['/home/me/mcp_config.json', '/home/me/mcp_config.json'],
  ['my file.json', '"my file.json"'],
  ['a$b', "'a$b'"],
  ["it's $5", "'it'\\''s $5'"],
  ['', '""'],
  ['x\u001b]0;t\u0007', '"x\\u001b]0;t\\u0007"'],
])('%j is typed as %s', (word, typed) => {
  expect(shellWord(word, 'linux')).toBe(typed);
});

test('on Windows a path needs no quotes', () => {
  expect(shellWord('C:\\x\\y.json', 'win32')).toBe('C:\\x\\y.json');
  expect(shellWord('C:\\my x\\y.json', 'win32')).toBe('"C:\\my x\\y.json"');
});
