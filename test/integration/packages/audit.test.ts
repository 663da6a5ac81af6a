import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packageLines, packagesJson, worstPackage } from '../../../src/cli/commands/check-packages.js';
import type { ServerPlan } from '../../../src/config/plan.js';
import { auditPackages, type PackageAuditOptions } from '../../../src/daemon/package-audit/audit-packages.js';
import { changeLock } from '../../../src/packages/lock-file.js';
import type { LockedPackage } from '../../../src/packages/locked-package.js';

const root = mkdtempSync(join(tmpdir(), 'mcp-pipe-audit-test-'));
const lockFile = join(root, 'mcp_lock.json');
let registry: Server;
let address = '';
/** `METHOD /path` of what was asked. */
let asked: string[] = [];
/** What is answered, by path. */
let answers: Record<string, { status?: number; type?: string; body: unknown }> = {};
let now = Date.parse('2026-11-27T00:00:00Z');

beforeAll(async () => {
  registry = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(`${request.method} ${path}`);
    request.resume();
    const { status = 200, type = 'application/json', body } = answers[path] ?? { status: 404, body: {} };
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  await changeLock(
    lockFile,
    new Map([
      ['npm:files', FILES],
      ['pypi:an-server', AN_SERVER],
    ]),
  );
});
afterAll(async () => {
  registry.closeAllConnections();
  await new Promise((closed) => registry.close(closed));
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  answers = {};
});

const HASH = `sha512-${'A'.repeat(86)}==`;
const FILES: LockedPackage = {
  ...{
    registry: 'npm',
    name: 'files',
    version: '1.1.0',
    integrity: [HASH],
    bin: 'files',
    entry: 'node_modules/files/x.js',
  },
  ...{ lockedAt: '2026-11-01T00:00:00Z', owners: ['an'] },
  packages: [
    { name: 'files', version: '1.1.0', integrity: [HASH], at: 'node_modules/files' },
    { name: 'weak', version: '0.1.0', integrity: [HASH], at: 'node_modules/weak' },
  ],
};
const SHA = `sha256-${Buffer.alloc(32, 1).toString('base64')}`;
const AN_SERVER: LockedPackage = {
  ...{
    registry: 'pypi',
    name: 'an-server',
    version: '1.0',
    integrity: [SHA],
    bin: 'an-server',
    entry: 'bin/an-server',
  },
  ...{ lockedAt: '2026-11-01T00:00:00Z', owners: ['an'], python: '3.12' },
  packages: [
    { name: 'an-server', version: '1.0', integrity: [SHA] },
    { name: 'part', version: '2.0', integrity: [SHA] },
  ],
};

/** Servers of a plan, as far as it is read. */
function servers(env: Record<string, string>): ServerPlan[] {
  const all = {
    ...(process.env as Record<string, string>),
    ...{
      npm_config_registry: `${address}/`,
      npm_config_cache: join(root, 'npm'),
      npm_config_fetch_retries: '0',
    },
    // No network but the loopback, whatever this machine is set to.
    ...{
      UV_DEFAULT_INDEX: `${address}/simple`,
      http_proxy: '',
      HTTP_PROXY: '',
      all_proxy: '',
      ALL_PROXY: '',
    },
    ...env,
  };
  const one = (name: string, command: string, args: string[]) =>
    ({
      name,
      kind: 'stdio',
      options: { lock: true },
      launch: { command, args, cwd: root, env: all },
    }) as unknown as ServerPlan;
  return [
    one('files', 'npx', ['-y', 'files']),
    one('an', 'uvx', ['an-server']),
    one('own', 'node', ['x.js']),
    one('other', 'npx', ['-y', 'other']),
  ];
}

function audit(more: Partial<PackageAuditOptions> = {}, env: Record<string, string> = {}) {
  const folder = join(root, 'state');
  const signal = new AbortController().signal;
  return auditPackages(servers(env), {
    lockFiles: [lockFile],
    folder,
    ask: 'daily',
    signal,
    now: () => now,
    ...more,
  });
}

function version(version: string, more: object = {}) {
  return {
    name: 'files',
    version,
    dist: { integrity: HASH, tarball: `${address}/x.tgz` },
    _npmUser: { name: 'an', email: 'a@example.org' },
    ...more,
  };
}

const PACKUMENT = () => ({
  ...{
    name: 'files',
    'dist-tags': { latest: '1.2.0' },
    maintainers: [{ name: 'mallory', email: 'm@example.org' }],
  },
  versions: {
    '1.0.0': version('1.0.0'),
    '1.1.0': version('1.1.0', { _npmUser: { name: 'mallory' }, deprecated: 'use other' }),
    '1.2.0': version('1.2.0'),
  },
  time: { created: '2025-01-01T00:00:00Z', '1.0.0': '2025-01-01T00:00:00Z', '1.1.0': '2026-11-25T00:00:00Z' },
});

