import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../observe/display-width.js';
import type { LiveLines } from '../observe/live-lines.js';
import { type Clock, idleClock } from '../time/clock.js';

/** The output of a terminal: `StderrSink`, or a fake one in tests. */
export interface TerminalOut {
  /** False while earlier bytes wait for the terminal (Ctrl-S, a slow line). */
  readonly idle: boolean;
  write(text: string): void;
  /** Writes synchronously. */
  writeNow(text: string): void;
}

export interface LiveBlockOptions {
  out: TerminalOut;
  /** The size of the terminal; called again after each change. */
  size: () => { columns: number; rows: number };
  /** Whether lines that no longer fit are wrapped, as most terminals do, or cut. Default true. */
  reflows?: boolean;
  clock?: Pick<Clock, 'now' | 'after'>;
  /** Whether the terminal has a second screen, from which it comes back to the first one as it was. Default true. */
  hasSecondScreen?: boolean;
  /** Returns true while another program has the terminal: nothing may be drawn or erased then. */
  inBackground?: () => boolean;
}

/** Returns the current lines of the block, for a terminal of this size. */
export type Draw = (size: { columns: number; rows: number }) => LiveLines;

/** Shortest time between two drawings, in milliseconds: ten a second. */
const FRAME_MS = 100;
/** When more characters of the log than this wait, they are written at once. */
const MAX_HELD_LENGTH = 64 * 1024;

// ECMA-48 and DEC private modes, understood by every terminal that is not `dumb`.
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** xterm: to the second screen, and back. */
const SECOND_SCREEN = '\u001b[?1049h';
const FIRST_SCREEN = '\u001b[?1049l';
const HOME = '\u001b[H';
const up = (rows: number) => `\u001b[${rows}A`;

/**
 * A few lines at the bottom of the terminal that change in place, below the log (D112). Everything for the terminal is
 * written through `write`, so that the two do not mix. The cursor is hidden only within one write, so that it is visible
 * however the process ends.
 */
export class LiveBlock {
  readonly #options: Required<LiveBlockOptions>;
  #draw: Draw | undefined;
  /** The lines of the block that are on the screen, above the cursor. */
  #drawn: readonly string[] = [];
  /** Whether the terminal shows its second screen. */
  #isWhole = false;
  #size = '';
  /** Text of the log that waits for the next drawing. */
  #held = '';
  #lastFrameAt = Number.NEGATIVE_INFINITY;
  #cancelFrame: (() => void) | undefined;
  #frameAt = Number.POSITIVE_INFINITY;

  constructor({
    clock = idleClock,
    inBackground = () => false,
    reflows = true,
    hasSecondScreen = true,
    ...options
  }: LiveBlockOptions) {
    this.#options = { ...options, clock, inBackground, reflows, hasSecondScreen };
  }

  start(draw: Draw): void {
    this.#draw = draw;
    this.#soon();
  }

