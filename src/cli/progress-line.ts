import { texts } from '../messages/commands/call.js';
import { formatMs } from '../messages/human.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { cutToWidth } from '../observe/display-width.js';
import type { Progress } from '../protocol/ask.js';
import { printOver } from './output.js';

/** A call that is answered sooner shows no line. */
const SHOW_AFTER_MS = 1_000;
const REDRAW_MS = 500;

/** One line on stderr that changes in place while something runs; no line when stderr is no terminal. */
export class ProgressLine {
  #startedAt = performance.now();
  #what: string;
  readonly #lang: Lang;
  readonly #timer: NodeJS.Timeout | undefined;
  #said = '';
  #shown = false;

  constructor(what: string, lang: Lang) {
    this.#what = what;
    this.#lang = lang;
    if (!process.stderr.isTTY) return;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** Shows the progress that the server reports (MCP "Progress"). */
  readonly onProgress = ({ progress, total, message }: Progress): void => {
    const of = typeof total === 'number' ? total : undefined;
    const count =
      typeof progress === 'number' ? texts[this.#lang].progressOf({ done: progress, total: of }) : '';
    this.#said = [count, typeof message === 'string' ? message : ''].filter(Boolean).join(' ');
    if (this.#timer) this.#draw(true);
  };

  /** Something else runs from now on: it is shown at once. */
  next(what: string): void {
    this.#what = what;
    this.#startedAt = performance.now();
    if (this.#timer) this.#draw(true);
  }

  /** Takes the line away until it is drawn again: others are printed now. */
  clear(): void {
    if (this.#shown) printOver('', cutToWidth);
    this.#shown = false;
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(now = false): void {
    const elapsedMs = performance.now() - this.#startedAt;
    if (!now && elapsedMs < SHOW_AFTER_MS) return;
    const elapsed = formatMs(elapsedMs, messagesFor(this.#lang).numbers);
    const line = [this.#what, elapsedMs < SHOW_AFTER_MS && this.#said === '' ? '' : elapsed, this.#said]
      .filter(Boolean)
      .join('  ');
    printOver(line, cutToWidth);
    this.#shown = true;
  }
}
