import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { linkLines } from '../../../src/cli/page-link.js';
import { readPageSecret } from '../../../src/daemon/page/page-secret.js';
import { stateFolderOf } from '../../../src/daemon/state-folder.js';

const page = { origin: 'http://127.0.0.1:7420', key: 'made' } as const;

test('the link holds the key that was made, also when no file has it; where it is kept is said only if it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-link-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('MCP_PIPE_RECORDS', folder);
  const told = (madeKey?: string) =>
    linkLines({ ...page, ...(madeKey ? { madeKey } : {}) }, undefined, 'en').join('\n');
  const key = 'key-for-this-run-only';
  expect(told(key)).toContain(`#key=${key}`);
  expect(told(key)).not.toContain('ui.json');
  const kept = readPageSecret(stateFolderOf(undefined), () => expect.unreachable());
  expect(told(kept.key)).toContain('ui.json');
  // Another process knows the file alone.
  expect(told()).toContain(`#key=${kept.key}`);
  expect(told()).toContain('ui.json');
});
