import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { isRunning, processSpace, thisProcess } from '../../../src/process/identity.js';

it('knows this process, and one of its number that was started at another time for another', () => {
  expect(isRunning(thisProcess())).toBe(true);
  expect(isRunning({ pid: process.pid, birth: 'earlier' })).toBe(false);
  expect(isRunning({ pid: process.ppid, birth: 'earlier' })).toBe(false);
  // Without its start there is only its number.
  expect(isRunning({ pid: process.ppid, birth: undefined })).toBe(true);
});

it('takes a process that has ended for gone', async () => {
  const child = spawn('sleep', ['60']);
  expect(isRunning({ pid: child.pid!, birth: undefined })).toBe(true);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(isRunning({ pid: child.pid!, birth: undefined })).toBe(false);
});

it('names the machine and the container without telling their names', () => {
  expect(processSpace()).toMatch(/^[0-9a-f]{8}$/);
  expect(processSpace()).toBe(processSpace());
});
