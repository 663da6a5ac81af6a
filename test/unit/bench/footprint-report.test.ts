import { expect, it } from 'vitest';
import { type Footprint, reportOf } from '../../../bench/footprint-report.js';
import { footprintServers } from '../../../bench/footprint-servers.js';

const servers = footprintServers();
const each = (footprint: Footprint) => Object.fromEntries(servers.map(({ name }) => [name, footprint]));
const whole = (factor: number) => ({
  ...{ readyMs: 2_000 * factor, firstCallMs: 40, rssMb: 500 * factor, pssMb: 300, processes: 7 },
});
const round = (load: number, factor: number) => ({
  load,
  whole: {
    ...{ written: whole(factor), direct: whole(factor) },
    demand: { ...whole(factor), awake: { rssMb: 160, pssMb: 80, processes: 2 } },
  },
  ways: {
    written: each({ startMs: 1_000, rssMb: 100 * factor, pssMb: 80, processes: 3 }),
    direct: each({ startMs: 500, rssMb: 40 * factor, pssMb: 40, processes: 1 }),
  },
});

it('medians are of values, and of ratios within each round', () => {
  const report = reportOf(servers, [round(1, 1), round(5, 3), round(2, 2)], {});
  const { written, direct, ratios } = report.servers[0]!;
  expect(written).toEqual({ startMs: 1_000, rssMb: 200, pssMb: 80, processes: 3 });
  expect(direct.rssMb).toBe(80);
  expect(ratios.rssMb).toEqual([0.4, 0.4, 0.4]);
  expect(ratios.startMs).toEqual([0.5, 0.5, 0.5]);
  expect(report.load).toEqual([1, 5]);
});

it('the six are summed, and all where there are more', () => {
  const { all } = reportOf(servers, [round(1, 1)], {});
  expect(all!.written).toEqual({ startMs: 10_000, rssMb: 1_000, pssMb: 800, processes: 30 });
  expect(
    reportOf(
      servers.filter(({ common }) => common),
      [round(1, 1)],
      {},
    ).all,
  ).toBeUndefined();
  expect(reportOf(servers, [round(1, 1)], {}).six.written).toEqual({
    ...{ startMs: 6_000, rssMb: 600, pssMb: 480, processes: 18 },
  });
});

it('mcp-pipe with the six has medians as well, and one that is awake only on demand', () => {
  const { whole } = reportOf(servers, [round(1, 1), round(1, 3), round(1, 2)], {});
  expect(whole.written).toEqual({ readyMs: 4_000, firstCallMs: 40, rssMb: 1_000, pssMb: 300, processes: 7 });
  expect(whole.demand.awake).toEqual({ rssMb: 160, pssMb: 80, processes: 2 });
});
