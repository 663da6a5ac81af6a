import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../../src/process/make-folder.js';

test('a folder is made with those around it, and may be there already', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'mcp-pipe-')), 'a', 'b');
  makeFolder(folder, 0o700);
  makeFolder(folder, 0o700);
  expect(statSync(folder).isDirectory()).toBe(true);
  if (process.platform !== 'win32') expect(statSync(join(folder, '..')).mode & 0o777).toBe(0o700);
});

test('a file in its way is an error', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'mcp-pipe-')), 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow('EEXIST');
  expect(() => makeFolder(join(file, 'x', 'y'))).toThrow('ENOTDIR');
});

test.runIf(existsSync('/proc/self'))('where no folder can be made, trying ends', () => {
  expect(() => makeFolder('/proc/x/y')).toThrow('ENOENT');
});

/** They make a folder in one that is there: in an installation of a package, and in a control group. */
const IN_THEIR_OWN = ['packages/carry-data.ts', 'process/limited-group.ts'];

test('folders that may be anywhere are made by it alone', () => {
  const src = join(import.meta.dirname, '../../../src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const others = files.filter((name) =>
    /\bmkdir(Sync)?\([^\n]*recursive/.test(readFileSync(join(src, name), 'utf8')),
  );
  expect(others.map((name) => name.replaceAll('\\', '/')).sort()).toEqual(IN_THEIR_OWN);
});
