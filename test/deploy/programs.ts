import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { needed } from './shipped.js';

/** What a program that has ended has said. */
export interface Said {
  code: number | null;
  output: string;
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[]): Said {
  const { status, stdout, stderr } = spawnSync(needed(program), args, { encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
}

/** What a program has said when it has ended; it ends with the test at the latest. */
export function ended(child: ChildProcess): Promise<Said> {
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

/** A program of this system that serves a port. It ends with the test. */
export class Program {
  readonly #child: ChildProcess;
  output = '';

  private constructor(program: string, args: readonly string[]) {
    this.#child = spawn(needed(program), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-20_000);
      });
    onTestFinished(() => this.kill('SIGTERM'));
  }

  /** Resolves when it listens. @throws Error with what it has said, when it ends before */
  static async start(program: string, args: readonly string[], port: number): Promise<Program> {
    const one = new Program(program, args);
    const what = `${program} on port ${port}`;
    await eventually(() => !one.isRunning || isOpen(port), { what });
    if (!one.isRunning) throw new Error(`${program} has ended:\n${one.output}`);
    return one;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it has exited. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Processes that this one has started, and that run. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}