  /** Call it when the lines may have changed. */
  readonly changed = (): void => {
    if (this.#draw) this.#soon();
  };

  /** Writes whole lines of text above the block. */
  write(text: string): void {
    if (this.#drawn.length === 0) {
      this.#options.out.write(text);
      return this.changed();
    }
    this.#held += text;
    if (this.#held.length > MAX_HELD_LENGTH) this.#release();
    this.#soon();
  }

  /** Call it after SIGCONT: the block is no longer on the screen. */
  readonly resumed = (): void => {
    this.#drawn = [];
    this.#release();
    this.changed();
  };

  /** Removes the block; later text is written without it. */
  stop(): void {
    this.#end();
    this.#release();
  }

  /** As `stop`, but the last drawing stays on the screen. */
  keep(): void {
    this.#end();
    this.#drawn = [];
    this.#release();
  }

  /** As `stop`, synchronously, for the exit of the process. */
  readonly stopNow = (): void => {
    this.#end();
    this.suspend();
  };

  /** Removes the block synchronously until the next drawing, before another program gets the terminal. */
  suspend(): void {
    const text = this.#erase() + this.#held;
    this.#drawn = [];
    this.#held = '';
    if (text !== '') this.#options.out.writeNow(text);
  }

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
      if (this.#held !== '' && !this.#isWhole) this.#release();
      return this.#frameIn(FRAME_MS);
    }
    const { lines, nextMs, isWhole = false } = this.#draw(size());
    if (nextMs !== undefined) this.#frameIn(Math.max(FRAME_MS, nextMs));
    if (isWhole && this.#options.hasSecondScreen) return this.#frameOfWhole(lines);
    if (this.#isWhole) this.#release();
    const same = lines.length === this.#drawn.length && lines.every((line, i) => line === this.#drawn[i]);
    if (same && this.#held === '') return;
    // Each line is written over the old one, so that the block does not flicker.
    const text = (this.#held + lines.map((line) => `${line}\n`).join('')).replaceAll('\n', `${CLEAR_LINE}\n`);
    out.write(`${HIDE_CURSOR}${this.#toTop()}${text}${CLEAR_BELOW}${SHOW_CURSOR}`);
    this.#held = '';
    this.#drawn = lines;
  }

  /** The log waits behind the second screen. */
  #frameOfWhole(lines: readonly string[]): void {
    const { columns, rows } = this.#options.size();
    const size = `${columns} ${rows}`;
    const isSame = this.#isWhole && size === this.#size && lines.join('\n') === this.#drawn.join('\n');
    if (isSame) return;
    if (!this.#isWhole) this.#release();
    const text = lines.map((line) => `${line}${CLEAR_LINE}\n`).join('');
    const enter = this.#isWhole ? '' : SECOND_SCREEN;
    this.#options.out.write(`${enter}${HIDE_CURSOR}${HOME}${text}${CLEAR_BELOW}${SHOW_CURSOR}`);
    this.#isWhole = true;
    this.#size = size;
    this.#drawn = lines;
  }

  /** Erases the block; text is written directly from now on. */
  #release(): void {
    const text = this.#erase() + this.#held;
    this.#drawn = [];
    this.#held = '';
    if (text !== '') this.#options.out.write(text);
  }

  #erase(): string {
    if (this.#isWhole) {
      this.#isWhole = false;
      // tmux keeps lines of the second screen when its size has changed: then they are empty.
      return `${HOME}${CLEAR_BELOW}${FIRST_SCREEN}`;
    }
    return this.#drawn.length === 0 ? '' : `${this.#toTop()}${CLEAR_BELOW}`;
  }

  /** Moves the cursor to the top of the block. A terminal that became narrower may have wrapped its lines. */
  #toTop(): string {
    const columns = this.#options.reflows ? this.#options.size().columns : Number.POSITIVE_INFINITY;
    const rows = this.#drawn.reduce((sum, line) => {
      const width = displayWidth(stripVTControlCharacters(line));
      return sum + Math.max(1, Math.ceil(width / Math.max(1, columns)));
    }, 0);
    return rows === 0 ? '' : `\r${up(rows)}`;
  }
}

/** Opens a block on a terminal, to which `out` writes. `release` removes the listeners of the process. */
export function openLiveBlock(
  out: TerminalOut,
  terminal: NodeJS.WriteStream = process.stderr,
): { block: LiveBlock; release: () => void } {
  // A terminal of unknown size reports 0.
  const size = () => ({ columns: terminal.columns || 80, rows: terminal.rows || 24 });
  // The Linux console has one screen.
  const hasSecondScreen = process.env.TERM !== 'linux';
  const block = new LiveBlock({ out, size, inBackground, reflows: reflows(process.env), hasSecondScreen });
  terminal.on('resize', block.changed);
  // Before the log writes its rest, and before an error is printed below the block.
  process.prependListener('exit', block.stopNow);
  process.prependListener('uncaughtExceptionMonitor', block.stopNow);
  if (process.platform !== 'win32') process.on('SIGCONT', block.resumed);
  const release = () => {
    terminal.off('resize', block.changed);
    process.off('exit', block.stopNow);
    process.off('uncaughtExceptionMonitor', block.stopNow);
    process.off('SIGCONT', block.resumed);
  };
  return { block, release };
}

/**
 * Whether the terminal wraps lines that no longer fit. xterm and the Linux console cut them; erasing wrapped rows
 * there would erase the log.
 */
function reflows({ XTERM_VERSION, TERM }: NodeJS.ProcessEnv): boolean {
  return XTERM_VERSION === undefined && TERM !== 'linux';
}

/** Whether a shell or another job has the terminal now; false where the system does not report it. */
export function inBackground(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // proc(5): … state ppid pgrp session tty_nr tpgid; the name before them may contain any character.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(foreground) > 0 && foreground !== group;
  } catch {
    return false;
  }
}
