import { expect, test } from 'vitest';
import { lockedOf, registryOf } from '../../../src/packages/npm/resolve.js';

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

const own = { pnpm_config_registry: 'https://p.example/', BUN_CONFIG_REGISTRY: 'https://b.example/' };

test.each<[string, readonly string[], Record<string, string>, string | undefined]>([
  ['pnpm', [], own, 'https://p.example/'],
  ['pnpx', [], { PNPM_CONFIG_REGISTRY: 'https://p.example/' }, 'https://p.example/'],
  ['bunx', [], own, 'https://b.example/'],
  ['bun', ['--registry=https://c.example/'], own, undefined],
  ['bun', [], { BUN_CONFIG_REGISTRY: '' }, undefined],
  ['npx', [], own, undefined],
])('%s with %j is led by its own variable', (runner, options, env, registry) => {
  expect(registryOf({ runner, options }, env)).toBe(registry);
});

test('a login in such a variable stands in no lock', () => {
  const env = { pnpm_config_registry: 'https://name:secret@p.example/' };
  expect(() => registryOf({ runner: 'pnpm' }, env)).toThrow('pnpm_config_registry holds a login');
});
