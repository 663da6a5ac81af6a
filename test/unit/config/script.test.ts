import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { Environment } from '../../../src/config/environment.js';
import { FETCHED_TSX, scriptCommand, thisHost } from '../../../src/config/script.js';
import { UsageError } from '../../../src/protocol/errors.js';
import { folderWith, removeFolders } from './workspace.js';

afterEach(removeFolders);

const environment = (env: Record<string, string> = {}) => new Environment(env, '/', 'linux');
const linux = {
  platform: 'linux',
  execPath: '/opt/node',
  stripsTypes: false,
  tsxFor: () => undefined,
} as const;

describe('a script', () => {
  test.each(['a.js', 'a.mjs', 'a.cjs', 'A.JS'])('%s runs on the Node.js that runs mcp-pipe', (name) => {
    expect(scriptCommand(`/s/${name}`, ['-x'], environment(), linux)).toEqual({
      command: '/opt/node',
      args: [`/s/${name}`, '-x'],
      env: {},
    });
  });

  test('in TypeScript runs on plain Node.js where that strips types', () => {
    const { args } = scriptCommand('/s/a.ts', [], environment(), { ...linux, stripsTypes: true });
    expect(args).toEqual(['/s/a.ts']);
  });

  test('in TypeScript really runs on this Node.js, with its arguments', () => {
    const folder = folderWith({
      'a.ts': 'const n: number = 41; enum E { A = 1 }\nconsole.log(n + E.A, process.argv[2]);',
    });
    const host = { ...thisHost, stripsTypes: false };
    const { command, args } = scriptCommand(join(folder, 'a.ts'), ['--flag'], environment(), host);
    expect(args[0]).toBe('--import');
    const { stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('42 --flag\n');
  });

  test('in TypeScript runs on the tsx of its own folder before the one beside mcp-pipe', () => {
    const folder = folderWith({
      'node_modules/tsx/package.json': '{ "name": "tsx", "exports": "./loader.mjs" }',
      'node_modules/tsx/loader.mjs': '',
      'src/a.ts': '',
    });
    const loader = pathToFileURL(join(folder, 'node_modules/tsx/loader.mjs')).href;
    expect(thisHost.tsxFor(join(folder, 'src/a.ts'))).toBe(loader);
    expect(thisHost.tsxFor(join(folderWith({ 'a.ts': '' }), 'a.ts'))).toBe(import.meta.resolve('tsx'));
  });

  test('in TypeScript runs on a tsx that npx fetches where none is installed, in the version of the tests', () => {
    expect(scriptCommand('/s/a.ts', ['-x'], environment(), linux)).toEqual({
      command: 'npx',
      args: ['-y', FETCHED_TSX, '/s/a.ts', '-x'],
      env: {},
    });
    const here = createRequire(import.meta.url).resolve('tsx/package.json');
    expect(FETCHED_TSX).toBe(`tsx@${JSON.parse(readFileSync(here, 'utf8')).version}`);
  });

  test('in Python runs unbuffered and in UTF-8, on python3, else on python', () => {
    const folder = folderWith({
      'three/python3': '#!/bin/sh',
      'both/python': '#!/bin/sh',
      'dull/python3': 'not executable',
    });
    for (const name of ['three/python3', 'both/python']) chmodSync(join(folder, name), 0o755);
    const run = (...path: string[]) =>
      scriptCommand(
        '/s/a.py',
        ['1'],
        environment({ PATH: path.map((part) => join(folder, part)).join(':') }),
        linux,
      );
    expect(run('both', 'three')).toEqual({
      command: join(folder, 'three/python3'),
      args: ['/s/a.py', '1'],
      env: { PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' },
    });
    expect(run('dull', 'both').command).toBe(join(folder, 'both/python'));
  });

  test('in Python without Python is a mistake that says what to do', () => {
    expect(() => scriptCommand('/s/a.py', [], environment({ PATH: '/nowhere' }), linux)).toThrow(UsageError);
  });

  test('of another kind runs by itself when it is executable', () => {
    const folder = folderWith({ 'run.sh': '#!/bin/sh', plain: 'x' });
    chmodSync(join(folder, 'run.sh'), 0o755);
    expect(scriptCommand(join(folder, 'run.sh'), ['a'], environment(), linux)).toEqual({
      command: join(folder, 'run.sh'),
      args: ['a'],
      env: {},
    });
    expect(() => scriptCommand(join(folder, 'plain'), [], environment(), linux)).toThrow(/nor executable/);
  });
});
