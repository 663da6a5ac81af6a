import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { freePort } from '../../helpers/free-port.js';

const TTL_MS = 4_000;
const TOKENS = 3;
const MACHINES = 4;

/** Counts the sockets of each token, as an endpoint sees them. */
async function startEndpoint() {
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    createInterface({ input: socket }).once('line', (token) => {
      open.set(token, (open.get(token) ?? 0) + 1);
      most.set(token, Math.max(most.get(token) ?? 0, open.get(token)!));
      socket.once('close', () => open.set(token, open.get(token)! - 1));
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const all = () => [...open.values()].reduce((sum, one) => sum + one, 0);
  return { port: (server.address() as AddressInfo).port, most, all };
}

function redisOn(port: number) {
  const dir = mkdtempSync(join(tmpdir(), 'mcp-pipe-redis-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  let child: ChildProcess | undefined;
  const start = () => {
    const args = [
      '--bind',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--requirepass',
      's3cret',
      '--save',
      '',
      '--dir',
      dir,
    ];
    child = spawn('redis-server', args, { stdio: 'ignore' });
  };
  onTestFinished(() => void child?.kill('SIGKILL'));
  start();
  return { start, kill: () => child!.kill('SIGKILL') };
}

it.runIf(existsSync('/usr/bin/redis-server'))(
  'a machine that was stopped for longer than its lease has its socket still, and closes it when it goes on',
  async () => {
    const endpoint = await startEndpoint();
    const port = await freePort();
    redisOn(port);
    const args = [port, endpoint.port, TTL_MS, 1, 1].map(String);
    const machine = () => {
      const child = fork(join(import.meta.dirname, '../../fixtures/redis-holder.ts'), args, {
        execArgv: ['--import', 'tsx'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const first = machine();
    await eventually(() => endpoint.all() === 1, { what: 'an owner', timeoutMs: 60_000 });
    machine();
    first.kill('SIGSTOP');
    await eventually(() => endpoint.all() === 2, { what: 'the next owner', timeoutMs: 60_000 });
    first.kill('SIGCONT');
    await eventually(() => endpoint.all() === 1, { what: 'one owner again', timeoutMs: TTL_MS });
  },
  240_000,
);

it.runIf(existsSync('/usr/bin/redis-server')).each([1, 2])(
  'with Redis, machines have never more than %i sockets of a token, whatever is killed, stopped or restarted empty',
  async (slots) => {
    const endpoint = await startEndpoint();
    const port = await freePort();
    const redis = redisOn(port);
    const args = [port, endpoint.port, TTL_MS, slots, TOKENS].map(String);
    const machine = () => {
      const child = fork(join(import.meta.dirname, '../../fixtures/redis-holder.ts'), args, {
        execArgv: ['--import', 'tsx'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const machines = Array.from({ length: MACHINES }, machine);
    const wanted = slots * TOKENS;
    const full = (what: string) => eventually(() => endpoint.all() === wanted, { what, timeoutMs: 60_000 });
    await full('an owner for each slot');
    machines[0]!.kill('SIGKILL');
    machines[0] = machine();
    await pause(TTL_MS / 2);
    await full('new owners after SIGKILL');
    redis.kill();
    // No machine can renew: each ends by itself.
    await eventually(() => endpoint.all() === 0, { what: 'no socket without Redis', timeoutMs: 30_000 });
    redis.start();
    await full('owners again, after Redis was away');
    redis.kill();
    redis.start();
    await pause(2 * TTL_MS);
    await full('the same owners, after an empty restart');
    expect([...endpoint.most.values()]).toEqual(Array.from({ length: TOKENS }, () => slots));
  },
  240_000,
);
