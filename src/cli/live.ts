import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../observe/display-width.js';
import type { LiveLines } from '../observe/live-lines.js';
import { type Clock, idleClock } from '../time/clock.js';

/** Where a terminal's bytes go: `StderrSink`, or what a test reads. */
export interface TerminalOut {
  /** False while earlier bytes still wait for the terminal (Ctrl-S, a slow line). */
  readonly idle: boolean;
  write(text: string): void;
  /** Before it returns. */
  writeNow(text: string): void;
}

export interface LiveBlockOptions {
  out: TerminalOut;
  /** Asked again after a change of size. */
  size: () => { columns: number; rows: number };
  /** Whether lines that no longer fit are wrapped, as most terminals do, or cut. Default true. */
  reflows?: boolean;
  clock?: Pick<Clock, 'now' | 'after'>;
  /** Returns true while another program has the terminal: nothing may be drawn or erased then. */
  inBackground?: () => boolean;
}

/** What the block shows now, for a terminal of that size. */
export type Draw = (size: { columns: number; rows: number }) => LiveLines;

/** At most ten times a second. */
const FRAME_MS = 100;
/** More of the log than this does not wait for a frame. */
const MAX_HELD_LENGTH = 64 * 1024;

// ECMA-48 and DEC private modes, understood by every terminal that is not `dumb`.
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const up = (rows: number) => `\u001b[${rows}A`;

/**
 * A few lines at the bottom of the terminal that change in place, with the log scrolling above them. Everything that
 * goes to the terminal goes through `write`, so that the two never mix. The cursor is hidden only within one write:
 * however the process ends, it is there.
 */
// D112
export class LiveBlock {
  readonly #options: Required<LiveBlockOptions>;
  #draw: Draw | undefined;
  /** What is on the screen above the cursor. */
  #drawn: readonly string[] = [];
  /** Of the log, until the next frame. */
  #held = '';
  #lastFrameAt = Number.NEGATIVE_INFINITY;
  #cancelFrame: (() => void) | undefined;
  #frameAt = Number.POSITIVE_INFINITY;

  constructor({
    clock = idleClock,
    inBackground = () => false,
    reflows = true,
    ...options
  }: LiveBlockOptions) {
    this.#options = { ...options, clock, inBackground, reflows };
  }

  start(draw: Draw): void {
    this.#draw = draw;
    this.#soon();
  }

  /** Something to show may have changed. */
  readonly changed = (): void => {
    if (this.#draw) this.#soon();
  };

  /** Text above the block: whole lines. */
  write(text: string): void {
    if (this.#drawn.length === 0) {
      this.#options.out.write(text);
      return this.changed();
    }
    this.#held += text;
    if (this.#held.length > MAX_HELD_LENGTH) this.#release();
    this.#soon();
  }

  /** The process was stopped and goes on (SIGCONT): what is on the screen now is not ours. */
  readonly resumed = (): void => {
    this.#drawn = [];
    this.#release();
    this.changed();
  };

  /** Takes the block away; the log goes on without it. */
  stop(): void {
    this.#end();
    this.#release();
  }

  /** The same in the last moment of the process. */
  readonly stopNow = (): void => {
    this.#end();
    const text = this.#erase() + this.#held;
    this.#drawn = [];
    this.#held = '';
    if (text !== '') this.#options.out.writeNow(text);
  };

  #end(): void {
    this.#draw = undefined;
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
  }

  #soon(): void {
    const { clock } = this.#options;
    this.#frameIn(Math.max(0, this.#lastFrameAt + FRAME_MS - clock.now()));
  }

  #frameIn(ms: number): void {
    const { clock } = this.#options;
    const at = clock.now() + ms;
    if (this.#cancelFrame && this.#frameAt <= at) return;
    this.#cancelFrame?.();
    this.#frameAt = at;
    this.#cancelFrame = clock.after(ms, () => {
      this.#cancelFrame = undefined;
      this.#frame();
    });
  }

  #frame(): void {
    if (!this.#draw) return;
    const { out, clock, inBackground, size } = this.#options;
    this.#lastFrameAt = clock.now();
    if (inBackground()) {
      this.#drawn = [];
      this.#release();
      return this.#frameIn(10 * FRAME_MS);
    }
    if (!out.idle) {
      if (this.#held !== '') this.#release();
      return this.#frameIn(FRAME_MS);
    }
    const { lines, nextMs } = this.#draw(size());
    if (nextMs !== undefined) this.#frameIn(Math.max(FRAME_MS, nextMs));
    const same = lines.length === this.#drawn.length && lines.every((line, i) => line === this.#drawn[i]);
    if (same && this.#held === '') return;
    // Line by line over the old ones: no moment in which the block is away.
    const text = (this.#held + lines.map((line) => `${line}\n`).join('')).replaceAll('\n', `${CLEAR_LINE}\n`);
    out.write(`${HIDE_CURSOR}${this.#toTop()}${text}${CLEAR_BELOW}${SHOW_CURSOR}`);
    this.#held = '';
    this.#drawn = lines;
  }

  /** Erases the block and lets the log go out by itself. */
  #release(): void {
    const text = this.#erase() + this.#held;
    this.#drawn = [];
    this.#held = '';
    if (text !== '') this.#options.out.write(text);
  }

  #erase(): string {
    return this.#drawn.length === 0 ? '' : `${this.#toTop()}${CLEAR_BELOW}`;
  }

  /** A terminal that became narrower may have wrapped what is drawn. */
  #toTop(): string {
    const columns = this.#options.reflows ? this.#options.size().columns : Number.POSITIVE_INFINITY;
    const rows = this.#drawn.reduce((sum, line) => {
      const width = displayWidth(stripVTControlCharacters(line));
      return sum + Math.max(1, Math.ceil(width / Math.max(1, columns)));
    }, 0);
    return rows === 0 ? '' : `\r${up(rows)}`;
  }
}

/** Opens a block on stderr. Its `release` gives back what it listens to. */
export function openLiveBlock(out: TerminalOut): { block: LiveBlock; release: () => void } {
  const block = new LiveBlock({ out, size: terminalSize, inBackground, reflows: reflows(process.env) });
  process.stderr.on('resize', block.changed);
  // Before the log writes what is left, and before an error is put into words below the block.
  process.prependListener('exit', block.stopNow);
  process.prependListener('uncaughtExceptionMonitor', block.stopNow);
  if (process.platform !== 'win32') process.on('SIGCONT', block.resumed);
  const release = () => {
    process.stderr.off('resize', block.changed);
    process.off('exit', block.stopNow);
    process.off('uncaughtExceptionMonitor', block.stopNow);
    process.off('SIGCONT', block.resumed);
  };
  return { block, release };
}

/** A terminal that does not know its size says 0. */
function terminalSize(): { columns: number; rows: number } {
  return { columns: process.stderr.columns || 80, rows: process.stderr.rows || 24 };
}

/** xterm and the Linux console cut lines that no longer fit; erasing more rows than they have would eat the log. */
function reflows({ XTERM_VERSION, TERM }: NodeJS.ProcessEnv): boolean {
  return XTERM_VERSION === undefined && TERM !== 'linux';
}

/** Whether a shell or another job has the terminal now; where the system does not tell, it is ours. */
function inBackground(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // proc(5): … state ppid pgrp session tty_nr tpgid; the name before them may hold anything.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(foreground) > 0 && foreground !== group;
  } catch {
    return false;
  }
}
