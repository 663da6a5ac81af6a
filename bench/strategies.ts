import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openCaller } from '../src/faces/endpoint/caller.js';
import { startEndpoint } from '../src/faces/endpoint/server.js';
import { CountingEndpoint } from './counting-endpoint.js';
import { LoadEndpoint } from './load-endpoint.js';
import { median } from './median.js';
import { mcpPipe, Running, type Subject, token, writeConfig } from './subjects.js';

const HELP = `npm run bench:strategies -- [options]

The same four servers as pipes on four tokens, multiplexed on one, and taking turns on one: the table of docs/scaling.md.

  --rounds N    how often everything is measured (5)
  --quick       short measurements, to try the bench itself
`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (process.platform !== 'linux')
  throw new Error('the bench reads memory and processes from /proc: Linux only');

const SERVERS = 4;
/** Nothing but Node.js: what a server costs at least when it is written in JavaScript. */
const CHILD = [process.execPath, join(import.meta.dirname, 'child.mjs')];
const CALLS = options.quick ? 500 : 4_000;
const DWELL_MS = 1_000;
const SWITCHES = options.quick ? 4 : 20;
/** Many switches in little time, to see whether one of them loses a call. */
const SHORT_DWELL_MS = 300;

interface Strategy extends Subject {
  /** Which token a server has. */
  tokenOf: (server: number) => number;
  mode: 'pipe' | 'mux' | 'rotate';
}
const strategies: Strategy[] = [
  { ...mcpPipe, name: 'pipes, 4 tokens', mode: 'pipe', tokenOf: (server) => server },
  { ...mcpPipe, name: 'mux, 1 token', mode: 'mux', tokenOf: () => 0 },
  { ...mcpPipe, name: 'rotate, 1 token', mode: 'rotate', tokenOf: () => 0 },
];

type Row = Record<string, number>;
const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-strategies-'));
const rounds: Record<string, Row>[] = [];
for (let round = 0; round < Number(options.rounds); round++) {
  const direct = await directly();
  const rows: Record<string, Row> = {};
  for (const strategy of strategies) {
    process.stderr.write(`round ${round + 1} of ${options.rounds}: ${strategy.name}\n`);
    const { p50, ...rest } = await running(strategy);
    rows[strategy.name] = {
      'latency added to a call, p50 µs': p50! - direct,
      ...rest,
      ...(await switches(strategy)),
      ...(await received(strategy)),
    };
  }
  rounds.push(rows);
}
await rm(folder, { recursive: true });
process.stdout.write(
  `${table()}\n\n${cpus()[0]?.model}, ${cpus().length} cores, Node.js ${process.version}\n`,
);

/** A call without mcp-pipe in between: over the pipes of the server itself; p50 in µs. */
async function directly(): Promise<number> {
  const [command, ...args] = CHILD;
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const times: number[] = [];
  for (let id = -CALLS / 4; id < CALLS; id++) {
    const at = performance.now();
    child.stdin.write(
      `{"jsonrpc":"2.0","id":${CALLS + id},"method":"tools/call","params":{"name":"bench","arguments":{}}}\n`,
    );
    await once(lines, 'line');
    if (id >= 0) times.push((performance.now() - at) * 1_000);
  }
  child.kill();
  return median(times);
}

/** What it costs while nothing is switched. */
async function running(strategy: Strategy): Promise<Row> {
  const endpoint = await LoadEndpoint.start();
  const config = join(folder, 'config.json');
  const tokens = [...new Set(Array.from({ length: SERVERS }, (_, server) => strategy.tokenOf(server)))];
  await writeConfig(config, {
    ...{ child: CHILD, servers: SERVERS, mode: strategy.mode },
    url: (server) => endpoint.url(token(strategy.tokenOf(server))),
  });
  const program = new Running(strategy, config, endpoint.url(token(0)));
  const connections = await Promise.all(
    tokens.map(async (one) => {
      const connection = await endpoint.connection(token(one));
      await connection.greet();
      // Only the multiplexer renames tools, and only where two servers have one of that name.
      if (strategy.mode === 'mux') connection.tools = ['s0__bench'];
      await connection.insist();
      return connection;
    }),
  );
  const times: number[] = [];
  for (let call = -CALLS / 4; call < CALLS; call++) {
    const at = performance.now();
    await connections[0]!.ask();
    if (call >= 0) times.push((performance.now() - at) * 1_000);
  }
  const row = {
    p50: median(times),
    'memory of mcp-pipe, MiB': program.rssMiB(),
    'servers running': program.children(),
    'connections used': endpoint.open,
  };
  await program.stop();
  await endpoint.close();
  return row;
}

