import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fetchFindings, heldFindings } from '../../../src/daemon/held-findings.js';

test('a package that is not locked and a sandbox without a network do not go together', () => {
  const server = (name: string, network: boolean) => ({
    ...{ name, kind: 'stdio', command: 'uvx', args: [`mcp-server-${name}`], placeOf: () => ({ path: name }) },
    confinement: { sandbox: { network } },
  });
  const servers = [server('time', false), server('locked', false), server('fetch', true)];
  const locks = new Map([
    ['time', { is: 'unlocked' }] as const,
    ['locked', { is: 'locked' }] as const,
    ['fetch', { is: 'unlocked' }] as const,
  ]);
  const found = fetchFindings(servers as never, locks);
  expect(found.map(({ code, path, severity }) => ({ code, path, severity }))).toEqual([
    { code: 'CHECK_SANDBOX_FETCHES', path: 'time', severity: 'warning' },
  ]);
});

test.skipIf(process.platform === 'win32')(
  'an engine that does not answer is a warning, and is asked once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-engine-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const asked = join(folder, 'asked');
    const docker = `#!/bin/sh\necho "$*" >> '${asked}'\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n`;
    writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 });
    const server = (name: string) => ({
      ...{ name, kind: 'stdio', command: 'x', args: [], cwd: folder, env: { PATH: folder } },
      ...{ placeOf: (key: string) => ({ path: `${name}.${key}` }) },
      confinement: { image: { name: 'mcp/time', network: 'none' } },
    });
    const { findings, refused } = await heldFindings([server('a'), server('b')] as never);
    expect(findings.map(({ code, path, severity }) => ({ code, path, severity }))).toEqual([
      { code: 'CHECK_NOT_HELD', path: 'a.image', severity: 'warning' },
      { code: 'CHECK_NOT_HELD', path: 'b.image', severity: 'warning' },
    ]);
    expect(refused).toEqual([]);
    expect(readFileSync(asked, 'utf8')).toBe('ps --quiet\n');
  },
);
