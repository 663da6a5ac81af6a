import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockToWrite } from '../../../../src/daemon/packages/lock-place.js';

function folder() {
  const at = mkdtempSync(join(tmpdir(), 'mcp-pipe-lock-place-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

test('where nothing can be written beside the configuration, the lock goes into the state folder, which is made', () => {
  const inState = join(folder(), 'records', '0123456789ab', 'mcp_lock.json');
  expect(lockToWrite([join(folder(), 'not-there', 'mcp_lock.json'), inState])).toBe(inState);
  expect(statSync(dirname(inState)).isDirectory()).toBe(true);
});

test('without a configuration it is in the state folder, which is made', () => {
  const inState = join(folder(), '0123456789ab', 'mcp_lock.json');
  expect(lockToWrite([inState])).toBe(inState);
  expect(statSync(dirname(inState)).isDirectory()).toBe(true);
});

test('beside the configuration nothing is made in the state folder', () => {
  const [beside, state] = [join(folder(), 'mcp_lock.json'), join(folder(), 'state')];
  mkdirSync(dirname(beside), { recursive: true });
  expect(lockToWrite([beside, join(state, 'mcp_lock.json')])).toBe(beside);
  expect(() => statSync(state)).toThrow();
});
