import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

/** Tests with a real Redis run where there is one. */
export const HAS_REDIS = existsSync('/usr/bin/redis-server');

/** A Redis of this test, which keeps nothing: `kill` and `start` make it empty. `more`: options beside the usual ones. */
export async function redisServer(
  more: Record<string, string | number> = {},
  atEnd: (end: () => Promise<void>) => void = onTestFinished,
) {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'mcp-pipe-redis-'));
  let child: ChildProcess | undefined;
  const start = async () => {
    const options = { port, bind: '127.0.0.1', save: '', dir, ...more };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    child = spawn('redis-server', args, { stdio: 'ignore' });
    await eventually(() => answers(port), { what: 'a Redis that answers', everyMs: 20 });
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  atEnd(async () => {
    await kill();
    rmSync(dir, { recursive: true, force: true });
  });
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    /** Says this to it, in words without spaces, and resolves with the beginning of the answer. */
    say: (...words: string[]) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(`${words.join(' ')}\r\n`));
        socket.on('error', reject);
        socket.once('data', (data) => {
          socket.destroy();
          resolve(data.toString());
        });
      }),
    /** It is there, and answers nothing. */
    stop: () => child!.kill('SIGSTOP'),
    goOn: () => child!.kill('SIGCONT'),
  };
}

/** Whether it says PONG now. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on('error', () => end(false));
    socket.once('data', () => end(true));
    socket.setTimeout(1_000, () => end(false));
  });
}
