import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LaunchedProcess, launch } from '../../../src/process/launch.js';
import { MARK_VARIABLE, type Stray } from '../../../src/process/strays.js';
import { terminate } from '../../../src/process/terminate.js';
import { eventually } from '../../helpers/eventually.js';
import { isAlive } from '../../helpers/is-alive.js';

const PATH = process.env.PATH ?? '';
const LONG = 60_000;

/** A server that runs a shell script, which prints the numbers of what it starts. */
async function start(script: string, env: Record<string, string> = {}): Promise<LaunchedProcess> {
  const child = await launch({ command: '/bin/sh', args: ['-c', script], cwd: '/', env: { PATH, ...env } });
  onTestFinished(() => {
    if (isAlive(child.pid)) process.kill(-child.pid, 'SIGKILL');
  });
  child.stderr.resume();
  return child;
}

/** The numbers that it prints, all of which end with the test. */
async function printed(child: LaunchedProcess, count: number): Promise<number[]> {
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  child.stdout.resume();
  await eventually(() => text.split('\n').length > count);
  const pids = text.trim().split('\n').map(Number);
  onTestFinished(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  // The shell that starts it becomes what is meant to run.
  await eventually(() =>
    pids.every((pid) => /^sleep\0|loop/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))),
  );
  return pids;
}

async function end(
  child: LaunchedProcess,
  strayTimeoutMs: number,
  forceSignal?: AbortSignal,
): Promise<Stray[]> {
  const found: Stray[] = [];
  const options = { endTimeoutMs: LONG, termTimeoutMs: LONG, strayTimeoutMs, forceSignal };
  await terminate(child, { ...options, onStrays: (strays) => found.push(...strays) });
  return found;
}

const AWAY = 'setsid sh -c';

describe.runIf(process.platform === 'linux')('what has left the group of its server', () => {
  it('is ended with it: a session of its own, and what is started from there', async () => {
    const child = await start(`${AWAY} 'echo $$; sleep 1000 & echo $!; exec sleep 1000' & cat`);
    const pids = await printed(child, 2);
    const found = await end(child, LONG);
    expect(found.map(({ pid }) => pid).sort()).toEqual(pids.sort());
    expect(found.map(({ name }) => name)).toEqual(['sleep', 'sleep']);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('is ended when the server has ended by itself', async () => {
    const child = await start(`${AWAY} 'echo $$; exec sleep 1000' & read line`);
    const [pid] = await printed(child, 1);
    child.stdin.write('\n');
    await child.exited;
    expect(isAlive(pid!)).toBe(true);
    expect(await end(child, LONG)).toEqual([{ pid, name: 'sleep' }]);
    expect(isAlive(pid!)).toBe(false);
  });

  it.each([
    ['within its time', 200, undefined],
    ['at once when there is a hurry', LONG, AbortSignal.abort()],
  ])('is killed when SIGTERM does not help, %s', async (_, timeoutMs, forceSignal) => {
    const child = await start(`${AWAY} 'trap "" TERM; echo $$; while :; do sleep 1; done # loop' & cat`);
    const [pid] = await printed(child, 1);
    await end(child, timeoutMs, forceSignal);
    expect(isAlive(pid!)).toBe(false);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['the setting is 0', '', {}, 0],
    ['the server is told so', '', { [MARK_VARIABLE]: '' }, LONG],
    ['it takes the mark out of its environment', `env -u ${MARK_VARIABLE}`, {}, LONG],
    ['it has another mark', `env ${MARK_VARIABLE}=other`, {}, LONG],
  ])('runs on when %s', async (_, before, env, timeoutMs) => {
    const child = await start(`${before} ${AWAY} 'echo $$; exec sleep 1000' & cat`, env);
    const [pid] = await printed(child, 1);
    expect(await end(child, timeoutMs)).toEqual([]);
    expect(isAlive(pid!)).toBe(true);
  });

  it('of one server is nothing to another one, nor to a process that nobody has marked', async () => {
    const one = await start(`${AWAY} 'echo $$; exec sleep 1000' & cat`);
    const two = await start(`${AWAY} 'echo $$; exec sleep 1000' & cat`);
    const stranger: ChildProcess = spawn('sleep', ['1000']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    await once(stranger, 'spawn');
    const [[ofOne], [ofTwo]] = [await printed(one, 1), await printed(two, 1)];
    expect((await end(one, LONG)).map(({ pid }) => pid)).toEqual([ofOne]);
    expect([ofTwo!, two.pid, stranger.pid!].map(isAlive)).toEqual([true, true, true]);
    await end(two, LONG);
    expect(isAlive(ofTwo!)).toBe(false);
  });

  it('of an mcp-pipe within a server belongs to both, and no other server of the inner one is touched', async () => {
    const inner = async () =>
      await start(`${AWAY} 'echo $$; exec sleep 1000' & cat`, { [MARK_VARIABLE]: outer.mark! });
    const outer = await start('cat');
    const [one, two] = [await inner(), await inner()];
    const [[ofOne], [ofTwo]] = [await printed(one, 1), await printed(two, 1)];
    expect((await end(one, LONG)).map(({ pid }) => pid)).toEqual([ofOne]);
    expect([ofTwo!, two.pid, outer.pid].map(isAlive)).toEqual([true, true, true]);
    // The inner one was killed before it could end what it had started.
    expect((await end(outer, LONG)).map(({ pid }) => pid)).toContain(ofTwo);
    expect(isAlive(ofTwo!)).toBe(false);
  });
});
