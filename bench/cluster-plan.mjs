// What leases in Redis cost, and what a fleet of machines would ask of it: npx tsx bench/cluster-plan.mjs [TOKENS] [MACHINES]
// Starts a redis-server of its own and ends it. Time is the CPU time of Redis, so that a busy machine does not change it much.
// docs/clustering.md has what it printed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { LEASE_SCRIPT } from '../src/leases/lease-script.ts';
import { LeaseQueue } from '../src/leases/queue.ts';
import { STORE } from '../src/leases/store-defaults.ts';
import { TimedSlots } from '../src/leases/timed-slots.ts';
import { Fleet } from './cluster-fleet.mjs';

const [TOKENS = 100_000, MACHINES = 1_000] = process.argv.slice(2).map(Number);
/** No lease ends while it is measured. */
const TTL_MS = 3_600_000;
const SAMPLE = Math.min(TOKENS, 20_000);

const keyOf = (i) => createHash('sha256').update(`${i}`).digest('hex');
const machineOf = (i) => `gateway-${i % MACHINES}.example.internal`;
const processOf = (i) => `${machineOf(i)} 4711 ${keyOf(i % MACHINES).slice(0, 12)}`;

/** Steps of the script, and what each costs Redis. */
async function costs(redis) {
  const keys = Array.from({ length: TOKENS }, (_, i) => keyOf(i));
  const shared = ['mcp-pipe:past', 'mcp-pipe:machines', 'mcp-pipe:ends'];
  const step = (what, token, machine, fence = 0) => {
    const of = ['holders', 'fence', 'about', 'free'].map((part) => `mcp-pipe:token:${keys[token]}:${part}`);
    const about = { machine: machineOf(machine), pid: 4711, link: `agent-${token}`, since: Date.now() };
    const holder = `${processOf(machine)} agent-${token}`;
    const args = [what, holder, processOf(machine), TTL_MS, TTL_MS / 4, JSON.stringify(about), 1, fence];
    return redis.lease(of.length + shared.length, ...shared, ...of, ...args);
  };
  const info = async () => {
    const text = await redis.info('everything');
    const number = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)[1]);
    return {
      us: 1e6 * (number('used_cpu_user') + number('used_cpu_sys')),
      in: number('total_net_input_bytes'),
      out: number('total_net_output_bytes'),
      memory: number('used_memory'),
      aof: number('aof_current_size'),
    };
  };
  const rows = {};
  const measure = async (name, many, ask) => {
    const before = await info();
    const counts = new Map();
    for (let i = 0; i < many; i += 500) {
      const answers = await Promise.all(
        Array.from({ length: Math.min(500, many - i) }, (_, j) => ask(i + j)),
      );
      for (const [is] of answers)
        counts.set(Number(is) ? 'offered' : is, (counts.get(Number(is) ? 'offered' : is) ?? 0) + 1);
    }
    const after = await info();
    const us = (after.us - before.us) / many;
    rows[name] = {
      answers: [...counts].map(([is, n]) => `${n} ${is}`).join(', '),
      'us of Redis': Number(us.toFixed(1)),
      'per second': Math.round(1e6 / us),
      'bytes in': Math.round((after.in - before.in) / many),
      'bytes out': Math.round((after.out - before.out) / many),
      'bytes of file': Math.round((after.aof - before.aof) / many),
    };
    return after.memory - before.memory;
  };
  const machines = async (many) => {
    await redis.del('mcp-pipe:machines');
    for (let i = 0; i < many; i++)
      await redis.zadd('mcp-pipe:machines', Date.now() + 3_600_000, processOf(i));
  };
  await step('take', 0, 0);
  await redis.hset('mcp-pipe:past', 'began', 1);
  const fences = [];
  const used = await measure('take a free slot', TOKENS, async (i) => {
    const answer = await step('take', i, i);
    fences[i] = Number(answer[1] ?? 0);
    return answer;
  });
  await measure('renew', SAMPLE, (i) => step('renew', i, i, fences[i]));
  await measure('look: full', SAMPLE, (i) => step('take', i, i + 1));
  const usage = {};
  for (const what of ['holders', 'fence', 'about'])
    usage[what] = await redis.memory('USAGE', `mcp-pipe:token:${keys[7]}:${what}`);
  usage['ends, of each token'] = Math.round(
    (await redis.memory('USAGE', 'mcp-pipe:ends', 'SAMPLES', 0)) / TOKENS,
  );
  usage['used_memory, of each lease'] = Math.round(used / TOKENS);
  await measure('release', SAMPLE, (i) => step('release', i, i, fences[i]));
  await measure('offers', 5_000, (i) =>
    redis.lease(3, ...shared, 'offers', '', processOf(i), TTL_MS, STORE.offeredForMs, STORE.offers),
  );
  await machines(64);
  await measure('take a free slot, 64 machines', Math.min(SAMPLE, 2_000), (i) => step('take', i, i % 64));
  return { rows, usage };
}

