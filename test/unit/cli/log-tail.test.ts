import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tailOf } from '../../../src/cli/commands/log-tail.js';

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-tail-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'run.log');
  writeFileSync(file, text);
  return file;
}

const line = (n: number, more: object = {}) =>
  `${JSON.stringify({ level: 'info', time: new Date(n).toISOString(), n, ...more })}\n`;

test('the latest records that match, oldest first; a line for people has its text only', () => {
  const file = fileOf(
    `${line(1, { link: 'a' })}[12:00] INFO: for people\n${line(2, { level: 'debug' })}{"half\n${line(3)}`,
  );
  expect(tailOf(file, {})).toMatchObject([
    { n: 1 },
    { text: '[12:00] INFO: for people' },
    { n: 2 },
    { text: '{"half' },
    { n: 3 },
  ]);
  expect(tailOf(file, { limit: 2 })).toMatchObject([{ text: '{"half' }, { n: 3 }]);
  // Lines for people have neither level nor time.
  expect(tailOf(file, { level: 'info', sinceMs: 2, limit: 2 })).toMatchObject([{ text: '{"half' }, { n: 3 }]);
  expect(tailOf(file, { sinceMs: 2, limit: 9 })).toHaveLength(4);
  expect(tailOf(file, { names: ['a'] })).toMatchObject([{ n: 1 }]);
});

test('of a large file only the end is read, from a whole line on', () => {
  const file = fileOf(Array.from({ length: 100_000 }, (_, n) => line(n)).join(''));
  const found = tailOf(file, {});
  expect(found.length).toBeGreaterThan(10_000);
  expect(found.map(({ n }) => n)).toEqual(found.map((_, i) => 100_000 - found.length + i));
});
