import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, pathsIn, read, root, rowsOf } from './pages.js';

const PRACTICES = 164;
const numbered = (text: string) => rowsOf(text).filter(([number]) => /^\d+$/.test(number!));
const [english, vietnamese] = LANGUAGES.map((folder) => read(`${folder}/practices.md`));

describe.each(LANGUAGES)('%s/practices.md', (folder) => {
  const text = read(`${folder}/practices.md`);
  const rows = numbered(text);

  it('has each practice once, in order', () => {
    expect(rows.map(([number]) => Number(number))).toEqual(
      Array.from({ length: PRACTICES }, (_, at) => at + 1),
    );
  });

  it('says of each where it is and how it was checked, or why neither', () => {
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(4);
      for (const cell of row) expect(cell, row[0]).not.toBe('');
    }
    // Without a check there is a reason.
    const unchecked = rows.filter(([, , , check]) => check === '–');
    const reasons = /not here|not applicable|in part|neither|không áp dụng|chưa|một phần|không kèm/;
    expect(unchecked.filter(([, , where]) => !reasons.test(where!))).toEqual([]);
  });

  it('names files that exist alone', () => {
    const paths = pathsIn(text);
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

it('the two languages name the same files for each practice', () => {
  const files = (text: string) => numbered(text).map((row) => [row[0], pathsIn(row.join(' ')).sort()]);
  expect(files(vietnamese!)).toEqual(files(english!));
});
