import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FootprintReport } from '../../../bench/footprint-report.js';
import { footprintServers } from '../../../bench/footprint-servers.js';
import { footprintPage, footprintPages, footprintTables } from '../../../scripts/footprint-page.js';
import { LANGS } from '../../../src/messages/index.js';

const report = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../bench/results/footprint.json'), 'utf8'),
) as FootprintReport;

describe.each(LANGS)('small-vps.md (%s)', (lang) => {
  const page = readFileSync(footprintPages[lang], 'utf8');

  it('has the tables that npm run schema makes from what was measured', () => {
    expect(page).toBe(footprintPage(page, lang));
  });

  it('changes with what was measured', () => {
    const other = { ...report, six: { ...report.six, written: { ...report.six.written, rssMb: 4_321 } } };
    expect(footprintTables(other, lang)).toContain('4321');
    expect(page).not.toContain('4321');
  });

  it('has a line for each server that was measured, at its version; the six are among them', () => {
    const measured = report.servers.map(({ name }) => name);
    for (const { name, version, common } of footprintServers()) {
      expect(page.includes(`| ${name} ${version} |`), name).toBe(measured.includes(name));
      if (common) expect(measured).toContain(name);
    }
  });

  it('has all ten together when all were measured', () => {
    const tables = footprintTables({ ...report, all: { ...report.six } }, lang);
    expect(tables).toMatch(lang === 'en' ? /\| all \d+ together \|/ : /\| cả \d+ server \|/);
  });
});

it('what was measured meets the target: with their own programs, at most x0.6 of memory and of the start', () => {
  expect(report.six.ratios.rssMb[0]).toBeLessThanOrEqual(0.6);
  expect(report.six.ratios.startMs[0]).toBeLessThanOrEqual(0.6);
});
