import type { FootprintServer } from './footprint-servers.js';
import { WHOLE_WAYS, type Whole, type WholeWay } from './footprint-whole.js';
import { median } from './median.js';
import type { TreeMemory } from './started-server.js';

/** `written`: by npx or uvx, with a warm cache. `direct`: the program of the package, as it is locked. */
export const WAYS = ['written', 'direct'] as const;
export type Way = (typeof WAYS)[number];

/** What a server takes, started one way. */
export interface Footprint extends TreeMemory {
  /** Until the server has answered `initialize`: from the start of npx or uvx; or from the look at the installation, which mcp-pipe takes first. */
  startMs: number;
}

/** One round: by way and name. */
export interface Round {
  /** Average number of processes that wanted a processor in the minute before. */
  load: number;
  ways: Partial<Record<Way, Record<string, Footprint>>>;
  /** mcp-pipe with the six. */
  whole: Partial<Record<WholeWay, Whole>>;
}

/** Medians over the rounds, and medians of the ratios within each, with the least and the greatest. */
interface Compared {
  written: Footprint;
  direct: Footprint;
  ratios: Record<keyof Footprint, readonly [median: number, least: number, greatest: number]>;
}

/** What `--part footprint` writes. */
export interface FootprintReport {
  date: string;
  machine: Readonly<Record<string, string | number>>;
  rounds: number;
  /** Least and greatest load average at the beginning of a round. */
  load: readonly [number, number];
  servers: readonly (Compared & Pick<FootprintServer, 'name' | 'registry' | 'version' | 'common'>)[];
  /** The common ones together. */
  six: Compared;
  /** All together; only where more than the six were measured. */
  all?: Compared;
  /** mcp-pipe with these, itself included: medians over the rounds. */
  whole: Readonly<Record<WholeWay, Whole>>;
}

export function reportOf(
  servers: readonly FootprintServer[],
  rounds: readonly Round[],
  machine: FootprintReport['machine'],
): FootprintReport {
  const loads = rounds.map(({ load }) => load);
  const common = servers.filter((server) => server.common).map(({ name }) => name);
  return {
    ...{ date: new Date().toISOString(), machine, rounds: rounds.length },
    load: [Math.min(...loads), Math.max(...loads)],
    servers: servers.map(({ name, registry, version, common }) => ({
      ...{ name, registry, version, common },
      ...compared(rounds, [name]),
    })),
    six: compared(rounds, common),
    ...(servers.length === common.length
      ? {}
      : {
          all: compared(
            rounds,
            servers.map(({ name }) => name),
          ),
        }),
    whole: Object.fromEntries(WHOLE_WAYS.map((way) => [way, middleWhole(rounds, way)])) as Record<
      WholeWay,
      Whole
    >,
  };
}

function middleWhole(rounds: readonly Round[], way: WholeWay): Whole {
  const found = rounds.map(({ whole }) => whole[way]!);
  const middle = (of: (one: Whole) => number) => rounded(median(found.map(of)));
  const memoryOf = (of: (one: Whole) => TreeMemory): TreeMemory => ({
    rssMb: middle((one) => of(one).rssMb),
    pssMb: middle((one) => of(one).pssMb),
    processes: middle((one) => of(one).processes),
  });
  return {
    readyMs: middle(({ readyMs }) => readyMs),
    ...memoryOf((one) => one),
    ...(found.every(({ awake }) => awake) ? { awake: memoryOf(({ awake }) => awake!) } : {}),
    firstCallMs: middle(({ firstCallMs }) => firstCallMs),
  };
}

const FIELDS = ['startMs', 'rssMb', 'pssMb', 'processes'] as const;

/** Of the sums over these servers in each round. */
function compared(rounds: readonly Round[], names: readonly string[]): Compared {
  const sumOf = (round: Round, way: Way, field: keyof Footprint) =>
    names.reduce((sum, name) => sum + round.ways[way]![name]![field], 0);
  const middle = (way: Way) =>
    fieldsOf((field) => rounded(median(rounds.map((round) => sumOf(round, way, field)))));
  return {
    ...{ written: middle('written'), direct: middle('direct') },
    ratios: fieldsOf((field) => {
      const ratios = rounds.map((round) => sumOf(round, 'direct', field) / sumOf(round, 'written', field));
      return [rounded(median(ratios)), rounded(Math.min(...ratios)), rounded(Math.max(...ratios))] as const;
    }),
  };
}

function fieldsOf<Value>(of: (field: keyof Footprint) => Value): Record<keyof Footprint, Value> {
  return Object.fromEntries(FIELDS.map((field) => [field, of(field)])) as Record<keyof Footprint, Value>;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** For a terminal. */
export function footprintTable({ servers, six, all, whole }: FootprintReport): string {
  const row = (name: string, { written, direct, ratios }: Compared) => {
    const cells = FIELDS.flatMap((field) => [
      written[field].toFixed(0),
      `${direct[field].toFixed(0)} (x${ratios[field][0].toFixed(2)})`,
    ]);
    return [name, ...cells].join(' | ');
  };
  const head = FIELDS.flatMap((field) => [field, 'direct']);
  return [
    ['server', ...head].join(' | '),
    ...servers.map((server) => row(server.name, server)),
    row('the six together', six),
    ...(all ? [row(`all ${servers.length} together`, all)] : []),
    ...WHOLE_WAYS.map((way) => `mcp-pipe with the six, ${way}: ${JSON.stringify(whole[way])}`),
  ].join('\n');
}
