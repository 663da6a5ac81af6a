import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { thisMachine } from '../../../../src/config/check/host.js';
import { jwtClaimsOf } from '../../../../src/config/jwt-claims.js';
import { scriptOf } from '../../../../src/config/kinds/stdio/script-argument.js';
import { isPrivateHost } from '../../../../src/protocol/host.js';
import { folderWith, removeFolders } from '../workspace.js';
import { jwt } from './checked.js';

afterEach(removeFolders);

describe('a host is private', () => {
  test.each([
    'localhost',
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.9.9',
    '192.168.1.1',
    '169.254.1.1',
    '100.64.0.1',
    '[::1]',
    '[fd00::1]',
    '[fe80::1]',
    '[::ffff:c0a8:101]',
    'xiaozhi',
    'nas.local',
    'host.docker.internal',
    'box.lan',
  ])('%s', (host) => {
    expect(isPrivateHost(host)).toBe(true);
  });

  test.each([
    'example.com',
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '192.169.1.1',
    '100.128.0.1',
    '[2001:db8::1]',
    '[::ffff:808:808]',
    'local.example.com',
  ])('but not %s', (host) => {
    expect(isPrivateHost(host)).toBe(false);
  });
});

describe('the script among the arguments of', () => {
  test.each<[string, string[], string | undefined, number?]>([
    ['node', ['x.js'], 'x.js', 0],
    ['node', ['--inspect', '--import', 'tsx', 'x.ts', 'y.js'], 'x.ts', 3],
    ['node', ['-e', 'console.log(1)'], undefined],
    ['node.exe', ['x.js'], 'x.js', 0],
    ['/usr/bin/python3.12', ['-u', 'x.py'], 'x.py', 1],
    ['python', ['-m', 'server'], undefined],
    ['uv', ['run', 'x.py'], 'x.py', 1],
    ['uv', ['run', '--with', 'mcp', 'python', 'x.py'], 'x.py', 4],
    ['uv', ['run', 'my-tool'], undefined],
    ['uvx', ['x.py'], undefined],
    ['npx', ['-y', 'tsx', 'src/x.ts'], 'src/x.ts', 2],
    ['npx', ['-y', '@scope/server', 'data.json'], undefined],
    ['bash', ['run.sh'], 'run.sh', 0],
    ['deno', ['run', '-A', 'https://example.com/x.ts'], undefined],
    ['node', ['--token', 'abcdef'], undefined],
    ['docker', ['run', 'x.py'], undefined],
  ])('%s %j is %s', (command, args, file, at) => {
    const found = scriptOf(command, args);
    expect(found?.file).toBe(file);
    expect(found?.at).toBe(at);
  });

  test('uv --directory is relative to that folder', () => {
    expect(scriptOf('uv', ['--directory', 'sub', 'run', 'x.py'])).toMatchObject({
      folder: 'sub',
      folderAt: 1,
      file: 'x.py',
      at: 3,
    });
  });
});

describe('claims', () => {
  test('are read without verifying', () => {
    expect(jwtClaimsOf(jwt({ userId: 1, agentId: 2, endpointId: 'agent_2', exp: 1_700_000_000 }))).toEqual({
      user: '1',
      agent: '2',
      expiresAtMs: 1_700_000_000_000,
    });
  });

  test('of a token that is no JWT are none of our business', () => {
    expect(jwtClaimsOf('a-self-hosted-token')).toBeUndefined();
  });

  test.each([-1, 5, 40])('a token cut off after %i characters is damaged', (length) => {
    expect(jwtClaimsOf(jwt({ agentId: 2 }).slice(0, length))).toBe('damaged');
  });
});

test('git says whether a file is tracked, loose or ignored, and nothing outside of a repository', () => {
  const folder = folderWith({ kept: '', loose: '', '.env': '', '.gitignore': '.env\n' });
  const { gitStateOf } = thisMachine();
  expect(gitStateOf(join(folder, 'kept'))).toBeUndefined();
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  git('init');
  git('add', 'kept');
  expect(['kept', 'loose', '.env'].map((name) => gitStateOf(join(folder, name)))).toEqual([
    'tracked',
    'loose',
    'ignored',
  ]);
  writeFileSync(join(folder, 'kept'), 'changed');
  expect(gitStateOf(join(folder, 'kept'))).toBe('tracked');
});
