import { beforeEach, expect, test } from 'vitest';
import { percent } from '../../../src/page/detail/percent.js';
import { errorText, limitTexts, quoted, valuesText } from '../../../src/page/tools/error-text.js';
import type { FieldError } from '../../../src/page/tools/schema-form.js';
import { changeLang } from '../../../src/page/words.js';

beforeEach(() => changeLang('en'));

const ERRORS: readonly [FieldError, en: string, vi: string][] = [
  [{ code: 'required' }, 'Fill this in.', 'Hãy điền ô này.'],
  [
    { code: 'number', given: 'năm' },
    'Expected a number, such as 2.5. “năm” is none.',
    'Cần một số, ví dụ 2,5. “năm” không phải là số.',
  ],
  [
    { code: 'limit', of: 'maximum', limit: 20, is: 99.5 },
    'Expected at most 20, not 99.5.',
    'Giá trị cần tối đa 20, hiện là 99,5.',
  ],
  [
    { code: 'line', line: 2, error: { code: 'limit', of: 'minLength', limit: 3, is: 1 } },
    'Line 2: Expected at least 3 characters, not 1.',
    'Dòng 2: Giá trị cần ít nhất 3 ký tự, hiện là 1.',
  ],
  [
    { code: 'json', message: "Expected ',' at position 9 (line 1 column 10)" },
    'This is not valid JSON: see line 1, column 10.',
    'Đây không phải JSON hợp lệ: xem dòng 1, cột 10.',
  ],
  [{ code: 'json', message: 'Unexpected end' }, 'This is not valid JSON.', 'Đây không phải JSON hợp lệ.'],
];

test.each(ERRORS)('%j in both languages', async (error, en, vi) => {
  expect(errorText(error)).toBe(en);
  await changeLang('vi');
  expect(errorText(error)).toBe(vi);
});

test('limits are read beside their field; a year is not parted', () => {
  expect(limitTexts({ minimum: 1, maximum: 20 })).toEqual(['1 to 20']);
  expect(limitTexts({ minimum: 1930 })).toEqual(['at least 1930']);
  expect(limitTexts({ exclusiveMaximum: 0.5, multipleOf: 0.1 })).toEqual([
    'less than 0.5',
    'a multiple of 0.1',
  ]);
});

test('long texts and lists of a schema are cut, and no letter is halved', () => {
  expect(quoted('🎵'.repeat(80))).toBe(`${'🎵'.repeat(59)}…`);
  expect(valuesText(['a', '', 1, null])).toBe('a, "", 1, null');
  expect(valuesText(Array.from({ length: 30 }, (_, i) => i))).toMatch(/, 19 …$/);
});

test('a percentage says neither all nor none while there is a rest', async () => {
  expect([0, 0.0001, 0.5, 0.9996, 1].map(percent)).toEqual([
    '0\u00a0%',
    '0.1\u00a0%',
    '50\u00a0%',
    '99.9\u00a0%',
    '100\u00a0%',
  ]);
  await changeLang('vi');
  expect(percent(0.999)).toBe('99,9\u00a0%');
});
