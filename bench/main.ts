import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { copiesSubjects, type Threefold, threefold, threefoldSubjects } from './copies.js';
import { runFootprint } from './footprint.js';
import { footprintTable } from './footprint-report.js';
import { gateway } from './gateway.js';
import { type GatewaySubject, gatewaySubjects } from './gateway-subjects.js';
import { endsItself, growth, growthWords, wholeRun } from './growth.js';
import { aboveOneAgent, type HubSubject, hub, hubSubjects } from './hub.js';
import { LoadEndpoint } from './load-endpoint.js';
import { idle, messages, type PageSubject, pageItself, pageSubjects, withoutPage } from './page.js';
import { policySubjects } from './policy.js';
import { profileOf } from './profile.js';
import { remote } from './remote.js';
import {
  after4004,
  type Bench,
  bigMessages,
  coldStart,
  furtherLink,
  leaks,
  manyLinks,
  manyServers,
  oneLink,
  type Values,
} from './rows.js';
import {
  batched,
  mcpPipe,
  mcpPipeMux,
  native,
  otherSubject,
  prototype,
  pythonPipe,
  type Subject,
  sdkBridge,
} from './subjects.js';
import { compare, type Measured, type Row, tableOf } from './table.js';

const HELP = `npm run bench -- [options]

  --rounds N        how often everything is measured (5)
  --links LIST      how many links in one process (1,10,50,200)
  --vs 'CMD {config}'  measure another program too; may be repeated
  --profile ROW     measure one row of mcp-pipe under V8's profiler, and print where the time goes: 'cold start', '64 in flight',
                '1 MiB', '200 links'; 'mux: 64 in flight' of a multiplexer
  --part NAME       'start': mcp-pipe --version beside an empty program of Node.js;
                'growth': from 1 to 1,000 links, beside the batched prototype;
                'pipe': beside the prototypes and a program in C; 'mux': multiplexers beside pipes;
                'hub': servers with many agents, beside a pipe and peers;
                'remote': a server over HTTP, beside ws with the SDK's client;
                'gateway': servers for HTTP clients, beside other gateways, which it installs into a cache folder;
                'policy': a pipe with rules and without, beside the last commit without them, which it builds
                in a cache folder;
                'copies': a pipe whose server has one process, and several ("instances"), also beside several servers;
                'page': with the status page off, on and open in Chromium, and the page itself, beside
                the last commit without it, which it builds in a cache folder; 'all' (all);
                'footprint' (alone): published servers by npx and uvx, with the lock and on demand
  --all             of 'footprint': ten servers instead of the six that are common
  --out FILE        where the JSON goes (bench/results/latest.json)
  --quick           short measurements, to try the bench itself
`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    part: { type: 'string', default: 'all' },
    profile: { type: 'string' },
    links: { type: 'string', default: '1,10,50,200' },
    vs: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: join(import.meta.dirname, 'results', 'latest.json') },
    quick: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (process.platform !== 'linux')
  throw new Error('the bench reads CPU time and memory from /proc: Linux only');

// Asked for by name only: it downloads servers of npm and PyPI.
if (options.part === 'footprint') {
  await mkdir(dirname(options.out), { recursive: true });
  const { rounds, all, out } = options;
  const report = await runFootprint({ rounds: Number(rounds), all, out, onProgress: progress });
  progress('');
  process.stdout.write(`${footprintTable(report)}\n\nWritten to ${out}\n`);
  process.exit(0);
}

const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-bench-'));
const endpoint = await LoadEndpoint.start();
const bench: Bench = {
  endpoint,
  child: compiledChild(folder),
  configPath: join(folder, 'config.json'),
  quick: options.quick,
};
if (options.profile !== undefined) {
  process.stdout.write(`${await profileOf(bench, options.profile)}\n`);
  await endpoint.close();
  await rm(folder, { recursive: true });
  process.exit(0);
}
const inC = compiled(folder, 'native');
const python = pythonPipe();
const subjects = [
  ...[mcpPipe, batched, prototype],
  ...(python ? [python] : []),
  ...(inC ? [native(inC)] : []),
  ...options.vs.map(otherSubject),
];
const counts = options.links.split(',').map(Number);
const parts: ((subject: Subject) => Promise<Values>)[] = [
  (subject) => coldStart(bench, subject),
  (subject) => oneLink(bench, subject),
  (subject) => bigMessages(bench, subject),
  ...counts.map((count) => (subject: Subject) => manyLinks(bench, subject, count)),
  (subject) => after4004(bench, subject),
  (subject) => leaks(bench, subject),
];

