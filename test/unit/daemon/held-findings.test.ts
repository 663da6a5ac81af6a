import { expect, test } from 'vitest';
import { fetchFindings } from '../../../src/daemon/held-findings.js';

test('a package that is not locked and a sandbox without a network do not go together', () => {
  const server = (name: string, network: boolean) => ({
    ...{ name, kind: 'stdio', command: 'uvx', args: [`mcp-server-${name}`], placeOf: () => ({ path: name }) },
    confinement: { sandbox: { network } },
  });
  const servers = [server('time', false), server('locked', false), server('fetch', true)];
  const locks = new Map([
    ['time', 'lockable'] as const,
    ['locked', 'locked'] as const,
    ['fetch', 'lockable'] as const,
  ]);
  const found = fetchFindings(servers as never, locks);
  expect(found.map(({ code, path, severity }) => ({ code, path, severity }))).toEqual([
    { code: 'CHECK_SANDBOX_FETCHES', path: 'time', severity: 'warning' },
  ]);
});
