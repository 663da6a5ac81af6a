import type { Readable } from 'node:stream';
import type { LaunchedProcess, ProcessExit } from '../process/launch.js';
import type { Stray } from '../process/strays.js';
import { type System, terminate, thisSystem } from '../process/terminate.js';
import type { Frame } from '../protocol/frame.js';
import { LineDecoder } from '../protocol/line-decoder.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import type { ServerEnd } from '../protocol/server-end.js';
import type { Clock } from '../time/clock.js';
import { BatchQueue } from './batch-queue.js';
import { StderrLines } from './stderr-lines.js';
import type { CloseReason, CloseRequest, Transport } from './transport.js';
import { writeLines } from './write-lines.js';

export interface StdioOptions {
  /** Lines longer than this, in bytes, go to `onOversize`. */
  maxFrameBytes: number;
  /** With more unread bytes than this, stdout is not read. */
  maxQueuedBytes: number;
  /** How long the process may take to exit after its stdin was ended, in milliseconds. */
  endTimeoutMs: number;
  /** How long the process may take to exit after SIGTERM, in milliseconds. */
  termTimeoutMs: number;
  /**
   * How long processes that have left its group may take after SIGTERM, in milliseconds; 0, the default: they are not
   * ended.
   */
  strayTimeoutMs?: number;
  /** Called with the processes that have left the group and are ended. */
  onStrays?: (strays: readonly Stray[]) => void;
  /** Called with each line of stderr, without its line ending, at most 8 KiB. */
  onStderr: (line: string) => void;
  /** Where the process runs. Default: this machine. */
  system?: System;
}

export interface StdioTransport extends Transport {
  readonly pid: number;
  /** The last 20 lines of stderr; complete once `closed` has settled. */
  stderrTail(): readonly string[];
  /** The end of the process that `closed` reported, as data. */
  endOf(closed: CloseReason): ServerEnd;
}

/** `reason` is set only when the process runs on without one of its pipes. */
export function processEndOf({ code: exitCode, signal, reason }: CloseReason): ServerEnd {
  return reason === undefined ? { kind: 'process', exitCode, signal } : { kind: 'pipe-closed', what: reason };
}

/**
 * A transport over a server process: a frame is a line, in both directions (MCP, "stdio" transport). Frames to send must
 * hold no line breaks.
 *
 * `closed` settles when the process has exited and its last lines have been read. `close` resolves when its whole group has
 * ended as well. When the process exits on its own, the processes that it leaves behind are ended, too.
 */
export function stdioTransport(process: LaunchedProcess, options: StdioOptions): StdioTransport {
  return new Stdio(process, options);
}

/**
 * A process that exits within this time after its pipes were closed counts as exited. On a busy machine its exit is
 * reported some hundred milliseconds after the end of stdout; without this wait its exit code would be lost.
 */
const EXIT_GRACE_MS = 500;

class Stdio implements StdioTransport {
  readonly pid: number;
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  readonly endOf = processEndOf;
  onOversize: ((message: OversizeMessage) => void) | undefined;
  readonly #process: LaunchedProcess;
  readonly #options: StdioOptions;
  readonly #system: System;
  readonly #lines: LineDecoder;
  readonly #stderr: StderrLines;
  #closedLocally = false;
  #exited = false;
  #waiting: (() => void)[] = [];
  #giveUp: (reason: CloseReason) => void = () => {};
  #cancelGrace: () => void = () => {};

