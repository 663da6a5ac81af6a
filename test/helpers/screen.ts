import { displayWidth } from '../../src/observe/display-width.js';

/** A terminal with the features that mcp-pipe uses: no wrapping, no scrolling back, lines of any length. */
export class Screen {
  /** Whether a frame is being drawn. */
  cursorHidden = false;
  /** Escape sequences that it does not know. */
  readonly unknown: string[] = [];
  /** How often the cursor was shown. */
  frames = 0;
  /** What the first screen shows while the second one is shown. */
  #first: { lines: string[]; row: number; column: number } | undefined;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  #rest = '';

  /** The lines from the top, without empty lines at the end. */
  get lines(): string[] {
    const last = this.#lines.findLastIndex((line) => line !== '');
    return this.#lines.slice(0, last + 1).map((line) => line.trimEnd());
  }

  get text(): string {
    return this.lines.join('\n');
  }

  write(text: string): void {
    const all = this.#rest + text;
    this.#rest = '';
    const pieces = /\u001b\[([?\d;]*)([A-Za-z])|\u001b(?:\[[?\d;]*)?$|[\r\n]|[^\u001b\r\n]+|\u001b/g;
    for (const [piece, parameters, final] of all.matchAll(pieces)) {
      if (final !== undefined) this.#control(piece, parameters!, final);
      else if (piece === '\r') this.#column = 0;
      else if (piece === '\n') this.#newline();
      else if (piece.startsWith('\u001b')) this.#rest = piece;
      else this.#put(piece);
    }
  }

  #newline(): void {
    this.#row += 1;
    this.#column = 0;
    while (this.#lines.length <= this.#row) this.#lines.push('');
  }

  /** Columns are counted as characters: a cut only ever removes the rest of a line. */
  #put(text: string): void {
    const line = this.#lines[this.#row]!.padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + text + line.slice(this.#column + text.length);
    this.#column += text.length;
  }

  #control(piece: string, parameters: string, final: string): void {
    if (final === 'm') return;
    if (final === 'A') this.#row = Math.max(0, this.#row - Number(parameters || 1));
    else if (final === 'K') this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column);
    else if (final === 'J') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column);
    } else if (piece === '\u001b[H') {
      this.#row = 0;
      this.#column = 0;
    } else if (piece === '\u001b[?1049h') {
      this.#first = { lines: this.#lines, row: this.#row, column: this.#column };
      this.#lines = [''];
      this.#row = 0;
      this.#column = 0;
    } else if (piece === '\u001b[?1049l') {
      if (this.#first) {
        this.#lines = this.#first.lines;
        this.#row = this.#first.row;
        this.#column = this.#first.column;
      }
      this.#first = undefined;
    } else if (piece === '\u001b[?25l') this.cursorHidden = true;
    else if (piece === '\u001b[?25h') {
      this.cursorHidden = false;
      this.frames += 1;
    } else this.unknown.push(piece);
  }

  /** Whether the second screen is shown. */
  get isSecond(): boolean {
    return this.#first !== undefined;
  }

  /** Width of the widest line. */
  get width(): number {
    return Math.max(0, ...this.lines.map(displayWidth));
  }
}
