import { describe, expect, it } from 'vitest';
import {
  npmBefore,
  npmFacts,
  npmVulnerabilities,
  versionBefore,
} from '../../../../src/packages/audit/npm-facts.js';
import { compareVersions, jsonFacts, simpleFacts } from '../../../../src/packages/audit/pypi-facts.js';

/** As npm 11 prints it of registry.npmjs.org. */
const VIEW = {
  name: '@an/files',
  version: '1.2.0',
  _npmUser: 'an <an@example.org>',
  maintainers: ['binh <b@example.org>', 'an <an@example.org>'],
  dist: {
    integrity: 'sha512-AAAA',
    attestations: {
      url: 'https://registry.example/-/npm/v1/attestations/x',
      provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
    },
  },
  time: {
    created: '2025-01-01T00:00:00.000Z',
    modified: '2026-11-01T00:00:00.000Z',
    '1.0.0': '2025-01-01T00:00:00.000Z',
    '1.2.0': '2026-10-01T00:00:00.000Z',
  },
  'dist-tags': { latest: '2.0.0', next: '3.0.0-rc.1' },
  versions: ['1.0.0', '1.1.0', '1.2.0-rc.1', '1.2.0', '2.0.0', '3.0.0-rc.1'],
};

/** As a mirror answered on 2026-11-27: times are those of the mirror, and no person is named. */
const MIRRORED = {
  name: '@modelcontextprotocol/server-filesystem',
  version: '2025.7.29',
  dist: { integrity: 'sha512-zVpS', tarball: 'https://registry.npmjs.org/x.tgz' },
  time: { '2025.7.29': '2026-01-15T19:20:12.210000+00:00', '2025.8.21': '2025-09-23T14:35:16.571000+00:00' },
  'dist-tags': { latest: '2026.8.31' },
  versions: ['2025.7.1', '2025.7.29', '2025.8.21', '2026.8.31'],
};

describe('what npm says', () => {
  it('of a version', () => {
    expect(npmFacts(JSON.stringify(VIEW), '1.2.0')).toEqual({
      ...{
        state: 'there',
        publishedAt: '2026-10-01T00:00:00.000Z',
        firstPublishedAt: '2025-01-01T00:00:00.000Z',
      },
      ...{ newest: '2.0.0', deprecated: false, owners: ['an', 'binh'], publisher: 'an', hasProvenance: true },
      integrity: ['sha512-AAAA'],
    });
    const deprecated = { ...VIEW, deprecated: 'use\n@an/other', dist: {}, _npmUser: { name: 'an' } };
    expect(npmFacts(JSON.stringify(deprecated), '1.2.0')).toMatchObject({
      deprecated: 'use @an/other',
      hasProvenance: false,
      publisher: 'an',
    });
  });

  it('by a mirror that names nobody: what it leaves out is not "no"', () => {
    const facts = npmFacts(JSON.stringify(MIRRORED), '2025.7.29');
    expect(facts).toMatchObject({
      state: 'there',
      newest: '2026.8.31',
      firstPublishedAt: '2025-09-23T14:35:16.571Z',
    });
    for (const member of ['owners', 'publisher', 'deprecated', 'hasProvenance'] as const)
      expect(facts).toHaveProperty(member, undefined);
  });

  it('of what is gone', () => {
    const error = (summary: string, code = 'E404') =>
      JSON.stringify({ error: { code, summary, detail: '' } });
    expect(npmFacts(error('No match found for version 99'), '99')).toEqual({ state: 'no-version' });
    expect(npmFacts(error('Not Found - GET https://registry.example/x'), '1')).toEqual({
      state: 'no-package',
    });
    expect(npmFacts(error('request failed', 'ECONNREFUSED'), '1')).toBeUndefined();
    for (const text of ['', 'null', '[]', '<html>', '"x"']) expect(npmFacts(text, '1'), text).toBeUndefined();
  });

  it('of the version before', () => {
    expect(versionBefore(JSON.stringify(VIEW), '1.2.0')).toBe('1.1.0');
    expect(versionBefore(JSON.stringify(VIEW), '3.0.0-rc.1')).toBe('2.0.0');
    expect(versionBefore(JSON.stringify(VIEW), '1.0.0')).toBeUndefined();
    expect(
      npmBefore(JSON.stringify({ version: '1.1.0', _npmUser: 'cuong <c@example.org>', dist: {} })),
    ).toEqual({
      ...{ version: '1.1.0', publisher: 'cuong', hasProvenance: false },
    });
    expect(npmBefore(JSON.stringify({ version: '1.1.0', dist: {} }))).toMatchObject({
      hasProvenance: undefined,
    });
    expect(npmBefore('')).toBeUndefined();
  });

  it('of weaknesses, each once, and "nothing" only when it answered', () => {
    const via = {
      source: 1179,
      name: 'minimist',
      title: 'Prototype Pollution',
      url: 'https://github.com/advisories/GHSA-xvch-5gv4-984h',
      severity: 'critical',
      range: '<0.2.4',
    };
    const report = {
      auditReportVersion: 2,
      vulnerabilities: {
        minimist: { name: 'minimist', via: [via] },
        mkdirp: { name: 'mkdirp', via: ['minimist', via] },
      },
    };
    expect(npmVulnerabilities(JSON.stringify(report), () => '0.0.8')).toEqual([
      { id: 'GHSA-xvch-5gv4-984h', in: 'minimist@0.0.8', severity: 'critical', title: 'Prototype Pollution' },
    ]);
    expect(npmVulnerabilities('{"auditReportVersion":2,"vulnerabilities":{}}', () => undefined)).toEqual([]);
    // As npm prints it of a registry without that address.
    expect(
      npmVulnerabilities(
        '{"message":"405 Method Not Allowed","error":{"summary":"","detail":""}}',
        () => '1',
      ),
    ).toBeUndefined();
  });
});