const ADVISORY = {
  id: 1,
  url: 'https://github.com/advisories/GHSA-xxxx-yyyy-zzzz',
  title: 'Weak',
  severity: 'high',
  vulnerable_versions: '<1',
};

const file = {
  filename: 'an_server-1.0-py3-none-any.whl',
  hashes: { sha256: '01'.repeat(32) },
  'upload-time': '2025-01-01T00:00:00Z',
  yanked: 'broken',
};
const project = (name: string, of: string, vulnerabilities: object[] = []) => ({
  ...{ info: { name, version: of }, urls: [{ packagetype: 'bdist_wheel' }], vulnerabilities },
  ownership: { organization: null, roles: [{ role: 'Owner', user: 'an' }] },
});

function answerAll(): void {
  answers = {
    '/files': { body: PACKUMENT() },
    '/weak': {
      body: {
        name: 'weak',
        'dist-tags': { latest: '0.1.0' },
        versions: { '0.1.0': { name: 'weak', version: '0.1.0', dist: {} } },
      },
    },
    '/-/npm/v1/security/advisories/bulk': { body: { weak: [ADVISORY] } },
    '/simple/an-server/': {
      type: 'application/vnd.pypi.simple.v1+json',
      body: { meta: { 'api-version': '1.1' }, name: 'an-server', files: [file] },
    },
    '/pypi/an-server/1.0/json': { body: project('an-server', '1.0') },
    '/pypi/part/2.0/json': { body: project('part', '2.0', [{ id: 'PYSEC-1', fixed_in: ['2.1'] }]) },
  };
}

const saidOf = ({ packages }: Awaited<ReturnType<typeof audit>>, name: string) =>
  packages.find((one) => one.name === name)?.concerns.map(({ weight, is }) => `${weight} ${is}`);

describe('what registries say of locked packages', () => {
  it('does not ask the registry that a server in a sandbox may have written into its folder', async () => {
    answers = { '/files': { body: PACKUMENT() } };
    writeFileSync(join(root, 'user.npmrc'), `registry=${address}/`);
    writeFileSync(join(root, '.npmrc'), 'registry=http://127.0.0.1:9/');
    const [files] = servers({ npm_config_userconfig: join(root, 'user.npmrc') });
    const { npm_config_registry: _, ...env } = (files as unknown as { launch: { env: object } }).launch
      .env as Record<string, string>;
    const held = { ...files, launch: { command: 'npx', args: ['-y', 'files'], cwd: root, env } };
    const asking = {
      lockFiles: [lockFile],
      folder: join(root, 'held'),
      ask: 'fresh',
      now: () => now,
    } as const;
    const { signal } = new AbortController();
    const of = (confinement: object | undefined) =>
      auditPackages([{ ...held, confinement } as unknown as ServerPlan], { ...asking, signal });
    try {
      expect((await of({ own: [], sandbox: {} })).packages).toMatchObject([{ name: 'files', askedAt: now }]);
      expect(asked).toContain('GET /files');
      expect((await of(undefined)).packages[0]?.failed).toBeDefined();
    } finally {
      rmSync(join(root, '.npmrc'));
    }
  });

  it('is nothing good when they are away, and nothing is asked of those that are not locked', async () => {
    const away = {
      npm_config_registry: 'http://127.0.0.1:9/',
      UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
    };
    const found = await audit({}, away);
    expect(found.notLocked).toEqual(['other']);
    expect(found.packages.map(({ name, worst }) => [name, worst])).toEqual([
      ['an-server', undefined],
      ['files', undefined],
    ]);
    for (const { failed, concerns } of found.packages) {
      expect(failed).toMatch(/ECONNREFUSED/);
      expect(concerns).toEqual([]);
    }
  });

  it('is asked of npm itself and of the index, the worst first', async () => {
    answerAll();
    const found = await audit();
    expect(saidOf(found, 'files')).toEqual([
      'bad vulnerable',
      'bad owners-changed',
      'doubtful deprecated',
      'doubtful other-publisher',
      'doubtful young-version',
      'note no-provenance',
      'note one-owner',
      'note newer',
    ]);
    expect(found.packages[1]!.concerns[0]).toMatchObject({
      vulnerabilities: [{ id: 'GHSA-xxxx-yyyy-zzzz', in: 'weak@0.1.0', severity: 'high' }],
    });
    expect(saidOf(found, 'an-server')).toEqual([
      'bad vulnerable',
      'bad yanked',
      'note one-owner',
      'note untold',
    ]);
    expect(found.packages.map(({ servers }) => servers)).toEqual([['an'], ['files']]);
    expect(asked).toContain('POST /-/npm/v1/security/advisories/bulk');
  });

  it('is kept for a day with its age, and longer when the registry is away', async () => {
    // As the test before has left it.
    const askedAt = now;
    now += 23 * 3_600_000;
    expect(saidOf(await audit(), 'an-server')).toContain('bad yanked');
    expect(asked).toEqual([]);
    now += 2 * 3_600_000;
    answers = { '/files': { status: 503, body: {} }, '/simple/an-server/': { status: 503, body: {} } };
    const found = await audit();
    expect(asked).not.toEqual([]);
    for (const one of found.packages)
      expect(one).toMatchObject({ askedAt, worst: 'bad', failed: expect.stringMatching(/503/) });
    // And what is known is read without asking.
    asked = [];
    expect((await audit({ ask: 'kept' })).packages.map(({ worst }) => worst)).toEqual(['bad', 'bad']);
    expect(asked).toEqual([]);
  });

  it('is compared with what was said first, where the lock names no owners', async () => {
    answerAll();
    const { owners: _, ...nameless } = AN_SERVER;
    const other = join(root, 'nameless.json');
    await changeLock(
      other,
      new Map([['pypi:an-server', { ...nameless, packages: AN_SERVER.packages.slice(0, 1) }]]),
    );
    const look = async () => saidOf(await audit({ lockFiles: [other], ask: 'fresh' }), 'an-server');
    expect(await look()).not.toContain('bad owners-changed');
    const body = {
      ...project('an-server', '1.0'),
      ownership: { organization: null, roles: [{ role: 'Owner', user: 'mallory' }] },
    };
    answers['/pypi/an-server/1.0/json'] = { body };
    expect(await look()).toContain('bad owners-changed');
    expect(await look()).toContain('bad owners-changed');
  });

  it('is not "no weakness" when one package of many could not be asked for', async () => {
    answerAll();
    delete answers['/pypi/part/2.0/json'];
    delete answers['/-/npm/v1/security/advisories/bulk'];
    const found = await audit({ ask: 'fresh' });
    for (const { concerns } of found.packages)
      expect(concerns).toContainEqual({
        weight: 'note',
        is: 'untold',
        what: expect.arrayContaining(['vulnerabilities']),
      });
  });

  it('tells a version that is gone from a package that is gone', async () => {
    answerAll();
    const { versions, ...rest } = PACKUMENT();
    answers['/files'] = { body: { ...rest, versions: { '1.2.0': versions['1.2.0'] } } };
    answers['/simple/an-server/'] = { status: 404, body: {} };
    const found = await audit({ ask: 'fresh' });
    expect(saidOf(found, 'files')).toEqual(['bad version-gone']);
    expect(saidOf(found, 'an-server')).toEqual(['bad package-gone']);
  });

  it('says that a lock cannot be read', async () => {
    const broken = join(root, 'none', 'mcp_lock.json');
    expect(await audit({ lockFiles: [broken] })).toMatchObject({
      packages: [],
      brokenLocks: [],
      notLocked: ['files', 'an', 'other'],
    });
    expect(await audit({ lockFiles: [root] })).toMatchObject({
      packages: [],
      brokenLocks: [{ file: root, why: 'unreadable EISDIR' }],
    });
  });
});

