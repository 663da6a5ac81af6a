import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { program } from '../rolldown.config.js';
import { calls } from './gateway.js';
import { ourGateway } from './gateway-subjects.js';
import { hub, hubSubjects } from './hub.js';
import {
  type CallFrame,
  NATIVE,
  type Profile,
  type ProfileReport,
  type Shares,
  sharesOf,
} from './profile-groups.js';
import {
  after4004,
  type Bench,
  bigMessages,
  coldStart,
  manyLinks,
  manyServers,
  oneLink,
  type Stretch,
  type Values,
} from './rows.js';
import { mcpPipe, type Subject } from './subjects.js';
import { figure } from './table.js';

/** The program again, with its names: in what is shipped, members have short ones. Beside dist/bundle, as deep. */
const NAMED = join(import.meta.dirname, '../dist/profile');
/** Between two samples, microseconds. */
const INTERVAL_US = 200;

type Measure = (bench: Bench, subject: Subject) => Promise<Values>;

const HUB = `hub, 20 agents x 6`;

/** By how a row begins. */
const MEASURES: readonly (readonly [row: RegExp, measure: Measure])[] = [
  [/^cold/, coldStart],
  [/^(64 in|one in|RSS)/, oneLink],
  [/^1 MiB/, bigMessages],
  [/^50 servers/, manyServers],
  [/^back/, after4004],
  [
    /^\d+ in flight each/,
    (bench, subject) => hub(bench, { ...hubSubjects(subject, []).find(({ name }) => name === HUB)! }),
  ],
  [/^(one call|50 calls)/, (bench, subject) => calls(bench, ourGateway(subject))],
];

function measureOf(row: string): Measure | undefined {
  const links = /^(\d+) links?\b/.exec(row)?.[1];
  if (links !== undefined) return (bench, subject) => manyLinks(bench, subject, Number(links));
  return MEASURES.find(([rows]) => rows.test(row))?.[1];
}

/**
 * Measures the rows with this one under the profiler of V8. What counts is the time in which the row itself was measured;
 * where it has none of its own, as a start has, that of the whole run.
 *
 * @param asked A row, or how it begins: `64 in flight`, `200 links`, `cold start`; after `mux:` that of a multiplexer.
 */
export async function profileOf(bench: Bench, asked: string): Promise<ProfileReport> {
  const isMux = asked.startsWith('mux:');
  const row = asked.replace(/^(mux|hub|gateway|pipe):\s*/, '');
  const measure = measureOf(row);
  if (!measure) throw new Error(`no row begins with "${row}"`);
  await build({ ...program, output: { ...program.output, dir: NAMED, minify: false } });
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-profile-'));
  const options = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', String(INTERVAL_US)];
  const stretches: Stretch[] = [];
  const subject: Subject = {
    ...(isMux ? { mode: 'mux' as const } : {}),
    name: mcpPipe.name,
    command: (config) => [process.execPath, ...options, join(NAMED, 'main.cjs'), '--config', config],
  };
  try {
    const values = await measure({ ...bench, onStretch: (stretch) => stretches.push(stretch) }, subject);
    const own = stretches.filter((stretch) => row.startsWith(stretch.row) || stretch.row.startsWith(row));
    const isMeasured = (us: number) =>
      own.length === 0 || own.some(({ fromUs, toUs }) => us >= fromUs && us <= toUs);
    const profiles = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile,
    );
    const sum = (of: (stretch: Stretch) => number) => own.reduce((all, one) => all + of(one), 0);
    const cpuMs = sum((stretch) => stretch.cpuMs);
    return {
      ...{ date: new Date().toISOString(), node: process.version, values },
      ...(cpuMs > 0 ? { kernel: sum(({ kernelMs }) => kernelMs) / cpuMs } : {}),
      ...sharesOf(profiles, fileOf, isMeasured),
    };
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(NAMED, { recursive: true });
  }
}

/** For a terminal. */
export function profileWords(row: string, report: ProfileReport): string {
  const { values, workMs, kernel, groups, files, functions } = report;
  const table = (shares: Shares) =>
    Object.entries(shares).map(([name, share]) => `${(100 * share).toFixed(1).padStart(6)} %  ${name}`);
  return [
    `${row}, under the profiler, which takes time itself:`,
    ...Object.entries(values).map(([name, value]) => `  ${name}: ${figure(value)}`),
    `\n${workMs.toFixed(0)} ms of work${kernel === undefined ? '' : `, ${(100 * kernel).toFixed(0)} % of it in the kernel`}:`,
    ...[...table(groups), '\nBy file:', ...table(files)],
    ...['\nBy function, without what it calls:', ...table(functions)],
  ].join('\n');
}

/** The source file: the bundle names each where it begins. */
function fileOf({ url, lineNumber }: CallFrame): string {
  if (!url.startsWith('file:')) return url || NATIVE;
  const path = fileURLToPath(url);
  return regionsOf(path).findLast(({ line }) => line <= lineNumber)?.file ?? basename(path);
}

const regions = new Map<string, { line: number; file: string }[]>();

function regionsOf(path: string): { line: number; file: string }[] {
  const known = regions.get(path);
  if (known) return known;
  const found = readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, line) => {
      const file = /^\/\/ ((?:src|node_modules)\/\S+\.\w+)$/.exec(text)?.[1];
      return file === undefined ? [] : [{ line, file }];
    });
  regions.set(path, found);
  return found;
}
