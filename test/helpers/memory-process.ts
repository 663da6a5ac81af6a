import { Readable, Writable } from 'node:stream';
import type { LaunchedProcess, ProcessExit } from '../../src/process/launch.js';
import type { System } from '../../src/process/terminate.js';
import { clock } from './clock.js';

/** Replaces `process` for a fixture: see test/fixtures/servers/_host.mjs. */
export interface Host {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly hasEnded: boolean;
  exit(code?: number): void;
  delay(ms: number): Promise<void>;
  nextTurn(): Promise<void>;
  now(): number;
  block(ms: number): Promise<void>;
  stay(): void;
  onSigterm(act: () => void): void;
  closePipe(fd: 0 | 1): void;
  crash(error: unknown): void;
  sayReady(): void;
}

/** A fixture serves until its promise settles; a number is the exit code. */
export type Fixture = (host: Host) => Promise<number | undefined>;

/** About the time that Node.js takes to start, in milliseconds. */
const BOOT_MS = 30;
/** Larger than every process id of a system, so that a misdirected signal hits no process. */
const FIRST_PID = 2 ** 30;

const processes = new Map<number, MemoryProcess>();
let lastPid = FIRST_PID;

/** The operating system of processes in memory. */
export const memorySystem: System = {
  platform: 'linux',
  kill: (pid, signal) => signalInMemory(Math.abs(pid), signal),
  run: async () => {},
  clock,
};

/** As `process.kill`, for processes in memory: throws ESRCH when there is none. */
export function signalInMemory(pid: number, signal: NodeJS.Signals | 0): void {
  const found = processes.get(pid);
  if (!found) throw Object.assign(new Error(`no process ${pid} in memory`), { code: 'ESRCH' });
  found.signal(signal);
}

/** Starts one life of a fixture. */
export function launchInMemory(
  fixture: Fixture,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): LaunchedProcess {
  return new MemoryProcess(fixture, args, env);
}

/** One life of a fixture, as its parent sees it; the fixture itself sees `host`. */
class MemoryProcess implements LaunchedProcess {
  readonly pid = ++lastPid;
  /** Processes that it leaves behind are not searched for. */
  readonly mark = undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
  readonly #pipes = { stdin: new Pipe(), stdout: new Pipe(), stderr: new Pipe() };
  readonly #timers = new Set<() => void>();
  #settle: (exit: ProcessExit) => void = () => {};
  #hasEnded = false;
  #stays = false;
  #exitCode: number | undefined;
  #hasReturned = false;
  #onSigterm: (() => void) | undefined;

  constructor(fixture: Fixture, args: readonly string[], env: Readonly<Record<string, string>>) {
    const { stdin, stdout, stderr } = this.#pipes;
    this.stdin = stdin.writable;
    this.stdout = stdout.readable;
    this.stderr = stderr.readable;
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.on('error', () => {});
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
    processes.set(this.pid, this);
    void this.#boot(fixture, args, env);
  }

  signal(signal: NodeJS.Signals | 0): void {
    if (signal === 'SIGSTOP') this.#pipes.stdin.hold();
    else if (signal === 'SIGTERM' && this.#onSigterm) this.#onSigterm();
    else if (signal !== 0) this.#end({ signal });
  }

  async #boot(fixture: Fixture, args: readonly string[], env: Readonly<Record<string, string>>) {
    await this.#delay(BOOT_MS);
    const host = this.#host(args, env);
    try {
      this.#exitCode = await fixture(host);
      this.#hasReturned = true;
      this.#leaveIfIdle();
    } catch (error) {
      host.crash(error);
    }
  }

  #host(args: readonly string[], env: Readonly<Record<string, string>>): Host {
    const { stdin, stdout, stderr } = this.#pipes;
    const isEnded = () => this.#hasEnded;
    return {
      ...{ args, env, pid: this.pid },
      ...{ stdin: stdin.readable, stdout: stdout.writable, stderr: stderr.writable },
      get hasEnded() {
        return isEnded();
      },
      exit: (exitCode = 0) => this.#end({ exitCode }),
      delay: (ms) => this.#delay(ms),
      nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
      now: () => clock.now(),
      block: async (ms) => {
        stdin.hold();
        await this.#delay(ms);
        stdin.release();
      },
      stay: () => {
        this.#stays = true;
      },
      onSigterm: (act) => {
        this.#onSigterm = act;
      },
      closePipe: (fd) => (fd === 0 ? stdin.breakOff() : stdout.end()),
      sayReady: () => {},
      crash: (error) => {
        stderr.writable.write(`${error instanceof Error ? error.stack : error}\n`);
        this.#end({ exitCode: 1 });
      },
    };
  }

  /** The promise of a timer does not settle once the process has ended. */
  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, () => {
        this.#timers.delete(cancel);
        resolve();
        // By then, code that waited for the timer has begun its next wait.
        setImmediate(() => this.#leaveIfIdle());
      });
      this.#timers.add(cancel);
    });
  }

  /** As in Node.js: the process exits when nothing keeps it alive. */
  #leaveIfIdle(): void {
    if (this.#hasReturned && !this.#stays && this.#timers.size === 0)
      this.#end({ exitCode: this.#exitCode ?? 0 });
  }

  #end(exit: ProcessExit): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const cancel of this.#timers) cancel();
    processes.delete(this.pid);
    const { stdin, stdout, stderr } = this.#pipes;
    stdin.breakOff();
    stdout.end();
    stderr.end();
    this.#settle(exit);
  }
}

/** Bytes that fit into a pipe before the writer has to wait. */
const PIPE_BYTES = 64 * 1024;
/** Delay of written bytes, in milliseconds: an answer never comes at the same moment as its request. */
const PIPE_MS = 0.1;

/** Bytes written at one end are read at the other; a full pipe lets the writer wait. */
class Pipe {
  readonly readable: Readable;
  readonly writable: Writable;
  #isHeld = false;
  #isBroken = false;
  #hasEnded = false;
  /** Runs when the reader goes on. */
  #waiting: (() => void) | undefined;

  constructor() {
    this.readable = new Readable({ highWaterMark: PIPE_BYTES, read: () => this.#goOn() });
    this.writable = new Writable({
      highWaterMark: PIPE_BYTES,
      write: (chunk: Buffer, _encoding, taken) => this.#carry(chunk, taken),
      writev: (chunks, taken) => this.#carry(Buffer.concat(chunks.map(({ chunk }) => chunk)), taken),
      final: (done) => this.#arrive(() => this.#close(done)),
    });
  }

  /** Stops reading for a while. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#goOn();
  }

  /** From now on writing fails with EPIPE: the process has closed the pipe. */
  breakOff(): void {
    this.#isBroken = true;
    this.#goOn();
  }

  /** The reader gets what was written, and then the end. */
  end(): void {
    this.#arrive(() => this.#close());
  }

  #carry(bytes: Buffer, taken: (error?: Error) => void): void {
    if (this.#isBroken) return taken(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    this.#arrive(() => {
      if (this.#isBroken || this.#hasEnded || this.readable.push(bytes)) taken();
      else this.#waiting = taken;
    });
  }

  #arrive(act: () => void): void {
    clock.after(PIPE_MS, () => {
      if (this.#isHeld && !this.#isBroken) this.#waiting = act;
      else act();
    });
  }

  #close(done = () => {}): void {
    if (!this.#hasEnded) this.readable.push(null);
    this.#hasEnded = true;
    done();
  }

  #goOn(): void {
    if (this.#isHeld && !this.#isBroken) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
