import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inLandlock, restrictor, rulesOf } from '../../../src/sandbox/landlock.js';

const READ = 0b1101;
const READ_FILE = 0b0101;
const READ_DIR = 0b1000;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'mcp-pipe-rules-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  mkdirSync(join(made, 'a'));
  mkdirSync(join(made, 'a', 'inner'));
  writeFileSync(join(made, 'a', 'file'), '');
  writeFileSync(join(made, '.env'), '');
  return made;
}

const nothing = { read: [], write: [], hidden: [], links: [] };
const rightsOf = (rules: readonly { path: string; rights: number }[], path: string) =>
  rules.find((rule) => rule.path === path)?.rights;

test('a folder to read is one rule, of reading and running', () => {
  const root = folder();
  const rules = rulesOf({ ...nothing, read: [root, join(root, 'a', 'file')] }, 7);
  expect(rightsOf(rules, root)).toBe(READ);
  expect(rightsOf(rules, join(root, 'a', 'file'))).toBe(READ_FILE);
});

test('a folder with something hidden is given piece by piece, without it', () => {
  const root = folder();
  const rules = rulesOf({ ...nothing, read: [root], hidden: [join(root, '.env')] }, 7);
  expect(rightsOf(rules, root)).toBe(READ_DIR);
  expect(rightsOf(rules, join(root, 'a'))).toBe(READ);
  expect(rightsOf(rules, join(root, '.env'))).toBeUndefined();
});

test('a link in such a folder gives no right to what it leads to', () => {
  const root = folder();
  symlinkSync('/root/private', join(root, 'link'));
  const rules = rulesOf({ ...nothing, read: [root], hidden: [join(root, '.env')] }, 7);
  expect(rightsOf(rules, join(root, 'link'))).toBeUndefined();
});

test('what is written has every right that the kernel knows', () => {
  const root = folder();
  expect(rightsOf(rulesOf({ ...nothing, write: [root] }, 7), root)).toBe(0xffff);
  expect(rightsOf(rulesOf({ ...nothing, write: [root] }, 3), root)).toBe(0x7fff);
});

test('something to hide in a folder to write is refused, with what to do', () => {
  const root = folder();
  expect(() => rulesOf({ ...nothing, write: [root], hidden: [join(root, '.env')] }, 7)).toThrow(
    /Landlock cannot do/,
  );
});

test('the command follows the rules, and its arguments are as they were', () => {
  const command = { command: '/usr/bin/node', args: ['a b', '-e'], cwd: '/', env: {} };
  const options = { perl: '/usr/bin/perl', abi: 7, arch: 'x64', places: nothing, network: false };
  const { command: first, args } = inLandlock(command, options);
  expect(first).toBe('/usr/bin/perl');
  expect(args[0]).toBe('-e');
  expect(args.slice(2, 6)).toEqual(['7', '65535', '0', '7']);
  expect(args.slice(-3)).toEqual(['/usr/bin/node', 'a b', '-e']);
});

test('only machines whose numbers of calls are known have a program', () => {
  expect(restrictor('x64')).toContain('syscall(317');
  expect(restrictor('arm64')).toContain('syscall(277');
  expect(restrictor('ia32')).toBeUndefined();
});
