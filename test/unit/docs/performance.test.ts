import { describe, expect, it } from 'vitest';
import { NATIVE, type Profile, sharesOf } from '../../../bench/profile-groups.js';
import type { PartReport, Report } from '../../../bench/report.js';
import { rowsOf } from '../../../bench/table.js';
import { performanceBlock, performanceFiles, performanceReport } from '../../../scripts/performance-page.js';
import { vietnameseRow } from '../../../scripts/performance-words.js';
import { LANGS } from '../../../src/messages/index.js';

const part = (rounds: PartReport['rounds'], base = 'batched'): PartReport => ({
  ...{
    date: '2026-11-28T00:00:00.000Z',
    node: 'v20.20.2',
    cpu: 'CPU',
    cores: 2,
    load: [0.1, 0.5],
    quick: false,
  },
  ...{ base, subjects: ['mcp-pipe', 'batched'], rounds },
});
const row = '64 in flight, CPU µs per message';
const large = '1 MiB results, MB/s';
const report = (cpuUs: number): Report => ({
  parts: {
    pipe: part([
      { 'mcp-pipe': { [row]: cpuUs, [large]: 100 }, batched: { [row]: 2, [large]: 100 } },
      { 'mcp-pipe': { [row]: 3 * cpuUs, [large]: 100 }, batched: { [row]: 4, [large]: 100 } },
    ]),
  },
  profiles: {},
});

describe.each(performanceFiles())('$file', ({ is, should }) => {
  it('has the figures that npm run schema makes from what was measured', () => {
    expect(is).toBe(should);
  });
});

it('what the pages show is no short measurement', () => {
  expect(Object.values(performanceReport().parts).filter(({ quick }) => quick)).toEqual([]);
});

it.each(Object.entries(performanceReport().parts))('rows of %s have words in Vietnamese', (name, found) => {
  for (const { name: one } of rowsOf(name, found)) expect(vietnameseRow(one)).not.toBe('');
});

describe.each(LANGS)('a block (%s)', (lang) => {
  it('shows medians, ratios within rounds, and what misses its target', () => {
    const block = performanceBlock('pipe: one link', report(3), lang)!;
    // Ratios are 1.5 and 2.25: not the quotient of the medians.
    expect(block).toContain(lang === 'en' ? '6.00 (x1.88; 1.50..2.25)' : '6,00 (x1,88; 1,50..2,25)');
    expect(block).toContain(lang === 'en' ? '<= x1.3 missed' : '<= x1,3 chưa đạt');
    expect(block).toContain(lang === 'en' ? 'load 0.1 to 0.5' : 'tải 0,1 đến 0,5');
    expect(block).not.toContain('1 MiB');
    expect(performanceBlock('pipe: large messages', report(3), lang)).not.toContain('CPU)');
    expect(performanceBlock('pipe: one link', report(1), lang)).not.toMatch(/missed|chưa đạt/);
  });

  it('lists what is missed, and says so where it is nothing', () => {
    expect(performanceBlock('missed', report(3), lang)).toMatch(/^- pipe: .*[.,]88 .*[.,]3\)$/);
    expect(performanceBlock('missed', report(1), lang)).toMatch(/^(None|Không có)/);
  });

  it('is left as it is while nothing was measured', () => {
    for (const name of ['pipe: one link', 'growth', 'missed', 'profiles'])
      expect(performanceBlock(name, { parts: {}, profiles: {} }, lang)).toBeUndefined();
  });
});

it('growth has slopes between its points, and how far the dearest is from a line', () => {
  const values = (mb: readonly number[]) =>
    Object.fromEntries(
      [1, 100, 300, 1_000].map((links, i) => [`${links} link${i ? 's' : ''}, idle RSS, MB`, mb[i]!]),
    );
  const found = rowsOf(
    'growth',
    part([{ 'mcp-pipe': values([50, 59.9, 99.9, 149.9]), batched: values([50, 60, 70, 80]) }]),
  );
  const of = (name: string) => found.find((one) => one.name === name)!.cells['mcp-pipe']!.median;
  expect(of('from 1 to 100 links, MB a link')).toBeCloseTo(0.1);
  expect(of('each further link, MB')).toBeCloseTo(0.1);
  expect(of('each further link, MB, at most / on average')).toBeCloseTo(2);
});

it('a profile counts what worked while its row was measured, by what it did', () => {
  const node = (id: number, functionName: string, url: string) => ({
    id,
    callFrame: { functionName, url, lineNumber: 0 },
  });
  const profile: Profile = {
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'writev', ''),
      node(3, 'read', 'src/protocol/envelope.ts'),
      node(4, 'start', 'src/cli/main.ts'),
    ],
    startTime: 1_000,
    samples: [4, 2, 3, 1, 2],
    timeDeltas: [0, 1_000, 1_000, 3_000, 1_000],
  };
  const { workMs, groups } = sharesOf(
    [profile],
    ({ url }) => url || NATIVE,
    (us) => us >= 2_000,
  );
  expect(workMs).toBe(4);
  expect(groups).toEqual({ 'src/protocol': 0.75, 'writing to sockets and pipes': 0.25 });
});