/** What a client that calls all the time notices of switches. */
async function switches(strategy: Strategy): Promise<Row> {
  const endpoint = await startEndpoint({ port: 0 });
  const config = join(folder, 'config.json');
  await writeConfig(config, {
    ...{ child: CHILD, servers: SERVERS, mode: strategy.mode },
    url: (server) => endpoint.selfHostedUrl(token(strategy.tokenOf(server))),
    // With turns this short all of them would be kept running.
    settings: { rotateEveryMs: DWELL_MS, rotateKeepMs: 0 },
  });
  const program = new Running(strategy, config, endpoint.selfHostedUrl(token(0)));
  const caller = await openCaller(endpoint.callerUrl(token(0)));
  const tool = strategy.mode === 'mux' ? 's0__bench' : 'bench';
  const call = () => caller.request('tools/call', { name: tool, arguments: {} }, { timeoutMs: 5_000 });
  while (
    !(await call()
      .then(() => true)
      .catch(() => false))
  )
    await delay(20);
  const until = performance.now() + SWITCHES * DWELL_MS;
  const pauses: number[] = [];
  let lost = 0;
  let calls = 0;
  let lastAnswer = performance.now();
  let hasLost = false;
  let most = 0;
  while (performance.now() < until) {
    calls += 1;
    try {
      await call();
      if (hasLost) pauses.push(performance.now() - lastAnswer);
      hasLost = false;
      lastAnswer = performance.now();
    } catch {
      hasLost = true;
      lost += 1;
    }
    most = Math.max(most, program.children());
    await delay(5);
  }
  const happened = strategy.mode === 'rotate' ? Math.max(1, endpoint.stats.accepted - 2) : 1;
  await caller.close();
  await program.stop();
  const concurrent = endpoint.stats.maxConcurrentPerToken;
  await endpoint.close();
  return {
    'servers running, at most': most,
    'connections of one token, at most': concurrent,
    'calls with an error at a switch (one call every 5 ms)': lost / happened,
    'of all calls, %': (100 * lost) / calls,
    'time without answers at a switch, ms': pauses.length === 0 ? 0 : median(pauses),
  };
}

/** What becomes of calls that a program has received, for as long as they take, from its first connection to its stop. */
async function received(strategy: Strategy): Promise<Row> {
  const tool = strategy.mode === 'mux' ? 's0__bench' : 'bench';
  // Now and then none is running, or no turn would end before `rotateBusyMs`.
  const call = () => `"name":"${tool}","arguments":{"ms":${Math.floor(10 * Math.random())}}`;
  const endpoint = await CountingEndpoint.start(token(0), 5, call);
  const config = join(folder, 'config.json');
  await writeConfig(config, {
    ...{ child: CHILD, servers: SERVERS, mode: strategy.mode },
    url: (server) => endpoint.url(token(strategy.tokenOf(server))),
    settings: { rotateEveryMs: SHORT_DWELL_MS, rotateKeepMs: 60_000 },
  });
  const program = new Running(strategy, config, endpoint.url(token(0)));
  await delay(SWITCHES * 2 * SHORT_DWELL_MS);
  await program.stop();
  await endpoint.close();
  return {
    'calls received, every 5 ms one of 0 to 9 ms': endpoint.received,
    'in so many connections': endpoint.connections,
    'calls lost that were received': endpoint.lost,
  };
}

function table(): string {
  const names = strategies.map(({ name }) => name);
  const rows = Object.keys(rounds[0]![names[0]!]!);
  // Of what must never happen a single time counts.
  const ofAll = (row: string) => (/lost|at most/.test(row) ? (all: number[]) => Math.max(...all) : median);
  const cell = (name: string, row: string) => ofAll(row)(rounds.map((round) => round[name]![row]!));
  const lines = rows.map(
    (row) => `| ${[row, ...names.map((name) => figure(cell(name, row)))].join(' | ')} |`,
  );
  return [`| | ${names.join(' | ')} |`, `|---|${names.map(() => '---:|').join('')}`, ...lines].join('\n');
}

function figure(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
