import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LaunchedProcess, launch, type ProcessExit } from '../../../src/process/launch.js';
import { type System, terminate } from '../../../src/process/terminate.js';
import { eventually } from '../../helpers/eventually.js';
import { isAlive } from '../../helpers/is-alive.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const fixtures = join(import.meta.dirname, '../../fixtures/servers');
const fixture = (name: string) => join(fixtures, name);

async function start(command: string, ...args: string[]): Promise<LaunchedProcess> {
  const child = await launch({ command, args, cwd: fixtures, env: { PATH: process.env.PATH ?? '' } });
  onTestFinished(() => {
    if (isAlive(child.pid)) process.kill(-child.pid, 'SIGKILL');
  });
  child.stdout.resume();
  child.stderr.resume();
  return child;
}

async function grandchildOf(child: LaunchedProcess): Promise<number> {
  const [chunk] = await once(child.stdout, 'data');
  return JSON.parse(chunk.toString()).grandchild;
}

async function firstStderr(child: LaunchedProcess): Promise<void> {
  await once(child.stderr, 'data');
}

const LONG = 60_000;

describe.runIf(process.platform !== 'win32')('terminate, on real processes', () => {
  it('ends a server by the end of its stdin alone', async () => {
    const child = await start(process.execPath, fixture('silent.mjs'));
    await firstStderr(child);
    await terminate(child, { endTimeoutMs: LONG, termTimeoutMs: LONG });
    expect(await child.exited).toEqual({ exitCode: 0 });
  });

  it('sends SIGTERM to a server that does not mind its stdin', async () => {
    const child = await start(process.execPath, '-e', 'console.error("up"); setInterval(() => {}, 1e6)');
    await firstStderr(child);
    await terminate(child, { endTimeoutMs: 20, termTimeoutMs: LONG });
    expect(await child.exited).toEqual({ signal: 'SIGTERM' });
  });

  it('sends SIGKILL to a server that ignores SIGTERM', async () => {
    const child = await start(process.execPath, fixture('ignores-sigterm.mjs'));
    await firstStderr(child);
    await terminate(child, { endTimeoutMs: 20, termTimeoutMs: 50 });
    expect(await child.exited).toEqual({ signal: 'SIGKILL' });
  });

  it('ends the server beneath a shell, as beneath npx', async () => {
    const server = `"${process.execPath}" "${fixture('forks-child.mjs')}" silent.mjs`;
    const child = await start('sh', '-c', `${server} & wait`);
    const grandchild = await grandchildOf(child);
    expect(isAlive(grandchild)).toBe(true);
    await terminate(child, { endTimeoutMs: 20, termTimeoutMs: LONG });
    expect(isAlive(child.pid)).toBe(false);
    expect(isAlive(grandchild)).toBe(false);
  });

  it('ends a grandchild that ignores SIGTERM, while its parent obeys', async () => {
    const child = await start(process.execPath, fixture('forks-child.mjs'), 'ignores-sigterm.mjs');
    const grandchild = await grandchildOf(child);
    await terminate(child, { endTimeoutMs: 20, termTimeoutMs: 2_000 });
    expect(await child.exited).toEqual({ signal: 'SIGTERM' });
    expect(isAlive(grandchild)).toBe(false);
  });

  it('sweeps what a server left behind when it exited by itself', async () => {
    const child = await start(process.execPath, fixture('forks-child.mjs'), 'silent.mjs', 'leave');
    const grandchild = await grandchildOf(child);
    expect(await child.exited).toEqual({ exitCode: 3 });
    await terminate(child, { endTimeoutMs: LONG, termTimeoutMs: LONG });
    expect(isAlive(grandchild)).toBe(false);
  });

  it('skips the waits when hurried, also by a second call', async () => {
    const child = await start(process.execPath, fixture('ignores-sigterm.mjs'));
    await firstStderr(child);
    const first = terminate(child, { endTimeoutMs: LONG, termTimeoutMs: LONG });
    const forceSignal = new AbortController();
    const second = terminate(child, {
      endTimeoutMs: LONG,
      termTimeoutMs: LONG,
      forceSignal: forceSignal.signal,
    });
    expect(second).toBe(first);
    forceSignal.abort();
    await first;
    expect(await child.exited).toEqual({ signal: 'SIGKILL' });
  });

  it('is harmless for a process that is long gone', async () => {
    const child = await start(process.execPath, '-e', '');
    await child.exited;
    await terminate(child, { endTimeoutMs: LONG, termTimeoutMs: LONG });
    expect(await child.exited).toEqual({ exitCode: 0 });
  });

  it('ends running servers when this process exits without having closed them', async () => {
    const source = `
      import { launch } from ${JSON.stringify(join(import.meta.dirname, '../../../src/process/launch.ts'))};
      const child = await launch({
        command: process.execPath, args: ['-e', 'console.log(process.pid); setInterval(() => {}, 1e6)'],
        cwd: process.cwd(), env: {},
      });
      child.stdout.once('data', (pid) => { process.stdout.write(pid, () => process.exit(1)); });
      child.stdout.resume();`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [text] = await once(parent.stdout, 'data');
    await eventually(() => !isAlive(Number(text)), { what: 'the end of the orphan' });
  });

  it.each([
    ['exits', 'process.exit(1)'],
    ['breaks', "setImmediate(() => { throw new Error('on purpose') })"],
  ])('ends running servers that mind neither stdin nor SIGTERM when this process %s', async (_, end) => {
    const source = `
      import { launch } from ${JSON.stringify(join(import.meta.dirname, '../../../src/process/launch.ts'))};
      const child = await launch({
        command: process.execPath, args: [${JSON.stringify(fixture('ignores-sigterm.mjs'))}],
        cwd: process.cwd(), env: {},
      });
      child.stderr.once('data', () => { process.stdout.write(String(child.pid), () => ${end}); });
      child.stdout.resume();
      child.stderr.resume();`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [text] = await once(parent.stdout, 'data');
    const pid = Number(text);
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(-pid, 'SIGKILL');
    });
    await eventually(() => !isAlive(pid), { what: 'the end of the orphan' });
  });
});

