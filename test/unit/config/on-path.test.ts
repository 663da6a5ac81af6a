import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Environment } from '../../../src/config/environment.js';
import { isProgram } from '../../../src/config/on-path.js';

it('a folder of PATH that cannot be looked into is passed over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Root may enter every folder, but not this one.
  const closed = join(folder, 'closed');
  symlinkSync(closed, closed);
  const PATH = [closed, dirname(process.execPath)].join(delimiter);
  const environment = new Environment({ PATH }, folder);
  expect(isProgram('node', environment)).toBe(true);
  expect(isProgram('no-such-program', environment)).toBe(false);
});
