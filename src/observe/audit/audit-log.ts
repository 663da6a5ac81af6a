import type { Audit } from '../../protocol/audit.js';
import { type Clock, systemClock } from '../../time/clock.js';
import { LogFile } from '../log-file.js';
import { AuditLines } from './audit-line.js';

export interface AuditLogOptions {
  /** Absolute path. */
  file: string;
  /** See `LogFileOptions`. */
  maxBytes: number;
  maxOld: number;
  /** Removes secrets from a text. */
  redact: (text: string) => string;
  /** Called when lines cannot be written: once until `onRecovered`, and not more often than every ten minutes. */
  onTrouble: (error: NodeJS.ErrnoException) => void;
  /** Called when lines are written again; `lost`: how many of this run were not. */
  onRecovered: (lost: number) => void;
  /** Called when lines were lost for another reason, at once and then every minute at most; `lost` as above. */
  onLost: (lost: number) => void;
  /** Whether the file ends within a line, of a run that was killed. */
  isTorn?: boolean;
  clock?: Clock;
}

/** Lines are handed on together: those of one turn, or this many characters. */
const TOGETHER = 64 * 1024;
const LOST_AGAIN_MS = 60_000;

/** The audit log of a run: takes entries, keeps no caller waiting, and counts what it cannot write. */
// D261
export class AuditLog {
  readonly #options: AuditLogOptions & { clock: Clock };
  readonly #file: LogFile;
  readonly #lines: AuditLines;
  #waiting = '';
  #isDue = false;
  #lost = 0;
  /** Lost lines that a line tells of already. */
  #toldLost = 0;
  #saidLost = 0;
  #saidAt = Number.NEGATIVE_INFINITY;
  #isInTrouble = false;

  constructor(options: AuditLogOptions) {
    const { file, maxBytes, maxOld, redact, clock = systemClock, isTorn = false } = options;
    this.#options = { ...options, clock };
    this.#lines = new AuditLines(redact);
    this.#file = new LogFile({
      ...{ file, maxBytes, maxOld, clock, isRecord: true },
      onLost: (lines) => this.#lose(lines),
      onTrouble: (error) => {
        this.#isInTrouble = true;
        options.onTrouble(error);
      },
      onRecovered: () => {
        this.#isInTrouble = false;
        this.#saidLost = this.#lost;
        options.onRecovered(this.#lost);
      },
    });
    if (isTorn) this.#file.write('\n');
  }

  /** Lines of this run that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  readonly write: Audit = (entry) => {
    this.#waiting += this.#lines.of(entry, this.#lost > this.#toldLost ? this.#lost : 0);
    this.#toldLost = this.#lost;
    if (this.#waiting.length >= TOGETHER) return this.#hand();
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#hand());
  };

  /** Call it when there are further secrets. */
  forget(): void {
    this.#lines.forget();
  }

  /** Resolves when everything is written or lost, after a few seconds at most. */
  flush(): Promise<void> {
    this.#hand();
    return this.#file.flush();
  }

  /** Writes waiting lines synchronously. Only for the end of the process. */
  flushSync(): void {
    this.#hand();
    this.#file.flushSync();
  }

  /** As `flush`; nothing is written after that. */
  async close(): Promise<void> {
    this.#hand();
    await this.#file.close();
    if (this.#lost > this.#saidLost) this.#options.onLost(this.#lost);
    this.#saidLost = this.#lost;
  }

  #hand(): void {
    this.#isDue = false;
    if (this.#waiting === '') return;
    const lines = this.#waiting;
    this.#waiting = '';
    this.#file.write(lines);
  }

  #lose(lines: number): void {
    const { clock, onLost } = this.#options;
    this.#lost += lines;
    // What has failed has been said, and how many were lost is said when it works again.
    if (this.#isInTrouble || clock.now() - this.#saidAt < LOST_AGAIN_MS) return;
    this.#saidAt = clock.now();
    // The trouble that they were lost for may be told in this turn.
    setImmediate(() => {
      if (this.#isInTrouble || this.#lost === this.#saidLost) return;
      this.#saidLost = this.#lost;
      onLost(this.#lost);
    });
  }
}
