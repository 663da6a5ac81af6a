import { describe, expect, it } from 'vitest';
import { packageTable } from '../../../../src/cli/commands/audit-packages.js';
import type { AuditedPackage } from '../../../../src/daemon/package-audit/audit-packages.js';
import { texts } from '../../../../src/messages/commands/audit-packages.js';
import { judge } from '../../../../src/packages/audit/judge.js';
import type { RegistryFacts } from '../../../../src/packages/audit/registry-facts.js';
import type { LockedPackage } from '../../../../src/packages/locked-package.js';

const NOW = Date.parse('2026-11-27T00:00:00Z');

const LOCKED: LockedPackage = {
  ...{
    registry: 'npm',
    name: 'files',
    version: '1.2.0',
    integrity: ['sha512-AAAA'],
    bin: 'files',
    entry: 'node_modules/files/x.js',
  },
  ...{ lockedAt: '2026-11-01T00:00:00Z', owners: ['an', 'binh'] },
  packages: [{ name: 'files', version: '1.2.0', integrity: ['sha512-AAAA'], at: 'node_modules/files' }],
};

const WELL: RegistryFacts = {
  ...{
    state: 'there',
    publishedAt: '2026-10-01T00:00:00Z',
    firstPublishedAt: '2025-01-01T00:00:00Z',
    newest: '1.2.0',
  },
  ...{
    deprecated: false,
    owners: ['an', 'binh'],
    publisher: 'an',
    hasProvenance: true,
    integrity: ['sha512-AAAA'],
  },
  ...{ vulnerabilities: [], before: { version: '1.1.0', publisher: 'an', hasProvenance: true } },
};

const said = (facts: Partial<RegistryFacts>, locked: Partial<LockedPackage> = {}) =>
  judge({ ...LOCKED, ...locked }, { ...WELL, ...facts }, NOW).map(({ weight, is }) => `${weight} ${is}`);

describe('a locked package', () => {
  it('of which all is told and well has nothing said of it', () => {
    expect(said({})).toEqual([]);
  });

  it.each<[string, Partial<RegistryFacts>, Partial<LockedPackage>, string[]]>([
    ['gone', { state: 'no-version' }, {}, ['bad version-gone']],
    ['gone as a whole', { state: 'no-package' }, {}, ['bad package-gone']],
    ['with other archives', { integrity: ['sha512-BBBB'] }, {}, ['bad other-archive']],
    ['with further archives', { integrity: ['sha512-BBBB', 'sha512-AAAA'] }, {}, []],
    ['under quarantine', { status: 'quarantined' }, {}, ['bad quarantined']],
    ['yanked', { deprecated: '' }, { registry: 'pypi' }, ['bad yanked']],
    ['deprecated', { deprecated: 'use x' }, {}, ['doubtful deprecated']],
    [
      'with a grave weakness',
      { vulnerabilities: [{ id: 'a', in: 'b', severity: 'high' }] },
      {},
      ['bad vulnerable'],
    ],
    [
      'with a weakness of unknown weight',
      { vulnerabilities: [{ id: 'a', in: 'b' }] },
      {},
      ['bad vulnerable'],
    ],
    [
      'with a slight one',
      { vulnerabilities: [{ id: 'a', in: 'b', severity: 'moderate' }] },
      {},
      ['doubtful vulnerable'],
    ],
    ['with one owner more', { owners: ['an', 'binh', 'cuong'] }, {}, ['doubtful owners-changed']],
    ['with one owner less', { owners: ['an'] }, {}, ['note owners-changed', 'note one-owner']],
    ['in other hands', { owners: ['mallory', 'trudy'] }, {}, ['bad owners-changed']],
    ['whose owners were not known', { owners: ['mallory', 'x'] }, { owners: undefined }, []],
    [
      'published by another',
      { publisher: 'binh', hasProvenance: false, before: { version: '1', publisher: 'an' } },
      {},
      ['doubtful other-publisher', 'note no-provenance'],
    ],
    ['published by a robot with provenance', { publisher: 'GitHub Actions' }, {}, ['note other-publisher']],
    ['without the provenance of before', { hasProvenance: false }, {}, ['doubtful provenance-lost']],
    [
      'new in the world',
      { firstPublishedAt: '2026-11-20T00:00:00Z', publishedAt: '2026-11-20T00:00:00Z' },
      {},
      ['doubtful young-package'],
    ],
    ['just published', { publishedAt: '2026-11-26T12:00:00Z' }, {}, ['doubtful young-version']],
    ['that is not the newest', { newest: '1.10.0' }, {}, ['note newer']],
    [
      'with a script of a dependency',
      {},
      { packages: [{ name: 'esbuild', version: '1', integrity: [], hasInstallScript: true }] },
      ['doubtful install-scripts'],
    ],
    ['built from source', { fromSource: ['x'] }, { registry: 'pypi' }, ['doubtful from-source']],
    [
      'of a mirror that tells little',
      { owners: undefined, deprecated: undefined, vulnerabilities: undefined, hasProvenance: undefined },
      {},
      ['note untold'],
    ],
  ])('%s', (_, facts, locked, expected) => {
    expect(said(facts, locked)).toEqual(expected);
  });

  it('names what is not told, and says the worst first', () => {
    const concerns = judge(
      LOCKED,
      { ...WELL, vulnerabilities: undefined, newest: '9.0.0', owners: ['x', 'y'] },
      NOW,
    );
    expect(concerns.map(({ weight }) => weight)).toEqual(['bad', 'note', 'note']);
    expect(concerns.at(-1)).toEqual({ weight: 'note', is: 'untold', what: ['vulnerabilities'] });
  });
});

describe('the table', () => {
  const bad: AuditedPackage = {
    ...{
      registry: 'npm',
      name: '@an/files',
      version: '1.2.0',
      servers: ['files', 'notes'],
      worst: 'bad',
      askedAt: NOW - 3 * 3_600_000,
    },
    concerns: [
      {
        weight: 'bad',
        is: 'vulnerable',
        vulnerabilities: [{ id: 'GHSA-1', in: 'x@1', title: 'Evil \u001b[31m text', fixedIn: '2' }],
      },
      { weight: 'note', is: 'newer', version: '2.0.0' },
    ],
  };
  const unknown: AuditedPackage = {
    ...{ registry: 'pypi', name: 'an', version: '1' },
    servers: ['an'],
    worst: undefined,
    concerns: [],
    failed: 'ECONNREFUSED',
  };
  const good: AuditedPackage = {
    ...{ registry: 'pypi', name: 'good', version: '1' },
    servers: ['good'],
    worst: 'good',
    concerns: [],
    askedAt: NOW,
  };

  it.each(['en', 'vi'] as const)('has one thing in a row, and obeys no text of others (%s)', (lang) => {
    const text = packageTable([bad, unknown, good], texts[lang], NOW, 100);
    expect(text).not.toContain('\u001b');
    for (const part of ['@an/files 1.2.0', 'files, notes', 'GHSA-1', '2.0.0', 'ECONNREFUSED'])
      expect(text).toContain(part);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('says how old an answer is, and nothing good of what could not be asked', () => {
    const lines = packageTable([bad, unknown, good], texts.en, NOW).split('\n');
    expect(lines[0]).toMatch(/^bad {7}@an\/files 1\.2\.0 {2}files, notes; asked 3 h ago$/);
    expect(lines).toContain(
      '          The registry could not be asked (ECONNREFUSED). Nothing is known of this package.',
    );
    expect(lines.find((line) => line.includes('an 1'))).toMatch(/^unknown /);
    expect(lines.at(-1)).toBe('          nothing to say');
  });
});
