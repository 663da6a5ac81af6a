import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockedAmong } from '../../../src/daemon/locked-among.js';
import { LOCK_FILE } from '../../../src/packages/lock-file.js';

it('a server is locked when a lock file has the package that its command asks for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-locked-'));
  try {
    const entry = {
      ...{
        registry: 'npm',
        name: 'memory',
        version: '1.0.0',
        integrity: [`sha512-${'a'.repeat(86)}==`],
        bin: 'memory',
      },
      ...{ entry: 'node_modules/memory/index.js', lockedAt: '2026-11-27T00:00:00.000Z' },
      packages: [
        {
          name: 'memory',
          version: '1.0.0',
          integrity: [`sha512-${'a'.repeat(86)}==`],
          at: 'node_modules/memory',
          resolved: 'https://registry.npmjs.org/memory/-/memory-1.0.0.tgz',
        },
      ],
    };
    writeFileSync(
      join(folder, LOCK_FILE),
      JSON.stringify({ lockVersion: 1, packages: { 'npm:memory': entry } }),
    );
    const server = (name: string, command: string, ...args: string[]) => ({
      name,
      kind: 'stdio',
      lock: true,
      command,
      args,
    });
    const servers = [
      server('locked', 'npx', '-y', 'memory', '--key'),
      server('other', 'npx', '-y', 'other'),
      server('own', 'node', 'own.js'),
      { name: 'remote', kind: 'http', lock: true },
      { ...server('off', 'npx', '-y', 'memory'), lock: false },
      { ...server('image', 'npx', '-y', 'memory'), confinement: { image: {} } },
      { ...server('user', 'npx', '-y', 'memory'), confinement: { user: 'mcp' } },
    ];
    expect([...(await lockedAmong(servers, ['/nowhere/mcp_lock.json', join(folder, LOCK_FILE)]))]).toEqual([
      ['locked', 'locked'],
      ['other', 'lockable'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
