import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { directCommand, footprintEnv, locked } from './footprint-locked.js';
import {
  type Footprint,
  type FootprintReport,
  type Round,
  reportOf,
  WAYS,
  type Way,
} from './footprint-report.js';
import { type FootprintServer, footprintServers, placed } from './footprint-servers.js';
import { WHOLE_WAYS, type WholeWay, whole } from './footprint-whole.js';
import { type StartedCommand, StartedServer } from './started-server.js';

export interface FootprintOptions {
  rounds: number;
  /** All ten; else the six that are common. */
  all: boolean;
  /** Called with each step. */
  onProgress: (text: string) => void;
}

type CommandOf = (server: FootprintServer, way: Way) => Promise<StartedCommand>;

/** After the last call, until memory is read: what a start leaves behind is collected by then. */
const SETTLE_MS = 3_000;

/**
 * Published servers, by npx and uvx as a configuration has them, and started directly from what `mcp-pipe lock` has locked. In each
 * round all servers of a way are started one after
 * the other, answer a call, and run together while their memory is read.
 */
export async function footprint({ rounds, all, onProgress }: FootprintOptions): Promise<FootprintReport> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-footprint-'));
  execFileSync('git', ['init', '--quiet', folder]);
  const page = createServer((_, response) =>
    response.setHeader('content-type', 'text/plain').end('a page of the bench'),
  );
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const { port } = page.address() as AddressInfo;
  const env = footprintEnv();
  try {
    const servers = footprintServers()
      .filter(({ common }) => all || common)
      .map((server) => placed(server, { folder, url: `http://127.0.0.1:${port}/` }));
    onProgress('mcp-pipe lock');
    const { lockFile, lockMs } = await locked(servers, folder, env);
    onProgress(`locked in ${(lockMs / 1_000).toFixed(0)} s`);
    const commandOf: CommandOf = async (server, way) => {
      const { command, args } = server;
      const written = { command, args, env: { ...env, ...server.env }, cwd: folder };
      return way === 'written' ? written : directCommand(server, written, lockFile);
    };
    for (const server of servers) {
      onProgress(`${server.name} is tried`);
      // Both ways have been started before anything is measured: downloads are there, and what Python compiles.
      for (const way of WAYS) await (await started(server, () => commandOf(server, way))).server.stop();
    }
    const six = servers.filter(({ common }) => common);
    const wholeOf = (way: WholeWay) => whole({ way, servers: six, lockFile, folder, env });
    onProgress('mcp-pipe learns what the servers list');
    // Servers that start on demand are known from a run before.
    await wholeOf('demand');
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const found: Round = { load: loadavg()[0]!, ways: {}, whole: {} };
      // The way that goes first changes from round to round.
      for (const way of round % 2 === 0 ? WAYS : [...WAYS].reverse()) {
        onProgress(`round ${round + 1} of ${rounds}: ${way}`);
        found.ways[way] = await together(servers, way, commandOf);
      }
      for (const way of round % 2 === 0 ? WHOLE_WAYS : [...WHOLE_WAYS].reverse()) {
        onProgress(`round ${round + 1} of ${rounds}: mcp-pipe with the six, ${way}`);
        found.whole[way] = await wholeOf(way);
      }
      measured.push(found);
    }
    return reportOf(servers, measured, {
      node: process.version,
      ...{ npm: said('npm', env), uv: said('uv', env), python: said('python3', env) },
      ...{ cpu: cpus()[0]?.model ?? '?', cores: cpus().length, memoryMb: Math.round(totalmem() / 1e6) },
    });
  } finally {
    page.close();
    page.closeAllConnections();
    await rm(folder, { recursive: true });
  }
}

/** What each of them takes while all run. */
async function together(
  servers: readonly FootprintServer[],
  way: Way,
  commandOf: CommandOf,
): Promise<Record<string, Footprint>> {
  const running: { name: string; startMs: number; server: StartedServer }[] = [];
  try {
    for (const server of servers)
      running.push({ name: server.name, ...(await started(server, () => commandOf(server, way))) });
    await delay(SETTLE_MS);
    return Object.fromEntries(
      running.map(({ name, startMs, server }) => [name, { startMs, ...server.memory() }]),
    );
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
}

/** It has answered `initialize` after `startMs`, which holds what mcp-pipe does before it starts a process, and one call since. */
async function started({ call }: FootprintServer, commandOf: () => Promise<StartedCommand>) {
  const from = performance.now();
  const server = new StartedServer(await commandOf());
  try {
    await server.initialize();
    const startMs = performance.now() - from;
    await server.ask('tools/call', call);
    return { server, startMs };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function said(program: string, env: NodeJS.ProcessEnv): string {
  return execFileSync(program, ['--version'], { env, encoding: 'utf8' }).trim().replace(/^\D+/, '');
}

/** Runs this part of the bench, and writes what it has found. */
export async function runFootprint(options: FootprintOptions & { out: string }): Promise<FootprintReport> {
  const report = await footprint(options);
  await writeFile(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
  return report;
}
