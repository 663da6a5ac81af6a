import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { eventually, PATIENCE_MS } from './eventually.js';
import { FakeEndpoint } from './fake-endpoint.js';
import { SHOW_LOG } from './shown-log.js';

export const root = join(import.meta.dirname, '../..');
const program = join(root, 'bin/mcp-pipe.js');

/** Lock files are kept out of the home folder of the user who runs the tests. */
export const stateFolder = join(tmpdir(), `mcp-pipe-tests-${process.pid}`);
/** Packages that are locked meanwhile are kept out of it, too. */
const packagesOfTests = join(stateFolder, 'packages');
process.once('exit', () => rmSync(stateFolder, { recursive: true, force: true }));

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Options of Node.js itself. */
  node?: readonly string[];
  /** A file that is its stdin. Default: none. */
  stdin?: string;
  /** Runs as this user and group; only root can. */
  as?: { uid: number; gid: number };
}

/** The built program, running. Its stdout and stderr are kept apart. */
export class Cli {
  stdout = '';
  stderr = '';
  readonly pid: number;
  /** Exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  readonly #child;

  constructor(args: readonly string[], { cwd, env, node = [], stdin, as }: CliOptions = {}) {
    if (!existsSync(join(root, 'dist/bundle/main.cjs'))) throw new Error('run `npm run build` first');
    const { MCP_ENDPOINT: _, MCP_CONFIG: __, MCP_PIPE_STATE: ___, ...inherited } = process.env;
    // Endpoints of tests are on this machine: a proxy of the environment must not be used for them.
    for (const name of Object.keys(inherited)) if (/_proxy$/i.test(name)) delete inherited[name];
    this.#child = spawn(process.execPath, [...node, program, ...args], {
      cwd: cwd ?? root,
      // Tests read English texts, whatever the locale of the machine is.
      env: {
        ...inherited,
        LC_ALL: 'C',
        XDG_STATE_HOME: stateFolder,
        MCP_PIPE_PACKAGES: packagesOfTests,
        ...env,
      },
      stdio: [stdin === undefined ? 'ignore' : openSync(stdin, 'r'), 'pipe', 'pipe'],
      ...as,
    }) as ChildProcessByStdio<null, Readable, Readable>;
    this.pid = this.#child.pid!;
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      if (SHOW_LOG) process.stderr.write(text);
    });
    this.exited = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => resolve(code ?? signal!)),
    );
    onTestFinished(async () => {
      this.#child.kill('SIGKILL');
      await this.exited;
    });
  }

  /** Closes the reading end of its stdout. */
  closeStdout(): void {
    this.#child.stdout.destroy();
  }

  /** Closes the reading end of its stderr. */
  closeStderr(): void {
    this.#child.stderr.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** The log's JSON lines so far. */
  get log(): Record<string, unknown>[] {
    return this.stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves with the first log line of that event. */
  event(name: string, timeoutMs = PATIENCE_MS): Promise<Record<string, unknown>> {
    return eventually(() => this.log.find(({ event }) => event === name), {
      timeoutMs,
      what: `log event ${name}`,
    });
  }
}

export const folder = () => mkdtemp(join(tmpdir(), 'mcp-pipe-cli-'));

/** A folder to run in, and an endpoint until the test ends. */
export async function folderAndEndpoint(): Promise<{ cwd: string; fake: FakeEndpoint }> {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return { cwd: await folder(), fake };
}

/** All descendants of `pid`, and all processes in the sessions that they started. Linux only. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch (error) {
      // The process ended between two reads.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  const found = new Set([pid]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}

/** Whether a process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
