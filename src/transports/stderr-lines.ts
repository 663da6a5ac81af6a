import { StringDecoder } from 'node:string_decoder';

/** Longer lines are cut, because stderr is for people. */
const MAX_LINE_BYTES = 8 * 1024;
/** Number of lines that are kept, to be shown when a server failed. */
const TAIL_LINES = 20;

/** A server's stderr as lines of text; the last ones are kept. */
export class StderrLines {
  readonly #onLine: (line: string) => void;
  /** Joins characters that are split over two chunks. */
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  /** Length of the present line in bytes, with the part that was cut. */
  #bytes = 0;
  #tail: string[] = [];

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  get tail(): readonly string[] {
    return this.#tail;
  }

  push(chunk: Buffer): void {
    const [first = '', ...others] = this.#decoder.write(chunk).split('\n');
    this.#append(first);
    for (const piece of others) {
      this.#finish();
      this.#append(piece);
    }
  }

  /** The last line, when the stream ends without a newline. */
  end(): void {
    this.#append(this.#decoder.end());
    this.#finish();
  }

  #append(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    // A character has at least one byte, so this many characters are enough.
    const room = MAX_LINE_BYTES + 1 - this.#line.length;
    if (room > 0) this.#line += text.length > room ? text.slice(0, room) : text;
  }

  #finish(): void {
    const bytes = this.#bytes;
    let line = this.#line;
    this.#line = '';
    this.#bytes = 0;
    if (bytes > MAX_LINE_BYTES) line = `${firstBytes(line, MAX_LINE_BYTES - 64)} … [${bytes} bytes in all]`;
    else if (line.endsWith('\r')) line = line.slice(0, -1);
    if (line === '') return;
    this.#tail = [...this.#tail.slice(1 - TAIL_LINES), line];
    this.#onLine(line);
  }
}

/** The first `maxBytes` bytes of the text, without a half character. */
function firstBytes(text: string, maxBytes: number): string {
  return new StringDecoder('utf8').write(Buffer.from(text).subarray(0, maxBytes));
}
