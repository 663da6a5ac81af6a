import { expect, test } from 'vitest';
import { lockedOf } from '../../../src/packages/npm/resolve.js';

const wanted = { registry: 'npm', runner: 'npx', specs: ['server'], bin: undefined, args: [] } as const;

test.each([
  ['https://r.example/server/-/server-1.0.0.tgz', true],
  ['https://r.example/server/-/server-1.0.0.tgz?token=secret', false],
  ['https://name:secret@r.example/server/-/server-1.0.0.tgz', false],
])('the address %s of an archive stands in the lock: %s', (resolved, isKept) => {
  const entry = {
    version: '1.0.0',
    resolved,
    integrity: `sha512-${'A'.repeat(86)}==`,
    bin: { server: 'cli.js' },
  };
  const text = JSON.stringify({ packages: { '': {}, 'node_modules/server': entry } });
  const locked = lockedOf(wanted, text);
  expect(locked.packages[0]?.resolved).toBe(isKept ? resolved : undefined);
  expect(JSON.stringify(locked).includes('secret')).toBe(false);
});