/** One process in which so many links wait for machines that have all the slots. */
async function waiting(links) {
  const store = {
    shown: 'none',
    take: async () => ({ is: 'full', claim: 0, holder: undefined }),
    renew: async () => true,
    release: async () => {},
    offers: async () => ({ machines: MACHINES, claims: [] }),
  };
  let look = () => {};
  const clock = {
    now: () => performance.now(),
    after: (_, run) => {
      look = run;
      return () => {};
    },
  };
  const shared = new TimedSlots({ store, process: 'p', machine: 'm', pid: 1, clock, random: Math.random });
  const leases = new LeaseQueue({ shared });
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  const took = async (act) => {
    const { user, system } = process.cpuUsage();
    await act();
    await new Promise(setImmediate);
    const after = process.cpuUsage();
    return Math.round((after.user + after.system - user - system) / 1_000);
  };
  const began = await took(() => {
    for (let i = 0; i < links; i++) {
      const claims = [{ kind: 'token', key: keyOf(i), label: 'x', slots: 1 }];
      const request = {
        link: `agent-${i}`,
        claims,
        priority: 0,
        order: i,
        signal: new AbortController().signal,
      };
      void leases.acquire({ ...request, onWaiting: () => {}, onWanted: () => {} });
    }
  });
  const looked = await took(() => look());
  global.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / links;
  return {
    links,
    'ms of CPU to begin': began,
    'ms of CPU of a look': looked,
    'bytes of each': Math.round(bytes),
  };
}

const dir = mkdtempSync(join(tmpdir(), 'cluster-plan-'));
const port = 20_000 + (process.pid % 20_000);
const server = spawn(
  'redis-server',
  ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', dir],
  {
    stdio: 'ignore',
  },
);
const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 100 });
redis.on('error', () => {});
try {
  await new Promise((resolve) => redis.once('ready', resolve));
  redis.defineCommand('lease', { lua: LEASE_SCRIPT.lua });
  const { rows, usage } = await costs(redis);
  console.log(`Steps, ${TOKENS} tokens, one core of this machine`);
  console.table(rows);
  console.log('Bytes of memory');
  console.table(usage);
  console.log('Links that wait in one process');
  console.table([await waiting(1_000), await waiting(10_000), await waiting(TOKENS)]);
  const us = (name) => rows[name]['us of Redis'];
  const cost = { take: us('take a free slot'), renew: us('renew'), look: us('look: full') };
  const of = { ...cost, release: us('release'), offers: us('offers') };
  for (const part of [1, 50]) {
    const [machines, tokens] = [MACHINES / part, TOKENS / part];
    console.log(`${machines} machines, ${tokens} tokens, simulated`);
    console.table(new Fleet({ machines, tokens, cost: of }).scenarios());
  }
} finally {
  redis.disconnect();
  server.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
