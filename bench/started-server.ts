import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** What a tree of processes takes. */
export interface TreeMemory {
  /** Resident memory, as `ps` shows it: pages that processes share count for each. */
  rssMb: number;
  /** The same, with shared pages divided among those that share them (proc(5), smaps_rollup). */
  pssMb: number;
  processes: number;
}

export interface StartedCommand {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
}

const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};
/** A first start downloads. */
const ANSWER_TIMEOUT_MS = 180_000;
/** Most servers end when their standard input does. */
const END_TIMEOUT_MS = 3_000;

/** A server on standard input and output that the bench has started itself. */
export class StartedServer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, (answer: unknown) => void>();
  readonly #ended: Promise<undefined>;
  #said = '';
  #nextId = 0;

  constructor({ command, args, env, cwd }: StartedCommand) {
    // In a group of its own, so that all of it can be ended.
    this.#process = spawn(command, args, { env, cwd, detached: true });
    this.#ended = new Promise((resolve) => {
      this.#process.on('exit', () => resolve(undefined));
      this.#process.on('error', (error) => {
        this.#said += error.message;
        resolve(undefined);
      });
    });
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-1_000);
    });
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#take(line));
  }

  /** Resolves when the server has answered `initialize`. */
  async initialize(): Promise<void> {
    await this.ask('initialize', INITIALIZE);
    this.#send({ method: 'notifications/initialized' });
  }

  /** @throws when there is no answer. */
  async ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#nextId;
    const answered = new Promise((resolve) => this.#pending.set(id, resolve));
    this.#send({ id, method, params });
    const answer = await Promise.race([
      answered,
      delay(ANSWER_TIMEOUT_MS, undefined, { ref: false }),
      this.#ended,
    ]);
    if (answer === undefined) throw new Error(`no answer to ${method}: ${this.#said}`);
    return answer;
  }

  memory(): TreeMemory {
    return memoryOfTree(this.#process.pid!);
  }

  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#process.stdin.end();
    await Promise.race([this.#ended, delay(END_TIMEOUT_MS)]);
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
    await this.#ended;
  }

  /** Asks it to end as the system does; what is left after a while is ended. */
  async terminate(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined) return;
    this.#process.kill('SIGTERM');
    await Promise.race([this.#ended, delay(5 * END_TIMEOUT_MS)]);
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
    await this.#ended;
  }

  #send(message: object): void {
    this.#process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #take(line: string): void {
    try {
      const { id, method, ...answer } = JSON.parse(line) as { id?: number; method?: string };
      if (id === undefined || method !== undefined) return;
      this.#pending.get(id)?.(answer);
      this.#pending.delete(id);
    } catch {
      // Not every server keeps its standard output to itself.
    }
  }
}

/** @param pid Of its first process. */
export function memoryOfTree(pid: number): TreeMemory {
  const total = { rssMb: 0, pssMb: 0, processes: 0 };
  for (const one of treeOf(pid)) {
    const rollup = readOrNothing(`/proc/${one}/smaps_rollup`);
    const of = (field: string) =>
      (Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) * 1_024) / 1e6;
    total.rssMb += of('Rss');
    total.pssMb += of('Pss');
    total.processes += 1;
  }
  return total;
}

function treeOf(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOrNothing(`/proc/${name}/stat`);
    // proc(5): the name in field 2 may hold spaces and brackets; field 4 is the parent.
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = new Set([root]);
  // A set is gone through up to what is added meanwhile.
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.add(child);
  return [...found];
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
