import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { keepCompiled, runFrom } from '../../../src/cli/compiled-code.js';
import { compiledFolder } from '../../../src/daemon/sandbox-caches.js';
import { makeFolder } from '../../../src/process/make-folder.js';

const PART = 'part-0a1B_c-d.cjs';

let folder: string;
let caches: string;

beforeEach(() => {
  const home = mkdtempSync(join(tmpdir(), 'mcp-pipe-compiled-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  folder = join(home, 'bundle');
  caches = join(home, 'cache');
  makeFolder(folder);
  put('main.cjs', 'exports.said = [require("./part-0a1B_c-d.cjs").part, require("node:path").sep];');
  put(PART, 'exports.part = "first";');
});

/** As long as before and of the same time, a file is taken for the one that was compiled. */
function put(name: string, source: string): void {
  writeFileSync(join(folder, name), source);
  utimesSync(join(folder, name), 1_000, 1_000);
}

const run = () => (runFrom(folder, 'main.cjs', { XDG_CACHE_HOME: caches }) as { said: unknown[] }).said[0];
/** Servers in sandboxes are kept from it. */
const keptIn = () => compiledFolder({ XDG_CACHE_HOME: caches });
const kept = () => readdirSync(keptIn()).map((name) => join(keptIn(), name));

function keep(): string {
  run();
  keepCompiled(makeFolder);
  return kept()[0]!;
}

test('what was compiled is taken at the next start', () => {
  keep();
  put(PART, 'exports.part = "other";');
  expect(run()).toBe('first');
});

test('nothing is written again as long as the files are the same', () => {
  const file = keep();
  utimesSync(file, 1_000, 1_000);
  keep();
  expect(statSync(file).mtimeMs).toBe(1_000_000);
});

test('a file that has changed is compiled', () => {
  keep();
  writeFileSync(join(folder, PART), 'exports.part = "other";');
  expect(run()).toBe('other');
  keepCompiled(makeFolder);
  expect(kept()).toHaveLength(1);
});

test('of a file whose name does not say what is in it, nothing is kept', () => {
  const main = (word: string) => put('main.cjs', `require("./${PART}"); exports.said = ["${word}"];`);
  main('before');
  keep();
  main('behind');
  expect(run()).toBe('behind');
});

test.runIf(process.getuid?.() === 0)('root leaves nothing in the folders of another user', () => {
  mkdirSync(caches);
  chownSync(caches, 65_534, 65_534);
  run();
  keepCompiled(makeFolder);
  expect(readdirSync(caches)).toEqual([]);
  chownSync(caches, 0, 0);
  keep();
  expect(kept()).toHaveLength(1);
});

test('what is damaged is not run', () => {
  const file = keep();
  const bytes = readFileSync(file);
  bytes[bytes.length - 100]! ^= 1;
  writeFileSync(file, bytes);
  put(PART, 'exports.part = "other";');
  expect(run()).toBe('other');
});

test.skipIf(process.platform === 'win32')(
  'only what this user alone can write is run, and written to',
  () => {
    const file = keep();
    for (const [place, word] of [
      [file, 'other'],
      [keptIn(), 'third'],
    ] as const) {
      const { mode } = statSync(place);
      expect(mode & 0o077).toBe(0);
      chmodSync(place, mode | 0o020);
      put(PART, `exports.part = "${word}";`);
      expect(run()).toBe(word);
      chmodSync(place, mode);
    }
    // V8 takes from its own memory what it has compiled meanwhile.
    put(PART, 'exports.part = "never";');
    expect(run()).toBe('first');
    rmSync(file);
    chmodSync(keptIn(), 0o770);
    run();
    keepCompiled(makeFolder);
    expect(kept()).toEqual([]);
  },
);

test('a cache that cannot be written is none', () => {
  writeFileSync(caches, 'no folder');
  expect(run()).toBe('first');
  keepCompiled(makeFolder);
  expect(run()).toBe('first');
});

test('of other versions, the newest are left', () => {
  const file = keep();
  for (let second = 1; second <= 6; second++) {
    const old = join(keptIn(), `v${second}`);
    writeFileSync(old, '');
    utimesSync(old, second, second);
  }
  put(PART, 'exports.part = "longer than before";');
  keep();
  expect(kept().sort()).toEqual([file, ...['v4', 'v5', 'v6'].map((name) => join(keptIn(), name))].sort());
});
