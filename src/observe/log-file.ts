import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  open,
  openSync,
  type Stats,
} from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../process/make-folder.js';
import { type Clock, systemClock } from '../time/clock.js';
import { linesIn, StderrSink } from './stderr-sink.js';

export interface LogFileOptions {
  /** Absolute path. */
  file: string;
  /** When the file has this many bytes it is renamed to `file.1`, and a new one is begun. */
  maxBytes?: number;
  /** Number of renamed files that are kept: `file.1` is the latest. */
  maxOld?: number;
  /**
   * It is a record, not a help: only an ordinary file of this user without other names is written to, and no link is
   * followed; only this user may read it, whatever the umask; and what was written is never cut: in a folder that cannot be
   * written, the file grows to the size of all files, and further lines are lost.
   */
  isRecord?: boolean;
  /** Called with the number of lines that were not written, or not as a whole. */
  onLost?: (lines: number) => void;
  /** Called when lines cannot be written: once until `onRecovered`, and not more often than every ten minutes. */
  onTrouble: (error: NodeJS.ErrnoException) => void;
  /** Called when lines are written again after `onTrouble`. */
  onRecovered: () => void;
  clock?: Clock;
}

/** Weeks of a quiet run; every editor opens it. */
const MAX_BYTES = 10 * 1024 * 1024;
/** With the current file 60 MiB at most. */
const MAX_OLD = 5;
/** How often, while lines are written, the file is looked for (another program may have moved it), or tried again. */
const LOOK_EVERY_MS = 5_000;
const TROUBLE_AGAIN_MS = 600_000;
// Without O_NONBLOCK, opening a named pipe would wait for its reader. Windows has neither.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
const NO_LINK = constants.O_NOFOLLOW ?? 0;
/** The log names servers and what they print. */
const OWNER_ONLY = 0o600;

/**
 * A log file that is bounded in size, and whose faults never reach the run: a full disk, a folder that is gone, a file that
 * another program has moved. Lines are written without blocking (`StderrSink`), and dropped while they cannot be written.
 */
// D135
export class LogFile {
  readonly #options: Required<LogFileOptions>;
  #open: { fd: number; sink: StderrSink } | undefined;
  /** Bytes of the file, those that wait included. */
  #bytes = 0;
  /** Said by `onTrouble`, and not better since. */
  #isInTrouble = false;
  /** The last line may be there in part. */
  #isTorn = false;
  /** The file could not be renamed. */
  #isStuck = false;
  #saidAt = Number.NEGATIVE_INFINITY;
  #lookedAt: number;
  #changing: Promise<void> | undefined;