  constructor(process: LaunchedProcess, options: StdioOptions) {
    const { stdin, stdout, stderr, exited } = process;
    this.#process = process;
    this.#options = options;
    this.#system = options.system ?? thisSystem;
    this.pid = process.pid;
    this.#lines = new LineDecoder(options.maxFrameBytes, (line) => this.onOversize?.(line));
    this.#stderr = new StderrLines(options.onStderr);
    this.batches = new BatchQueue({
      maxQueuedBytes: options.maxQueuedBytes,
      // The rest in the pipe of an exited process is small, and has to be read before the end of the pipe is reported.
      onFull: () => void (this.#exited || stdout.pause()),
      // Not at once: one read of a pipe gives up to 32 chunks, each with tens of thousands of short lines, and no other
      // link would have a turn before the last of them.
      onRoom: () =>
        void setImmediate(() => {
          if (!this.batches.isFull) stdout.resume();
        }),
    });
    stdout.on('data', (chunk: Buffer) => this.#pushAll(this.#lines.push(chunk)));
    stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    stdin.on('drain', () => this.#release());
    stdin.on('close', () => this.#release());
    // A server that has closed one of its pipes can take no requests any more. It is ended if it does not exit.
    stdin.on('error', () => this.#onPipeClosed('closed its stdin'));
    stdout.once('end', () => this.#onPipeClosed('closed its stdout'));
    stdout.resume();
    stderr.resume();
    this.closed = Promise.race([
      exited.then((exit) => this.#end(exit)),
      new Promise<CloseReason>((resolve) => {
        this.#giveUp = resolve;
      }),
    ]);
  }

  stderrTail(): readonly string[] {
    return this.#stderr.tail;
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    const { stdin } = this.#process;
    if (!stdin.writable || batch.length === 0) return undefined;
    writeLines(stdin, batch);
    // The stream reports that it is full, but the system has taken all bytes: the sender need not wait.
    if (!stdin.writableNeedDrain || stdin.writableLength === 0) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close({ forceSignal }: CloseRequest = {}): Promise<CloseReason> {
    this.#closedLocally ||= !this.#exited;
    await this.#terminate(forceSignal);
    return this.closed;
  }

  #terminate(forceSignal?: AbortSignal): Promise<void> {
    const { endTimeoutMs, termTimeoutMs, strayTimeoutMs, onStrays } = this.#options;
    const waits = { endTimeoutMs, termTimeoutMs, strayTimeoutMs, onStrays, forceSignal };
    return terminate(this.#process, waits, this.#system);
  }

  /** The process has closed a pipe. Usually it is about to exit, and only a little slower than its pipes. */
  #onPipeClosed(reason: string): void {
    void this.#terminate();
    if (this.#exited || this.#closedLocally) return;
    this.#cancelGrace();
    // Before the SIGTERM that `terminate` sends.
    const graceMs = Math.min(EXIT_GRACE_MS, this.#options.endTimeoutMs / 2);
    this.#cancelGrace = this.#system.clock.after(graceMs, () => {
      if (this.#exited || this.#closedLocally) return;
      this.batches.end();
      this.#release();
      this.#giveUp({ by: 'remote', reason });
    });
  }

  async #end(exit: ProcessExit): Promise<CloseReason> {
    this.#exited = true;
    this.#cancelGrace();
    const by = this.#closedLocally ? 'local' : 'remote';
    // At once, before the system can give the process id to another process.
    void this.#terminate();
    const { stdin, stdout, stderr } = this.#process;
    stdout.resume();
    await leftoversRead(stdout, stderr, this.#system.clock);
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    this.#pushAll(this.#lines.end());
    this.#stderr.end();
    this.batches.end();
    this.#release();
    return {
      by,
      ...(exit.exitCode === undefined ? {} : { code: exit.exitCode }),
      ...(exit.signal === undefined ? {} : { signal: exit.signal }),
    };
  }

  #pushAll(lines: readonly Frame[]): void {
    for (const line of lines) this.batches.add(line);
    this.batches.handOn();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Time between two checks of the pipes of an exited process, in milliseconds. */
const LOOK_EVERY_MS = 25;
/** After this many checks the output of the process itself has been read; later output is of its descendants. */
const MAX_LOOKS = 3;

/**
 * Resolves when the pipes of an exited process have been read. A descendant may keep them open, and even write to them. The
 * output of the process itself is in the pipe by now, so it has been read when stdout is silent for a short time.
 */
async function leftoversRead(stdout: Readable, stderr: Readable, clock: Clock): Promise<void> {
  const unread = [stdout, stderr].filter((pipe) => !pipe.closed && !pipe.readableEnded);
  if (unread.length === 0) return;
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
  };
  stdout.on('data', count);
  const ends = unread.map(
    (pipe) =>
      new Promise<void>((resolve) => {
        pipe.once('end', resolve);
        pipe.once('close', resolve);
      }),
  );
  let cancel = () => {};
  const quiet = new Promise<void>((resolve) => {
    let before = 0;
    let looks = 0;
    const look = () => {
      // The event loop reads after the timers, and then runs this: a stalled loop does not lose the last lines.
      setImmediate(() => {
        looks += 1;
        if ((looks > 1 && bytes === before) || looks === MAX_LOOKS) return resolve();
        before = bytes;
        cancel = clock.after(LOOK_EVERY_MS, look);
      });
    };
    cancel = clock.after(LOOK_EVERY_MS, look);
  });
  await Promise.race([Promise.all(ends), quiet]);
  cancel();
  stdout.off('data', count);
}