/** A process and a system that exist only on paper. */
function onPaper(platform: NodeJS.Platform) {
  const deeds: string[] = [];
  const clock = new ManualClock();
  let leave!: (exit: ProcessExit) => void;
  const exited = new Promise<ProcessExit>((resolve) => {
    leave = resolve;
  });
  const stdin = new Writable({
    final: (done) => {
      deeds.push('end stdin');
      done();
    },
  });
  const target = {
    pid: 4242,
    mark: undefined,
    stdin,
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    exited,
  };
  const group = { size: 1 };
  const system: System = {
    platform,
    clock,
    kill: (pid, signal) => {
      if (group.size === 0) throw Object.assign(new Error(), { code: 'ESRCH' });
      if (signal !== 0) deeds.push(`${signal} ${pid}`);
    },
    run: async (command, args) => void deeds.push([command, ...args].join(' ')),
  };
  return { deeds, clock, leave, target, group, system };
}

describe('terminate, step by step', () => {
  it('climbs from the end of stdin over SIGTERM to SIGKILL, waiting between', async () => {
    const { deeds, clock, leave, target, group, system } = onPaper('darwin');
    const done = terminate(target, { endTimeoutMs: 2_000, termTimeoutMs: 3_000 }, system);
    await clock.advance(1_999);
    expect(deeds).toEqual(['end stdin']);
    await clock.advance(2);
    expect(deeds).toEqual(['end stdin', 'SIGTERM -4242']);
    await clock.advance(2_997);
    expect(deeds).toHaveLength(2);
    await clock.advance(3);
    expect(deeds).toEqual(['end stdin', 'SIGTERM -4242', 'SIGKILL -4242']);
    group.size = 0;
    leave({ signal: 'SIGKILL' });
    await clock.advance(1);
    await done;
  });

  it('never signals a group that it has seen empty: the number may belong to somebody else', async () => {
    const { deeds, clock, leave, target, group, system } = onPaper('darwin');
    const done = terminate(target, { endTimeoutMs: 2_000, termTimeoutMs: 3_000 }, system);
    await clock.advance(10);
    group.size = 0;
    leave({ exitCode: 0 });
    await done;
    group.size = 1;
    await clock.advance(60_000);
    await terminate(target, { endTimeoutMs: 2_000, termTimeoutMs: 3_000 }, system);
    expect(deeds).toEqual(['end stdin']);
    expect(clock.pending).toBe(0);
  });

  it('gives up after SIGKILL on what cannot die', async () => {
    const { deeds, clock, leave, target, system } = onPaper('darwin');
    const done = terminate(target, { endTimeoutMs: 1, termTimeoutMs: 1 }, system);
    await clock.advance(1);
    leave({ signal: 'SIGTERM' });
    await clock.advance(2_000);
    await done;
    expect(deeds.at(-1)).toBe('SIGKILL -4242');
  });

  it('uses taskkill on Windows, which has no groups, and only while the process lives', async () => {
    const { deeds, clock, leave, target, system } = onPaper('win32');
    const done = terminate(target, { endTimeoutMs: 100, termTimeoutMs: 100 }, system);
    await clock.advance(100);
    expect(deeds).toEqual(['end stdin', 'taskkill /PID 4242 /T']);
    await clock.advance(100);
    expect(deeds.slice(2)).toEqual(['taskkill /PID 4242 /T /F']);
    leave({ exitCode: 1 });
    await clock.advance(100);
    await done;
    expect(deeds).toHaveLength(3);
  });
});