const FILES = [
  {
    filename: 'an_server-1.0-py3-none-any.whl',
    'upload-time': '2025-01-02T00:00:00Z',
    yanked: false,
    hashes: { sha256: 'aa'.repeat(32) },
    provenance: 'https://pypi.example/p',
  },
  {
    filename: 'an-server-1.0.tar.gz',
    'upload-time': '2025-01-01T00:00:00Z',
    yanked: false,
    hashes: { sha256: 'bb'.repeat(32) },
    provenance: null,
  },
  {
    filename: 'an_server-1.1.tar.gz',
    'upload-time': '2026-01-01T00:00:00Z',
    yanked: 'broken',
    hashes: { sha256: 'cc'.repeat(32) },
    provenance: null,
  },
  {
    filename: 'an_server-2.0rc1.tar.gz',
    'upload-time': '2026-02-01T00:00:00Z',
    yanked: false,
    hashes: {},
    provenance: null,
  },
  {
    filename: 'an_server-1.10.post1-py3-none-any.whl',
    'upload-time': '2026-03-01T00:00:00Z',
    yanked: false,
    hashes: {},
  },
];
const simple = (more: object = {}) =>
  JSON.stringify({ meta: { 'api-version': '1.4' }, name: 'an-server', files: FILES, ...more });

describe('what an index of Python says', () => {
  it('of a version', () => {
    expect(simpleFacts(simple(), 'an-server', '1.0')).toEqual({
      ...{
        state: 'there',
        newest: '1.10.post1',
        status: undefined,
        firstPublishedAt: '2025-01-01T00:00:00.000Z',
      },
      ...{ publishedAt: '2025-01-01T00:00:00.000Z', deprecated: false, hasProvenance: true, fromSource: [] },
      integrity: [
        `sha256-${Buffer.alloc(32, 0xaa).toString('base64')}`,
        `sha256-${Buffer.alloc(32, 0xbb).toString('base64')}`,
      ],
    });
  });

  it('of one that was yanked, has no wheel, and had a provenance before', () => {
    expect(
      simpleFacts(simple({ 'project-status': { status: 'archived' } }), 'An_Server', '1.1'),
    ).toMatchObject({
      ...{ deprecated: 'broken', hasProvenance: false, fromSource: ['an-server'], status: 'archived' },
      before: { version: '1.0', hasProvenance: true },
    });
    expect(simpleFacts(simple(), 'an-server', '1.10.post1')).toMatchObject({
      deprecated: false,
      hasProvenance: undefined,
    });
  });

  it('of one that is gone; anything else is no answer', () => {
    expect(simpleFacts(simple(), 'an-server', '9')).toMatchObject({
      state: 'no-version',
      newest: '1.10.post1',
    });
    for (const text of ['', '<html>', '{}', '[]', 'null'])
      expect(simpleFacts(text, 'a', '1'), text).toBeUndefined();
  });

  it('of its owners and weaknesses', () => {
    const project = {
      info: { name: 'An.Server', version: '1.0' },
      ownership: {
        organization: 'an-org',
        roles: [
          { role: 'Owner', user: 'binh' },
          { role: 'Maintainer', user: 'an' },
        ],
      },
      urls: [{ packagetype: 'sdist' }],
      vulnerabilities: [
        {
          id: 'PYSEC-2026-1',
          aliases: ['CVE-2026-1'],
          details: 'A long\n text',
          summary: null,
          fixed_in: ['1.1'],
          withdrawn: null,
        },
        { id: 'PYSEC-2026-2', fixed_in: [], withdrawn: '2026-01-01T00:00:00Z' },
      ],
    };
    expect(jsonFacts(JSON.stringify(project))).toEqual({
      ...{ owners: ['an', 'binh', 'organization:an-org'], fromSource: ['an-server'] },
      vulnerabilities: [{ id: 'PYSEC-2026-1', in: 'an-server==1.0', title: 'A long text', fixedIn: '1.1' }],
    });
    const bare = jsonFacts(JSON.stringify({ info: project.info, urls: [{ packagetype: 'bdist_wheel' }] }));
    expect(bare).toEqual({ owners: undefined, vulnerabilities: undefined, fromSource: [] });
    expect(jsonFacts('{"message": "Not Found"}')).toBeUndefined();
  });

  it('orders versions as PEP 440 does', () => {
    const ordered = [
      '1.dev1',
      '1.0a1',
      '1.0b2',
      '1.0rc1',
      '1',
      '1.0.post1',
      '1.1',
      '1.10',
      '2025.9.24',
      '2025.9.25',
      '1!0.1',
    ];
    const shuffled = [...ordered].sort(() => Math.random() - 0.5);
    expect(shuffled.sort(compareVersions)).toEqual(ordered);
    expect(compareVersions('1.0', '1')).toBe(0);
  });
});
