import { expect, test } from 'vitest';
import { parseLock } from '../../../src/packages/read-lock.js';

const HASH = `sha512-${'A'.repeat(86)}==`;
const entry = {
  registry: 'npm',
  name: '@scope/server',
  version: '1.2.3',
  integrity: [HASH],
  bin: 'server',
  entry: 'node_modules/@scope/server/dist/index.js',
  lockedAt: '2026-11-27T18:00:00.000Z',
  packages: [
    { name: '@scope/server', version: '1.2.3', integrity: [HASH], at: 'node_modules/@scope/server' },
  ],
};
const lockOf = (packages: Record<string, unknown>, more = {}) =>
  parseLock(JSON.stringify({ lockVersion: 1, packages, ...more }));

test('an entry that is as it must be is used, with keys that are not known', () => {
  const { packages, problems, raw } = lockOf({ 'npm:a': { ...entry, later: { x: 1 } } }, { note: 'kept' });
  expect(problems).toEqual([]);
  expect(packages.get('npm:a')).toMatchObject({ version: '1.2.3', later: { x: 1 } });
  expect(raw).toMatchObject({ note: 'kept' });
});

test('a package that comes within the archive of another one has no hash of its own', () => {
  const inside = {
    ...{ name: 'x', version: '1.0.0', integrity: [], more: { inBundle: true } },
    at: 'node_modules/@scope/server/node_modules/x',
  };
  const { problems } = lockOf({ 'npm:a': { ...entry, packages: [...entry.packages, inside] } });
  expect(problems).toEqual([]);
});

test('an entry of a registry that is not known is kept and not used', () => {
  const { packages, problems, raw } = lockOf({ 'cargo:x': { registry: 'cargo', any: 1 }, 'npm:a': entry });
  expect([[...packages.keys()], problems]).toEqual([['npm:a'], []]);
  expect(raw).toMatchObject({ packages: { 'cargo:x': { any: 1 } } });
});

test.each<[string, object]>([
  ['entry', { entry: '../../etc/passwd' }],
  ['entry', { entry: '/bin/sh' }],
  ['entry', { entry: 'node_modules/../../x.js' }],
  ['entry', { entry: String.raw`node_modules\..\x.js` }],
  ['entry', { entry: 'C:/x.js' }],
  ['integrity', { integrity: [] }],
  ['integrity', { integrity: ['md5-abc'] }],
  ['integrity', { integrity: HASH }],
  ['version', { version: 1 }],
  ['name', { name: undefined }],
  ['bin', { bin: 'a\nb' }],
  ['bin', { bin: '../a' }],
  ['name', { name: '--prefix=x' }],
  ['name', { name: '../x' }],
  ['version', { version: '1/../../../x' }],
  ['version', { version: 'file:x' }],
  ['python', { python: '/tmp/python' }],
  ['packages[0]', { packages: [{ ...entry.packages[0], version: 'file:../x' }] }],
  ['packages[0]', { packages: [{ ...entry.packages[0], more: { integrity: '' } }] }],
  ['packages[0]', { packages: [{ ...entry.packages[0], more: { link: true } }] }],
  ['packages[0]', { packages: [{ ...entry.packages[0], integrity: [], more: { inBundle: true } }] }],
  [
    'packages[1]',
    {
      packages: [
        entry.packages[0],
        { name: 'x', version: '1.0.0', integrity: [], at: 'node_modules/x', more: { inBundle: true } },
      ],
    },
  ],
  ['owners', { owners: 'a' }],
  ['packages', { packages: [] }],
  ['packages[0]', { packages: [{ ...entry.packages[0], at: 'node_modules/../../x' }] }],
  ['packages[0]', { packages: [{ ...entry.packages[0], at: 'elsewhere/x' }] }],
  ['packages[0]', { packages: [{ ...entry.packages[0], resolved: 'file:///etc/passwd' }] }],
  ['packages[1]', { packages: [entry.packages[0], { name: 'x' }] }],
])('an entry with a wrong %s is named and not used; others are', (said, wrong) => {
  const { packages, problems, raw } = lockOf({ 'npm:bad': { ...entry, ...wrong }, 'npm:good': entry });
  expect(problems).toEqual([{ why: 'entry', key: 'npm:bad', said }]);
  expect([...packages.keys()]).toEqual(['npm:good']);
  expect(raw).toBeDefined();
});

test.each([
  ['not-json', '{'],
  ['not-json', ''],
  ['not-a-lock', '[]'],
  ['not-a-lock', 'null'],
  ['not-a-lock', '{}'],
  ['not-a-lock', '{"lockVersion":"1"}'],
  ['not-a-lock', '{"lockVersion":1,"packages":[]}'],
  ['newer', '{"lockVersion":2,"packages":{}}'],
])('a file that is %s locks nothing and is not written again', (why, text) => {
  const { packages, problems, raw } = parseLock(text);
  expect([packages.size, problems[0]?.why, raw]).toEqual([0, why, undefined]);
});
