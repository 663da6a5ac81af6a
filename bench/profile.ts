import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { program } from '../rolldown.config.js';
import { type Bench, bigMessages, coldStart, manyLinks, oneLink, type Values } from './rows.js';
import { mcpPipe, mcpPipeMux, type Subject } from './subjects.js';

/** The program again, with its names: in what is shipped, members have short ones. Beside dist/bundle, as deep. */
const NAMED = join(import.meta.dirname, '../dist/profile');
/** Between two samples, microseconds. */
const INTERVAL_US = 200;
const SHOWN = 30;

type Part = (bench: Bench, subject: Subject) => Promise<Values>;

/** By how the names of its rows begin. */
const PARTS: readonly (readonly [rows: RegExp, part: Part])[] = [
  [/^cold/, coldStart],
  [/^(64|one in|RSS)/, oneLink],
  [/^1 MiB/, bigMessages],
];

function partOf(row: string): Part | undefined {
  const links = /^(\d+) links?\b/.exec(row)?.[1];
  if (links !== undefined) return (bench, subject) => manyLinks(bench, subject, Number(links));
  return PARTS.find(([rows]) => rows.test(row))?.[1];
}

/**
 * Measures the rows with this one under the profiler of V8 and returns where the time goes, in words.
 *
 * @param row A row, or how it begins: `64 in flight`, `200 links`, `cold start`; after `mux:` that of a multiplexer.
 */
export async function profileOf(bench: Bench, row: string): Promise<string> {
  const isMux = row.startsWith('mux:');
  const part = partOf(isMux ? row.slice('mux:'.length).trim() : row);
  if (!part) throw new Error(`no row begins with "${row}"`);
  await build({ ...program, output: { ...program.output, dir: NAMED, minify: false } });
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-profile-'));
  const options = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', String(INTERVAL_US)];
  const values = await part(bench, {
    ...(isMux ? mcpPipeMux : mcpPipe),
    command: (config) => [process.execPath, ...options, join(NAMED, 'main.js'), '--config', config],
  });
  const profiles = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const words = wordsOf(profiles);
  rmSync(folder, { recursive: true });
  rmSync(NAMED, { recursive: true });
  const measured = Object.entries(values).map(([name, value]) => `  ${name}: ${value.toFixed(2)}`);
  return [`Under the profiler, which takes time itself:`, ...measured, ...words].join('\n');
}

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}

interface Profile {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
}

/** Time of its own, by function and by file; milliseconds. */
function wordsOf(profiles: readonly Profile[]): string[] {
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let total = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    samples.forEach((id, i) => {
      const frame = frames.get(id)!;
      if (frame.functionName === '(idle)') return;
      const ms = timeDeltas[i]! / 1000;
      const file = fileOf(frame);
      total += ms;
      add(files, file, ms);
      add(functions, `${frame.functionName || '(anonymous)'}  ${file}`, ms);
    });
  }
  const table = (of: Map<string, number>) =>
    [...of]
      .sort(([, a], [, b]) => b - a)
      .slice(0, SHOWN)
      .map(([name, ms]) => `${((100 * ms) / total).toFixed(1).padStart(6)} %  ${name}`);
  return [
    `\n${total.toFixed(0)} ms of work in ${profiles.length} runs. By file:`,
    ...table(files),
    '\nBy function, without what it calls:',
    ...table(functions),
  ];
}

function add(to: Map<string, number>, key: string, ms: number): void {
  to.set(key, (to.get(key) ?? 0) + ms);
}

/** The source file: the bundle names each where it begins. What has no file is of Node.js and V8. */
function fileOf({ url, lineNumber, functionName }: CallFrame): string {
  if (!url.startsWith('file:'))
    return url || (functionName.startsWith('(') ? functionName : 'V8 and Node.js, native');
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
