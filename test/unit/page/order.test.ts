import { describe, expect, test } from 'vitest';
import { byClass, countsOf, faultsOf, isFound, onItOf, rowsOf } from '../../../src/page/order.js';
import { sampleSnapshot } from '../../helpers/page-sample.js';

const AT = 1_790_000_000_000;
const faults = sampleSnapshot('faults', 'en', AT);
const states = sampleSnapshot('states', 'vi', AT);
const many = sampleSnapshot('many', 'en', AT);

describe('the order of the page', () => {
  test('is by class, never that of the configuration', () => {
    const classes = byClass(states.servers).map((one) => one.class);
    expect([...new Set(classes)]).toEqual(['bad', 'busy', 'ok', 'rest']);
    expect(classes.filter((one, i) => one !== classes[i - 1])).toEqual(['bad', 'busy', 'ok', 'rest']);
  });

  test('has the newest change of a class first, and keeps the plan between equals', () => {
    const since = byClass(faults.servers)
      .filter((one) => one.class === 'ok')
      .map((one) => one.since!);
    expect(since).toEqual([...since].sort((one, other) => other - one));
    const equal = faults.servers.map((one) => ({ ...one, class: 'ok' as const, since: AT }));
    expect(byClass(equal).map((one) => one.name)).toEqual(faults.servers.map((one) => one.name));
  });

  test('has servers and connections together where a person has to act', () => {
    expect(faultsOf(faults).map((one) => one.name)).toEqual(['gia-vang', 'tin-tuc']);
    const names = faultsOf(states).map((one) => one.name);
    expect(names).toContain('link-token-war');
    expect(names).toContain('server-no-answer');
    expect(names).toContain('server-calls-refused');
    expect(names).toContain('link-no-leases');
    expect(names).toHaveLength(8);
  });

  test('names what is parked behind what mcp-pipe is on', () => {
    const names = onItOf(faults).map((one) => one.name);
    expect(names).toEqual(['Bếp', 'weather', 'Cửa hàng', 'notes']);
    expect(onItOf(states).at(-1)!.name).toBe('link-parked');
  });
});

describe('rows of the table', () => {
  test('are the servers alone while they are few', () => {
    expect(rowsOf(faults.servers, false).every((row) => 'server' in row)).toBe(true);
  });

  test('have a heading with the count for each class that is there', () => {
    const rows = rowsOf(many.servers, true);
    const headings = rows.flatMap((row) => ('class' in row ? [[row.class, row.count]] : []));
    const counts = countsOf(many.servers);
    expect(headings).toEqual(Object.entries(counts).filter(([, n]) => n > 0));
    expect(rows).toHaveLength(many.servers.length + headings.length);
    expect(rows[0]).toEqual({ class: 'bad', count: counts.bad });
  });
});

describe('finding', () => {
  test.each([
    ['Phòng khách', 'phong', true],
    ['Phòng khách', 'PHÒNG', true],
    ['điện-tử', 'dien', true],
    ['gia-vang', ' vang ', true],
    ['gia-vang', '', true],
    ['gia-vang', 'vàng', true],
    ['gia-vang', 'bạc', false],
  ])('of %j by %j', (name, query, found) => {
    expect(isFound(name, query)).toBe(found);
  });
});
