import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeStateFolder, stateFolder, stateFolderOf } from '../../../src/daemon/state-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-state-'));
const env = { MCP_PIPE_STATE: join(folder, 'state') };

test('each configuration has a folder of its own inside the folder of the user', () => {
  const [a, b] = ['a.json', 'b.json'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(a, '{}');
  writeFileSync(b, '{}');
  expect(dirname(stateFolderOf(a, env))).toBe(stateFolder(env));
  expect(stateFolderOf(a, env)).toBe(stateFolderOf(a, env));
  expect(stateFolderOf(a, env)).not.toBe(stateFolderOf(b, env));
});

test('what is kept beyond a run may stand elsewhere than lock files', () => {
  expect(stateFolder({ ...env, MCP_PIPE_RECORDS: '/home/records' })).toBe('/home/records');
});

test('the folder is made for this user only, and may exist already', () => {
  const made = makeStateFolder(join(folder, 'state', 'one'));
  expect(statSync(makeStateFolder(made)).mode & 0o777).toBe(0o700);
});

test.skipIf(process.platform === 'win32')('a temporary folder that others may write to is not used', () => {
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const root = join(folder, `mcp-pipe-${process.getuid!()}-state`);
  const inside = join(root, 'one');
  expect(statSync(makeStateFolder(inside)).mode & 0o777).toBe(0o700);
  chmodSync(root, 0o777);
  expect(() => makeStateFolder(inside)).toThrow('EPERM');
  rmSync(root, { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), root);
  expect(() => makeStateFolder(inside)).toThrow('EPERM');
  rmSync(root);
});