it('servers that are never locked are left out, and said', async () => {
  const all = servers({}) as { name: string; options: { lock: boolean }; confinement?: object }[];
  const [files, an, , other] = all;
  files!.options.lock = false;
  an!.confinement = { user: 'mcp' };
  other!.confinement = { image: { name: 'x' } };
  const { signal } = new AbortController();
  const folder = join(root, 'state-of-left-out');
  const found = await auditPackages(all as never, { lockFiles: [lockFile], folder, ask: 'daily', signal });
  expect(found).toEqual({
    packages: [],
    notLocked: [],
    asWritten: ['files', 'an', 'other'],
    brokenLocks: [],
  });
  expect(asked).toEqual([]);
});

it('check names the worst package by what is known, and asks no registry', async () => {
  answerAll();
  const folder = join(root, 'state-of-check');
  const { worst } = (await audit({ folder })).packages.find(({ name }) => name === 'files')!;
  expect(worst).toBe('bad');
  asked = [];
  const checked = servers({})
    .filter(({ name }) => name !== 'an')
    .map((server) => {
      const { name, kind, launch } = server as Extract<ServerPlan, { kind: 'stdio' }>;
      return { name, kind, lock: true, ...launch };
    });
  const found = await worstPackage({ servers: checked as never }, [lockFile], folder);
  expect(found).toMatchObject({ name: 'files', version: '1.1.0', worst: 'bad', servers: ['files'] });
  expect(packageLines(found, 'en')).toEqual([
    expect.stringMatching(
      /^Packages: files 1\.1\.0 \(files\) is bad, as its registry last said .*: 1 known vulnerability: GHSA/,
    ),
  ]);
  expect(packageLines(found, 'vi')[0]).toMatch(/^Package: files 1\.1\.0 \(files\): xấu/);
  expect(packagesJson(found)).toMatchObject({ worst: { name: 'files', concerns: expect.any(Array) } });
  expect(asked).toEqual([]);
  expect(
    await worstPackage({ servers: checked as never }, [lockFile], join(root, 'nothing-kept')),
  ).toBeUndefined();
  expect(packageLines(undefined, 'en')).toEqual([]);
});
