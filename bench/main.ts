import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { runFootprint } from './footprint.js';
import { footprintTable } from './footprint-report.js';
import { LoadEndpoint } from './load-endpoint.js';
import { measure } from './measure.js';
import { compiled, PARTS } from './parts.js';
import { profileOf, profileWords } from './profile.js';
import { readReport, writeReport } from './report.js';
import type { Bench } from './rows.js';
import { legendOf, tableOf } from './table.js';

const HELP = `npm run bench -- [options]

  --part LIST       parts, with commas between them (all):
                'pipe': beside a batching program, one that is plain, one in C, and what people use: websockets of Python and
                supergateway, which it installs into a cache folder, and websocketd where the system has it;
                'start': on this Node.js and on 24; and mcp-pipe --version beside an empty program;
                'growth': from 1 to 1,000 links;
                'leaks': what reconnects and restarts of servers leave behind;
                'mux': multiplexers beside pipes;
                'hub': servers with many agents, beside a pipe and peers;
                'remote': a server over HTTP, beside ws with the SDK's client;
                'gateway': servers for HTTP clients, beside other gateways, which it installs into the same folder;
                'policy': a pipe with rules and without, beside the last commit without them, which it builds
                in a cache folder;
                'copies': a pipe whose server has one process, and several ("instances"), also beside several servers;
                'page': with the status page off, on and open in Chromium, and the page itself, beside
                the last commit without it, which it builds in a cache folder; 'all' (all);
                'footprint' (alone): published servers by npx and uvx, with the lock and on demand
  --rows REGEX      only rows whose names begin like this, with those that are measured together with them: '^(cold|200 links)'
  --rounds N        how often everything is measured (5)
  --links LIST      how many links in one process, for 'pipe' (1,10,50,200)
  --vs 'CMD {config}'  measure another program too; may be repeated
  --profile ROW     measure a row of mcp-pipe under V8's profiler, and say where the time goes: 'cold start', '64 in flight',
                'one in flight', '1 MiB results', '1 MiB requests', '200 links', 'mux: 64 in flight', 'mux: 50 servers',
                'hub: 64 in flight each', 'gateway: 50 calls'; may be repeated
  --json            of --profile: as JSON
  --resume          what the file has already is not measured again, round by round
  --out FILE        where the results go, into those of other parts and rows (bench/results/latest.json)
  --docs            they go into bench/results/performance.json, and from there into docs/performance.md
  --quick           short measurements, to try the bench itself
  --all             of 'footprint': ten servers instead of the six that are common
`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    part: { type: 'string', default: 'all' },
    rows: { type: 'string' },
    profile: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    links: { type: 'string', default: '1,10,50,200' },
    vs: { type: 'string', multiple: true, default: [] },
    resume: { type: 'boolean', default: false },
    out: { type: 'string' },
    docs: { type: 'boolean', default: false },
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

const results = join(import.meta.dirname, 'results');
const out = options.out ?? join(results, options.docs ? 'performance.json' : 'latest.json');
const { rounds, quick } = { rounds: Number(options.rounds), quick: options.quick };

// Asked for by name only: it downloads servers of npm and PyPI.
if (options.part === 'footprint') {
  await mkdir(dirname(out), { recursive: true });
  const report = await runFootprint({ rounds, all: options.all, out, onProgress: progress });
  progress('');
  process.stdout.write(`${footprintTable(report)}\n\nWritten to ${out}\n`);
  process.exit(0);
}

const names = options.part === 'all' ? Object.keys(PARTS) : options.part.split(',');
for (const name of names)
  if (!PARTS[name]) throw new Error(`there is no part '${name}': ${Object.keys(PARTS).join(', ')}`);

const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-bench-'));
const endpoint = await LoadEndpoint.start();
const bench: Bench = {
  ...{ endpoint, folder, quick },
  child: child(folder),
  configPath: join(folder, 'config.json'),
};
try {
  await (options.profile.length > 0 ? profiles(options.profile) : parts());
} finally {
  await endpoint.close();
  await rm(folder, { recursive: true });
}
process.stderr.write(`\nWritten to ${out}\n`);
if (options.docs) (await import('../scripts/performance-page.js')).writePerformancePages();

async function parts(): Promise<void> {
  const rows = options.rows === undefined ? undefined : new RegExp(options.rows, 'i');
  const links = options.links.split(',').map(Number);
  for (const name of names) {
    for (const part of await PARTS[name]!(bench, { links, vs: options.vs })) {
      const { resume } = options;
      const found = await measure(part, { rounds, rows, resume, quick, file: out, onProgress: progress });
      progress('');
      process.stdout.write(`${tableOf(part.name, found)}\n\n${legendOf(found)}\n\n`);
      if (part.summary) process.stdout.write(`${part.summary(found.rounds)}\n\n`);
    }
  }
}

async function profiles(rows: readonly string[]): Promise<void> {
  const found = [];
  for (const row of rows) {
    progress(`profile of ${row}`);
    const profile = await profileOf(bench, row);
    found.push([row, profile] as const);
    const report = readReport(out);
    report.profiles[row] = profile;
    await writeReport(out, report);
  }
  progress('');
  const text = options.json
    ? JSON.stringify(Object.fromEntries(found), undefined, 2)
    : found.map(([row, profile]) => profileWords(row, profile)).join('\n\n');
  process.stdout.write(`${text}\n`);
}

/** In C where there is a compiler; else the same in Node.js. */
function child(into: string): readonly string[] {
  const binary = compiled(into, 'child');
  if (binary) return [binary];
  process.stderr.write('There is no C compiler here: a Node.js child is used, which costs more itself.\n');
  return [process.execPath, join(import.meta.dirname, 'child.mjs')];
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
