import { expect, it } from 'vitest';
import { showResult } from '../../../src/cli/tool-result.js';

it.each([
  ['en', '[image image/png, 1.5 KiB]'],
  ['vi', '[hình ảnh image/png, 1,5 KiB]'],
] as const)('what a tool gives is said in %s, with its numbers', (lang, shown) => {
  const data = Buffer.alloc(1536).toString('base64');
  const { lines } = showResult(
    { content: [{ type: 'image', mimeType: 'image/png', data }] },
    't',
    undefined,
    lang,
  );
  expect(lines).toEqual([shown]);
});
