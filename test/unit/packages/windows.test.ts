import { expect, test } from 'vitest';
import { interpreterOf } from '../../../src/packages/npm/entry.js';
import { npm } from '../../../src/packages/npm/npm.js';
import { npmProgram } from '../../../src/packages/npm/run-npm.js';
import { npxHash } from '../../../src/packages/npm/runner-folders.js';
import { pypi } from '../../../src/packages/pypi/pypi.js';
import { wantedPackage } from '../../../src/packages/wanted-package.js';

test('on Windows npm is started by its own program, beside the batch file of PATH', () => {
  const there = new Set([
    'C:\\node\\npm.cmd',
    'C:\\node\\node_modules\\npm\\bin\\npm-cli.js',
    'C:\\node\\node.exe',
  ]);
  const env = { Path: 'C:\\other;C:\\node' };
  const script = 'C:\\node\\node_modules\\npm\\bin\\npm-cli.js';
  expect(npmProgram(env, 'win32', (file) => there.has(file))).toEqual({
    command: 'C:\\node\\node.exe',
    args: [script],
  });
  there.delete('C:\\node\\node.exe');
  expect(npmProgram(env, 'win32', (file) => there.has(file))).toEqual({
    command: 'node.exe',
    args: [script],
  });
  expect(npmProgram(env, 'win32', () => false)).toEqual({ command: 'npm.exe', args: [] });
  expect(npmProgram(env, 'linux', () => true)).toEqual({ command: 'npm', args: [] });
});

test.each([
  ['#!/usr/bin/env node\r\n', ['node'], ['node']],
  ['#!/usr/bin/env -S node --no-warnings\n', ['node', '--no-warnings'], ['node', '--no-warnings']],
  ['#!/usr/local/bin/node --a --b\n', ['node', '--a', '--b'], ['node', '--a --b']],
  ['#!/bin/sh\n', ['sh'], ['/bin/sh']],
  ['#!/usr/bin/env NODE_ENV=x node\n', ['node'], undefined],
  ['console.log(1)\n', ['node'], ['node']],
])('%j is run by %j on Windows, by %j elsewhere', (head, onWindows, elsewhere) => {
  expect(interpreterOf(head, 'C:\\x\\cli.js', 'win32')).toEqual(onWindows);
  expect(interpreterOf(head, '/x/cli.js', 'linux')).toEqual(elsewhere);
});

test.each([
  ['cmd', ['/c', 'npx', '-y', 'server-x', 'C:\\data']],
  ['C:\\Windows\\System32\\cmd.exe', ['/C', 'npx.cmd', '-y', 'server-x', 'C:\\data']],
  ['C:\\Program Files\\nodejs\\npx.cmd', ['-y', 'server-x', 'C:\\data']],
])('%s %j asks for the same package', (command, args) => {
  expect(wantedPackage(command, args)).toMatchObject({
    wanted: { registry: 'npm', specs: ['server-x'], args: ['C:\\data'] },
  });
});

test('data and code beside it are told apart', () => {
  const inNpm = (file: string) => npm.isOwnFile(`node_modules/x/${file}`);
  expect(['memory.jsonl', 'data', 'state.json', 'store.db-wal'].filter(inNpm)).toHaveLength(4);
  expect(
    ['a.js', 'a.mjs', 'a.node', 'package.json', 'lib.so', 'a.dll', 'node_modules'].filter(inNpm),
  ).toEqual([]);
  const inPython = (file: string) => pypi.isOwnFile(`lib/python3.12/site-packages/${file}`);
  expect(['x/memory.db', 'x/data/a.json'].filter(inPython)).toHaveLength(2);
  expect(
    ['x/a.py', 'x/a.so', 'x/__pycache__', 'a.pth', 'new', 'x-1.dist-info/RECORD', 'x/a.pyc'].filter(inPython),
  ).toEqual([]);
  expect(pypi.isOwnFile('bin/evil')).toBe(false);
});

test('the folder of npx is named as npm names it', () => {
  // `npx -y @modelcontextprotocol/server-memory` of npm 11
  expect(npxHash(['@modelcontextprotocol/server-memory'])).toBe('15b07286cbcc3329');
});
