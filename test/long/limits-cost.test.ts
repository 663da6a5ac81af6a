import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TreeUsageReader } from '../../src/process/tree-usage.js';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { fixture } from '../helpers/link.js';
import { INITIALIZE, RawHttpSession } from '../helpers/raw-http-session.js';

const SERVERS = 20;
const ROUNDS = 3;
const ROUND_MS = 15_000;
const NEAR_MB = 200;
const TAKEN_MB = 180;
/** Looks at all processes that are made without a pause, so that the clock of the processor has something to count. */
const LOOKS = 100;
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

function childrenOf(pid: number): number[] {
  const all = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return all.split(' ').map(Number);
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

it('the watch over twenty servers takes less than half a percent of one processor', async () => {
  const none = await start();
  const far = await start({ memory: '1GB', pids: 400 });
  // The looks at its processes come every second: one server is near its limit.
  const near = await start({ memory: `${NEAR_MB}MB`, pids: 400 });
  const roots = new Map(childrenOf(far.pid).map((pid) => [String(pid), { pid, life: 1 }]));
  expect(roots.size).toBe(SERVERS);
  const reader = new TreeUsageReader({ own: far.pid });
  const cpu = process.cpuUsage();
  for (let i = 0; i < LOOKS; i++) expect(await reader.read(roots)).toHaveProperty('size', SERVERS);
  const { user, system } = process.cpuUsage(cpu);
  const lookMs = (user + system) / 1_000 / LOOKS;
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
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const [ofFar, ofNear] = [median(extra.far), median(extra.near)];
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  process.stdout.write(
    `one look: ${lookMs.toFixed(2)} ms of a processor; the watch: ${ofFar.toFixed(3)} % of one processor, ${ofNear.toFixed(3)} % near a limit (${processes} processes on the machine)\n`,
  );
  // Every five seconds.
  expect(lookMs / 50).toBeLessThan(MOST_PERCENT);
  expect(ofFar).toBeLessThan(MOST_PERCENT);
  expect(ofNear).toBeLessThan(MOST_PERCENT);
});