  /** Opens the file at once, so that the first line is not lost and a wrong path is reported early. */
  constructor(options: LogFileOptions) {
    this.#options = {
      ...{ maxBytes: MAX_BYTES, maxOld: MAX_OLD, isRecord: false, onLost: () => {}, clock: systemClock },
      ...options,
    };
    this.#lookedAt = this.#options.clock.now();
    try {
      this.#use(openSync(options.file, this.#flags, OWNER_ONLY));
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  /** Takes one line or several, each with its end. */
  write(lines: string): void {
    const { clock, maxBytes, maxOld, onLost } = this.#options;
    if (this.#open && !(this.#isStuck && this.#bytes >= maxBytes * (maxOld + 1))) {
      this.#open.sink.write(lines);
      this.#bytes += Buffer.byteLength(lines);
    } else onLost(linesIn(lines));
    if (this.#changing) return;
    const isDue = clock.now() - this.#lookedAt >= LOOK_EVERY_MS;
    const isFull = this.#open !== undefined && this.#bytes >= maxBytes;
    if (!isDue && (!isFull || this.#isStuck)) return;
    this.#lookedAt = clock.now();
    this.#changing = (isFull ? this.#rotate() : this.#look())
      .catch((error) => this.#failed(error))
      .finally(() => {
        this.#changing = undefined;
      });
  }

  /** Resolves when everything is written or dropped, after a few seconds at most. */
  async flush(): Promise<void> {
    await this.#changing;
    await this.#open?.sink.flush();
  }

  /** Writes waiting lines synchronously. Only for the end of the process. */
  flushSync(): void {
    this.#open?.sink.flushSync();
  }

  /** As `flush`; nothing is written after that. */
  async close(): Promise<void> {
    await this.flush();
    const open = this.#open;
    this.#open = undefined;
    if (open?.sink.idle) closeSync(open.fd);
  }

  get #flags(): number {
    return this.#options.isRecord ? FLAGS | NO_LINK : FLAGS;
  }

  async #rotate(): Promise<void> {
    const { file, maxOld, isRecord } = this.#options;
    try {
      await rm(`${file}.${maxOld}`, { force: true });
      for (let n = maxOld - 1; n >= 1; n--) await renamed(`${file}.${n}`, `${file}.${n + 1}`);
      await renamed(file, `${file}.1`);
    } catch (error) {
      if (isRecord) {
        this.#isStuck = true;
        throw error;
      }
      // In a folder that cannot be written, the file begins anew, so that it stays within its bounds.
      if (this.#open) ftruncateSync(this.#open.fd, 0);
      this.#bytes = 0;
      throw error;
    }
    await this.#reopen();
  }

  /** Opens the file again when it is not the one that lines are written to, and reports when all is well again. */
  async #look(): Promise<void> {
    const { file, onRecovered } = this.#options;
    const found = await stat(file).catch(unlessMissing);
    if (!this.#open || !found) return await this.#reopen();
    const own = fstatSync(this.#open.fd);
    if (own.ino !== found.ino || own.dev !== found.dev) return await this.#reopen();
    // The lines since the last look were written without an error.
    if (this.#isInTrouble && !this.#isStuck && this.#open.sink.idle) {
      this.#isInTrouble = false;
      onRecovered();
    }
  }

  async #reopen(): Promise<void> {
    const { file } = this.#options;
    makeFolder(dirname(file), 0o700);
    const fd = await promisify(open)(file, this.#flags, OWNER_ONLY);
    // Only now: it may have been lost meanwhile, and is closed then.
    const old = this.#open;
    this.#use(fd);
    this.#isStuck = false;
    if (!old) return;
    // A descriptor is not closed while bytes are on their way to it.
    while (!old.sink.idle) await old.sink.flush();
    closeSync(old.fd);
  }

  #use(fd: number): void {
    try {
      const status = fstatSync(fd);
      if (!status.isFile()) throw Object.assign(new Error('it is no ordinary file'), { code: 'ENOTFILE' });
      if (this.#options.isRecord) mustBeRecord(fd, status);
      const onEnd = (error: Error, lost: number) => this.#lost(fd, error, lost);
      const sink = new StderrSink(fd, {
        ...{ clock: this.#options.clock, onEnd },
        onDropped: (count) => this.#options.onLost(count),
      });
      // A disk without room may have taken the first part of a line.
      if ((this.#isInTrouble || this.#isTorn) && status.size > 0) sink.write('\n');
      this.#isTorn = false;
      this.#open = { fd, sink };
      this.#bytes = status.size;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** A line could not be written to this descriptor. */
  #lost(fd: number, error: Error, lost: number): void {
    if (this.#open?.fd === fd) {
      this.#open = undefined;
      this.#isTorn = true;
      closeSync(fd);
    }
    this.#failed(error);
    if (lost > 0) this.#options.onLost(lost);
  }

  #failed(error: Error): void {
    const { clock, onTrouble } = this.#options;
    if (this.#isInTrouble || clock.now() - this.#saidAt < TROUBLE_AGAIN_MS) return;
    this.#isInTrouble = true;
    this.#saidAt = clock.now();
    // The caller may be in the middle of writing a line.
    setImmediate(() => onTrouble(error));
  }
}

/** A file that leads elsewhere, or that others share, would give away what is written, or destroy what is theirs. */
function mustBeRecord(fd: number, { uid, nlink, mode }: Stats): void {
  // Windows has neither users nor modes of this kind.
  if (process.getuid === undefined) return;
  if (uid !== process.getuid())
    throw Object.assign(new Error('it belongs to another user'), { code: 'ENOTOWN' });
  if (nlink > 1)
    throw Object.assign(new Error('it has another name as well (a hard link)'), { code: 'ELINKED' });
  if ((mode & 0o777) !== OWNER_ONLY) fchmodSync(fd, OWNER_ONLY);
}

async function renamed(from: string, to: string): Promise<void> {
  await rename(from, to).catch(unlessMissing);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
