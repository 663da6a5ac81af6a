import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exposeNames, type NameOptions, type Offer } from '../../../src/links/mux/names.js';
import { runs } from '../../helpers/runs.js';

const auto: NameOptions = { prefix: 'auto', separator: '__' };
const exposed = (offers: readonly Offer[], options = auto) =>
  exposeNames(offers, options).names.map((entry) => entry.exposed);

describe('the names of tools side by side', () => {
  it('stay as they are where they are unique, and carry the server where they are not', () => {
    const offers = [
      { server: 'calc', names: ['add', 'sum'] },
      { server: 'abacus', names: ['add'] },
    ];
    expect(exposed(offers)).toEqual(['calc__add', 'sum', 'abacus__add']);
    expect(exposed(offers, { ...auto, prefix: 'always' })).toEqual(['calc__add', 'calc__sum', 'abacus__add']);
    expect(exposed(offers, { prefix: 'always', separator: '-' })).toEqual([
      'calc-add',
      'calc-sum',
      'abacus-add',
    ]);
  });

  it('carry the label of a server instead of its name, and its name where two would be equal', () => {
    const offers = [
      { server: 'calc', names: ['add'] },
      { server: 'memory@kitchen', names: ['add', 'read'] },
    ];
    const labelled = { ...auto, labels: { 'memory@kitchen': 'memory' } };
    const { names } = exposeNames(offers, labelled);
    expect(names.map((entry) => entry.exposed)).toEqual(['calc__add', 'memory__add', 'read']);
    expect(names.map((entry) => entry.server)).toEqual(['calc', 'memory@kitchen', 'memory@kitchen']);
    const { hidden } = exposeNames(offers, { ...labelled, prefix: 'never' });
    expect(hidden).toEqual([{ server: 'memory@kitchen', name: 'add', by: 'calc' }]);
    expect(exposed(offers, { ...auto, labels: { 'memory@kitchen': 'calc' } })).toEqual([
      ...['calc__add', 'memory_kitchen__add', 'read'],
    ]);
  });

  it('say which ones nobody can call when no prefix is wanted', () => {
    const offers = [
      { server: 'calc', names: ['add'] },
      { server: 'abacus', names: ['add', 'count'] },
    ];
    const { names, hidden } = exposeNames(offers, { ...auto, prefix: 'never' });
    expect(names.map((entry) => `${entry.exposed}=${entry.server}`)).toEqual(['add=calc', 'count=abacus']);
    expect(hidden).toEqual([{ server: 'abacus', name: 'add', by: 'calc' }]);
  });

  it('count as equal when an endpoint would make them equal', () => {
    const offers = [
      { server: 'one', names: ['read.file'] },
      { server: 'two', names: ['read_file', 'read file'] },
    ];
    const all = exposed(offers);
    expect(new Set(all).size).toBe(3);
    expect(all[0]).toBe('one__read_file');
    expect(all[1]).toBe('two__read_file');
  });

  it('of one server that an endpoint would make equal stay apart, and the one that is really called so keeps it', () => {
    const offers = [
      { server: 'one', names: ['a.b', 'a_b', 'c.d', 'c d', 'a_b'] },
      { server: 'two', names: ['x'] },
    ];
    for (const prefix of ['auto', 'never'] as const) {
      const { names, hidden } = exposeNames(offers, { ...auto, prefix });
      expect(names.map(({ name, exposed: as }) => [name, as])).toEqual([
        ['a.b', expect.stringMatching(/^a_b_[0-9a-f]{8}$/)],
        ['a_b', 'a_b'],
        ['c.d', 'c_d'],
        ['c d', expect.stringMatching(/^c_d_[0-9a-f]{8}$/)],
        ['x', 'x'],
      ]);
      expect(hidden).toEqual([{ server: 'one', name: 'a_b', by: 'one' }]);
    }
  });

  it.each([
    ['tính_tổng', 'tinh_tong'],
    ['đọc-file', 'doc-file'],
    ['Đặt lịch hẹn', 'Dat_lich_hen'],
    ['tra cứu', 'tra_cuu'],
    ['straße', 'strasse'],
    ['ｆｕｌｌ', 'full'],
    ['get.weather', 'get_weather'],
    ['get/weather', 'get_weather'],
    ['domain__Tool', 'domain__Tool'],
    ['_', '_'],
  ])('are spelled in letters that everybody takes: %s', (name, as) => {
    expect(exposed([{ server: 'calc', names: [name] }])).toEqual([as]);
    expect(exposed([{ server: 'calc', names: [name] }], { ...auto, toolNames: 'keep' })).toEqual([name]);
  });

  it('are called after their server where nothing can be read, and stay apart', () => {
    const names = ['加法', '减法', '计算器', '', '...'];
    const all = exposed([{ server: 'máy tính', names }]);
    for (const name of all) expect(name).toMatch(/^may_tinh_[0-9a-f]{8}$/);
    expect(new Set(all).size).toBe(names.length);
    // The same whoever else is there, and in any order.
    const others = exposed([
      { server: 'x', names: ['加法'] },
      { server: 'máy tính', names: [...names].reverse() },
    ]);
    expect(others.slice(1).reverse()).toEqual(all);
    expect(exposed([{ server: '计算', names: ['加法'] }])[0]).toMatch(/^tool_[0-9a-f]{8}$/);
    expect(exposed([{ server: '计算', names: ['加法'] }], { ...auto, prefix: 'always' })[0]).toMatch(
      /^server__[0-9a-f]{8}$/,
    );
  });

  it('that have lost letters cannot be taken for one another', () => {
    const [first, second, third] = exposed([{ server: 'a', names: ['加法_tool', '减法_tool', 'tool'] }]);
    expect(first).toMatch(/^tool_[0-9a-f]{8}$/);
    expect(second).toMatch(/^tool_[0-9a-f]{8}$/);
    expect(first).not.toBe(second);
    expect(third).toBe('tool');
  });

  it('do not take the place of a real name', () => {
    const offers = [
      { server: 'a', names: ['x'] },
      { server: 'b', names: ['x'] },
      { server: 'c', names: ['a__x'] },
    ];
    const { names } = exposeNames(offers, auto);
    expect(names.find(({ server }) => server === 'c')!.exposed).toBe('a__x');
    expect(new Set(names.map((entry) => entry.exposed)).size).toBe(3);
  });

  it('are valid, distinct, and the same whatever came before, for any offers', () => {
    const name = fc.oneof(
      fc.constantFrom('add', 'a.b', 'a_b', 'a b', '計算', ''),
      fc.string({ maxLength: 90 }),
    );
    const offers = fc.uniqueArray(
      fc.record({
        server: fc.constantFrom('a', 'b', 'c', 'a__b', 'đ'),
        names: fc.uniqueArray(name, { maxLength: 6 }),
      }),
      { selector: ({ server }) => server, maxLength: 5 },
    );
    const prefix = fc.constantFrom('auto' as const, 'always' as const, 'never' as const);
    fc.assert(
      fc.property(offers, prefix, (some, how) => {
        const options = { prefix: how, separator: '__' };
        const { names, hidden } = exposeNames(some, options);
        for (const entry of names) expect(entry.exposed).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(new Set(names.map((entry) => entry.exposed)).size).toBe(names.length);
        expect(names.length + hidden.length).toBe(some.flatMap((offer) => offer.names).length);
        expect(exposeNames(some, options)).toEqual({ names, hidden });
      }),
      { seed: 64, numRuns: runs(3_000) },
    );
  });
});