const muxParts = [oneLink, bigMessages, manyServers].map(
  (part) => (subject: Subject) => part(bench, subject),
);
const hubs = hubSubjects(mcpPipe, [batched, ...options.vs.map(otherSubject)]);
interface Run {
  name: string;
  subjects: readonly Subject[];
  base?: Subject;
  parts: readonly ((subject: Subject) => Promise<Values>)[];
  /** What is said below the table. */
  summary?: (measured: readonly Measured[]) => string;
}
const ends = [
  endsItself([process.execPath, join(import.meta.dirname, '../bin/mcp-pipe.js'), '--version']),
  endsItself([process.execPath, '-e', '0']),
];
const all: Run[] = [
  { name: 'start', subjects: ends, parts: [(subject) => wholeRun(bench, subject)] },
  { name: 'pipe', subjects, base: batched, parts },
  {
    ...{
      name: 'growth',
      subjects: [mcpPipe, batched],
      parts: [(subject: Subject) => growth(bench, subject)],
    },
    summary: (measured) => [mcpPipe, batched].map(({ name }) => growthWords(measured, name)).join('\n'),
  },
  { name: 'mux', subjects: [mcpPipeMux, { ...mcpPipe, name: 'mcp-pipe pipe' }], parts: muxParts },
  {
    ...{ name: 'hub', subjects: hubs, base: hubs[0]!, summary: aboveOneAgent },
    parts: [(subject) => hub(bench, subject as HubSubject)],
  },
  { name: 'remote', subjects: [mcpPipe, sdkBridge], parts: [(subject) => remote(bench, subject)] },
];
// Asked for only then, for it installs programs.
if (options.part === 'all' || options.part === 'gateway') {
  const subjects = gatewaySubjects();
  const parts = [(subject: Subject) => gateway(bench, subject as GatewaySubject)];
  all.push({ name: 'gateway', subjects, base: subjects[0]!, parts });
}
// Builds an earlier commit.
if (options.part === 'all' || options.part === 'policy') {
  const subjects = policySubjects();
  const parts = [(subject: Subject) => messages(bench, subject)];
  all.push({ name: 'policy', subjects, base: subjects[0]!, parts });
}
if (options.part === 'all' || options.part === 'copies') {
  const subjects = copiesSubjects();
  const parts = [(subject: Subject) => messages(bench, subject)];
  all.push({ name: 'copies', subjects, base: subjects[0]!, parts });
  const three = threefoldSubjects();
  const threeParts = [(subject: Subject) => threefold(bench, subject as Threefold)];
  all.push({ name: 'copies', subjects: three, base: three[0]!, parts: threeParts });
}
// It needs Chromium.
if (options.part === 'all' || options.part === 'page') {
  const before = withoutPage();
  const subjects = await pageSubjects();
  const [, , open] = subjects;
  all.push(
    {
      ...{ name: 'page', subjects: before, base: before[0]! },
      parts: [coldStart, idle].map((part) => (subject: Subject) => part(bench, subject)),
    },
    {
      ...{ name: 'page', subjects, base: subjects[0]! },
      parts: [(subject) => messages(bench, subject as PageSubject)],
    },
    {
      ...{ name: 'page', subjects: [{ ...open!, name: 'the page' }] },
      parts: [(subject) => pageItself(bench, subject as PageSubject)],
    },
  );
}
const runs = all.filter(({ name }) => options.part === 'all' || options.part === name);

const results: { rows: Row[]; measured: Measured[] }[] = [];
for (const { name, subjects, base = subjects.at(-1)!, parts, summary } of runs) {
  const measured = await measure(subjects, parts);
  const names = subjects.map(({ name }) => name);
  results.push({ rows: compare(measured, names, base.name), measured });
  progress('');
  process.stdout.write(`${tableOf(results.at(-1)!.rows, base.name, name)}\n\n`);
  if (summary) process.stdout.write(`${summary(measured)}\n\n`);
}
await endpoint.close();
await rm(folder, { recursive: true });

const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, child: bench.child[0] };
const report = { date: new Date().toISOString(), machine, rounds: Number(options.rounds), results };
await mkdir(dirname(options.out), { recursive: true });
await writeFile(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
process.stdout.write(`Written to ${options.out}\n`);

/** Every part with every subject, round after round. */
async function measure(
  subjects: readonly Subject[],
  parts: readonly ((subject: Subject) => Promise<Values>)[],
): Promise<Measured[]> {
  const rounds: Measured[] = [];
  const total = Number(options.rounds) * parts.length * subjects.length;
  let done = 0;
  for (let round = 0; round < Number(options.rounds); round++) {
    const measured: Measured = Object.fromEntries(subjects.map(({ name }) => [name, {}]));
    for (const part of parts) {
      // The variant that goes first changes from round to round.
      const order = subjects.map((_, i) => subjects[(i + round) % subjects.length]!);
      for (const subject of order) {
        done += 1;
        progress(`round ${round + 1} of ${options.rounds}, measurement ${done} of ${total}: ${subject.name}`);
        Object.assign(measured[subject.name]!, await part(subject));
      }
    }
    for (const values of Object.values(measured)) Object.assign(values, furtherLink(values, counts));
    rounds.push(measured);
  }
  return rounds;
}

/** In C where there is a compiler; else the same in Node.js. */
function compiledChild(into: string): readonly string[] {
  const binary = compiled(into, 'child');
  if (binary) return [binary];
  process.stderr.write('There is no C compiler here: a Node.js child is used, which costs more itself.\n');
  return [process.execPath, join(import.meta.dirname, 'child.mjs')];
}

/** The path of the program made of `NAME.c`; undefined where there is no compiler. */
function compiled(into: string, name: string): string | undefined {
  const binary = join(into, name);
  try {
    execFileSync('cc', ['-O2', '-D_GNU_SOURCE', '-o', binary, join(import.meta.dirname, `${name}.c`)]);
    return binary;
  } catch {
    return undefined;
  }
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
