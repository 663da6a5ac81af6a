import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { BoundsWatch } from '../../src/daemon/bounds/bounds-watch.js';
import { ProcessLooks } from '../../src/process/process-looks.js';
import { type TreeUsage, TreeUsageReader } from '../../src/process/tree-usage.js';
import type { SupervisedServer } from '../../src/servers/supervised-server.js';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';
import { INITIALIZE, RawHttpSession } from '../helpers/raw-http-session.js';

const SERVERS = 20;
const MB = 1024 ** 2;
/** Rounds of a real run. In each are two looks at all processes. */
const ROUNDS = 4;
const ROUND_MS = 10_000;
const NEAR_MB = 200;
const TAKEN_MB = 180;
/** Looks without waiting; more of them than the clock of the processor can miscount. */
const BATCHES = 15;
const BATCH_MS = 120_000;
/** What the watch may take of one processor, in percent. */
const MOST_PERCENT = 0.5;

/** Processor time of all threads of a process, in milliseconds (Documentation/scheduler/sched-stats.rst). */
function cpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map(
      (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
    )
    .reduce((sum, one) => sum + one, 0);
}

/** mcp-pipe with twenty servers, each of them with these limits, and one that takes 180 MB. */
async function start(limits?: object) {
  const cwd = await folder();
  const small = { command: '/bin/sh', args: [fixture('tiny.sh')], ...(limits ? { limits } : {}) };
  const hungry = { ...small, command: process.execPath, args: [fixture('hungry.mjs')] };
  const others = Array.from({ length: SERVERS - 1 }, (_, i) => [`s${i}`, small]);
  await writeFile(
    join(cwd, 'mcp_config.json'),
    JSON.stringify({ mcpServers: { hungry, ...Object.fromEntries(others) }, gateway: { port: 0 } }),
  );
  const cli = new Cli(['--control', join(cwd, 'control.sock')], { cwd, env: { MCP_PIPE_CGROUP: 'off' } });
  const { origin } = new URL(String((await cli.event('gateway-address')).url));
  const names = ['hungry', ...others.map(([name]) => name as string)];
  for (const name of names) {
    const session = new RawHttpSession(`${origin}/servers/${name}/mcp`);
    await session.open(INITIALIZE);
    if (name === 'hungry') {
      // To nine tenths of the limit of one of them.
      const { reply } = await session.call('held', {});
      const held = Number((reply.result as { content: [{ text: string }] }).content[0].text);
      await session.call('take', { mb: Math.max(0, TAKEN_MB - held) });
    }
  }
  await eventually(() => cli.log.filter(({ event }) => event === 'server-ready').length === SERVERS);
  return cli;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const WAITS = 'setInterval(() => {}, 1e6); console.log("waits")';

/** Twenty processes that wait, the first of which is one of Node.js; and the memory that each has. */
async function processes(): Promise<{ pid: number; bytes: number }[]> {
  const all = Array.from({ length: SERVERS }, (_, i) => {
    const [command, ...args] = i === 0 ? [process.execPath, '-e', WAITS] : ['/bin/sh', fixture('tiny.sh')];
    const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return { pid: child.pid!, stdout: child.stdout };
  });
  await once(all[0]!.stdout, 'data');
  const roots = new Map(all.map(({ pid }) => [String(pid), { pid, life: 1 }]));
  const found = (await new TreeUsageReader().read(roots)) as Map<string, TreeUsage>;
  return all.map(({ pid }) => ({ pid, bytes: found.get(String(pid))!.memoryBytes }));
}

/** Look after look at them, of a clock on which nothing is waited for; each batch is what two minutes take. */
async function looksAt(servers: readonly { pid: number; bytes: number }[], nearLimit: boolean) {
  const ended: string[] = [];
  const limitsOf = (i: number, bytes: number) => ({
    memory: nearLimit && i === 0 ? Math.round(bytes / 0.9) : 1024 * MB,
    pids: 400,
  });
  const all = servers.map(({ pid, bytes }, i) => ({
    ...{ name: `s${i}`, state: 'ready', upstream: { facts: { pid } }, hub: { quiesce: async () => {} } },
    ...{ parking: { learn: () => {}, park: () => false }, report: () => {} },
    bounds: {
      ...{ limits: limitsOf(i, bytes), held: () => new Set() },
      end: async (_: number, { of }: { of: string }) => void ended.push(of),
    },
  }));
  let now = 1e6;
  let nextMs = 0;
  const after = (ms: number) => {
    nextMs = ms;
    return () => {};
  };
  const watch = new BoundsWatch({
    ...{ servers: () => all as unknown as SupervisedServer[], clock: { now: () => now, after } },
    settings: () => ({ maxServersMemory: 0, holdTimeoutMs: 8_000, drainTimeoutMs: 5_000 }),
    // The looks follow each other within a millisecond here: none is shared with the one before.
    reader: new TreeUsageReader({ looks: new ProcessLooks({ sharedForMs: 0 }) }),
  });
  watch.start();
  const percents: number[] = [];
  let looks = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const from = process.cpuUsage();
    for (let ms = 0; ms < BATCH_MS; ms += nextMs) {
      now += nextMs;
      looks += 1;
      await watch.look();
    }
    const { user, system } = process.cpuUsage(from);
    percents.push(((user + system) / 1_000 / BATCH_MS) * 100);
  }
  watch.stop();
  expect([ended, watch.unmeasured]).toEqual([[], undefined]);
  return { percent: median(percents), looksInBatch: looks / BATCHES };
}

it('the looks at twenty servers take less than half a percent of one processor', async () => {
  const servers = await processes();
  const far = await looksAt(servers, false);
  const near = await looksAt(servers, true);
  process.stdout.write(
    `the looks: ${far.percent.toFixed(3)} % of one processor, ${near.percent.toFixed(3)} % near a limit (${processesHere()} processes on the machine)\n`,
  );
  // Every five seconds, and every second near a limit.
  expect(far.looksInBatch).toBeCloseTo(BATCH_MS / 5_000, 0);
  expect(near.looksInBatch).toBeCloseTo(BATCH_MS / 1_000, -1);
  expect(far.percent).toBeLessThan(MOST_PERCENT);
  expect(near.percent).toBeLessThan(MOST_PERCENT);
});

it('twenty servers with limits take no half a percent of one processor more than those without', async () => {
  const none = await start();
  const far = await start({ memory: '1GB', pids: 400 });
  // The looks at its processes come every second: one server is near its limit.
  const near = await start({ memory: `${NEAR_MB}MB`, pids: 400 });
  const all = { none, far, near };
  const extra: Record<'far' | 'near', number[]> = { far: [], near: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const before = Object.values(all).map(({ pid }) => cpuMs(pid));
    const at = performance.now();
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    const ms = performance.now() - at;
    // All of them over the same time, so that what else the machine does is the same for them.
    const [a, b, c] = Object.values(all).map(({ pid }, i) => ((cpuMs(pid) - before[i]!) / ms) * 100);
    extra.far.push(b! - a!);
    extra.near.push(c! - a!);
  }
  const inWords = (values: number[]) => values.map((value) => value.toFixed(3)).join(', ');
  process.stdout.write(`the watch: ${inWords(extra.far)} %; near a limit: ${inWords(extra.near)} %\n`);
  // The watch is in every round; garbage, and a processor that others slow down, are in some.
  expect(Math.min(...extra.far)).toBeLessThan(MOST_PERCENT);
  expect(Math.min(...extra.near)).toBeLessThan(MOST_PERCENT);
});

function processesHere(): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
}
