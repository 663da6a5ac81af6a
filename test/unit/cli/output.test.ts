import { expect, test } from 'vitest';
import { wrapLines } from '../../../src/cli/output.js';

test('lines break between words, and what follows keeps the indent', () => {
  const text =
    'Không có file nào như vậy.\n    Hãy để mcp-pipe init tạo file này.\n\n/a/path/that/is/longer/than/20\n';
  expect(wrapLines(text, 20)).toBe(
    'Không có file nào\nnhư vậy.\n    Hãy để mcp-pipe\n    init tạo file\n    này.\n\n/a/path/that/is/longer/than/20\n',
  );
});

test('what is no terminal gets whole lines', () => {
  const text = `${'word '.repeat(100)}\n`;
  expect(wrapLines(text, undefined)).toBe(text);
});
