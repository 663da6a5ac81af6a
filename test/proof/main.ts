import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from './cases.js';
import { type Row, rowOf, textOf } from './report.js';
import { runCase } from './run-case.js';

const HELP = `npm run cluster-proof -- [options]

6 processes x 5 tokens x limits 1, 2, 3, with a real Redis that is killed, emptied, cut off, slowed down and replaced, and an
endpoint that counts sockets and calls. Needs redis-server, and cc for the clocks. Takes five minutes a case.

  --case NAME     only this one; may be repeated: ${CASES.map(({ name }) => name).join(', ')}
  --minutes N     how long each case goes on (5)
  --ttl SECONDS   how long a lease lasts (6; some cases have their own)
  --beside N      how many cases run at the same time (1)
  --json FILE     where the figures go
  --from FILE     shows such figures, and runs nothing; may be repeated
  --keep          keeps the folder with the logs
`;

const { values: options } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    minutes: { type: 'string', default: '5' },
    ttl: { type: 'string', default: '6' },
    beside: { type: 'string', default: '1' },
    json: { type: 'string' },
    from: { type: 'string', multiple: true },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (options.from) {
  const shown = options.from.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')) as Row[]);
  process.stdout.write(`${textOf(shown)}\n`);
  process.exit(0);
}
const names = options.case ?? CASES.map(({ name }) => name);
const wanted = names.map((name) => {
  const one = CASES.find((other) => other.name === name);
  if (!one)
    throw new Error(`there is no case ${name}; there are ${CASES.map((other) => other.name).join(', ')}`);
  return one;
});
const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-proof-'));
const rows: Row[] = [];
const left = [...wanted];
const say = (text: string) => process.stderr.write(`${text}\n`);

async function worker(): Promise<void> {
  for (let one = left.shift(); one; one = left.shift()) {
    say(`${one.name}: ${one.what}`);
    try {
      const row = rowOf(
        await runCase(one, {
          folder: join(folder, one.name),
          ms: Number(options.minutes) * 60_000,
          ttlMs: Number(options.ttl) * 1_000,
        }),
      );
      rows.push(row);
      say(`${one.name}: ended, load ${loadavg()[0]!.toFixed(1)}\n${textOf([row])}`);
    } catch (error) {
      process.exitCode = 1;
      say(`${one.name}: ${(error as Error).stack}`);
    }
    if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  }
}

// What it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
await Promise.all(Array.from({ length: Number(options.beside) }, worker));
process.stdout.write(`${textOf(rows)}\n`);
if (options.keep) say(`logs: ${folder}`);
else rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
if (rows.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
