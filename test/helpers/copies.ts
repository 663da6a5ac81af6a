import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Cli, folder } from './cli.js';
import { eventually } from './eventually.js';
import { fixture } from './link.js';

export const tiny = { command: '/bin/sh', args: [fixture('tiny.sh')] };
export const json = ['--log-format', 'json', '--log-level', 'debug'];

export async function start() {
  const endpoint = await startEndpoint({ port: 0 });
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** The state of one user on one machine: lock files, and a folder with a configuration. */
export function place(): { env: Record<string, string> } {
  const state = mkdtempSync(join(tmpdir(), 'mcp-pipe-state-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  return { env: { XDG_STATE_HOME: state, XDG_RUNTIME_DIR: state } };
}

export async function configured(servers: Record<string, object>, more: object = {}): Promise<string> {
  const cwd = await folder();
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: servers, ...more }));
  return cwd;
}

export function linksOf(copy: Cli, name: string): unknown[] {
  return [...new Set(copy.log.flatMap(({ event, link }) => (event === name ? [link] : [])))];
}

/** Starts two copies at the same instant, several times: each time one connects and the other waits. */
export async function raceOfCopies(starts: number): Promise<void> {
  const endpoint = await start();
  const { env } = place();
  const cwd = await configured({ race: { ...tiny, endpoint: endpoint.serverUrl('race') } });
  for (let i = 0; i < starts; i++) {
    const copies = [new Cli(json, { cwd, env }), new Cli(json, { cwd, env })];
    const isDecided = () => {
      const winners = copies.filter((copy) => linksOf(copy, 'client-initialized').length > 0);
      const losers = copies.filter((copy) => linksOf(copy, 'lease-waiting').length > 0);
      return winners.length === 1 && losers.length === 1 && winners[0] !== losers[0];
    };
    await eventually(isDecided, { timeoutMs: 60_000, what: `one winner and one loser, start ${i}` });
    // The next two copies contend for the locks that these leave behind.
    for (const copy of copies) copy.signal('SIGKILL');
    await Promise.all(copies.map(({ exited }) => exited));
  }
  expect(endpoint.stats.accepted).toBe(starts);
  expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
}
