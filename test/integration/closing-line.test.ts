import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const REPORTER = fileURLToPath(new URL('../helpers/closing-line.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'closing-line-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs vitest on these files as a person would; `lines` is what it printed on stdout. */
async function run(
  files: Record<string, string>,
  more: Record<string, string> = {},
): Promise<{ lines: string[]; exitCode: unknown }> {
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source);
  const args = ['run', '--globals', '--root', folder, '--reporter=default', `--reporter=${REPORTER}`];
  // Nothing of this run reaches that one.
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const child = spawn(process.execPath, [VITEST, ...args], {
    cwd: folder,
    env: { ...Object.fromEntries(ours), ...more },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { lines: output.trimEnd().split('\n'), exitCode };
}

test('the last line counts passed, failed and skipped tests, and everything that broke around them', async () => {
  const { lines, exitCode } = await run({
    'a.test.mjs': `
      test('passes', () => {}); test('fails', () => { throw new Error('x'); });
      test.skip('skipped', () => {}); test.todo('todo');
      describe('nested', () => { test('passes', () => {}); });`,
    'b.test.mjs': "import './missing.mjs'; test('never known', () => {});",
    'c.test.mjs':
      "describe('suite', () => { beforeAll(() => { throw new Error('x'); }); test('never run', () => {}); });",
    'd.test.mjs': "test('passes, and leaves an error', () => { Promise.reject(new Error('x')); });",
  });
  expect(exitCode).toBe(1);
  // Failed: one test, one file, one suite, one stray error. Skipped: two by word, one by its suite.
  expect(lines.at(-1)).toBe('3 passed, 4 failed, 3 skipped');
});

test('the lines of several runs come together in one file; a clean run says so', async () => {
  const file = join(folder, 'lines');
  const runs = [];
  for (const source of ["test('passes', () => {});", "test('fails', () => { throw new Error('x'); });"])
    runs.push(await run({ 'a.test.mjs': source }, { VITEST_CLOSING_LINES: file }));
  expect(runs.map(({ exitCode, lines }) => [exitCode, lines.at(-1)])).toEqual([
    [0, '1 passed, 0 failed, 0 skipped'],
    [1, '0 passed, 1 failed, 0 skipped'],
  ]);
  const lines = await readFile(file, 'utf8');
  const failure = ['failed', '', 'a.test.mjs', 'fails', 'x'].join('\t');
  expect(lines).toBe(`1 passed, 0 failed, 0 skipped\n${failure}\n0 passed, 1 failed, 0 skipped\n`);
});
