import { stripVTControlCharacters } from 'node:util';
import { cutToWidth, displayWidth } from '../../observe/display-width.js';
import type { OpenedLog } from '../../observe/live-views.js';
import { prettifier } from '../../observe/log.js';
import { type LogRecord, type LogRing, matches } from '../../observe/log-ring.js';
import type { Redactor } from '../../observe/redact.js';

export interface LogViewOptions {
  ring: LogRing;
  /** What the rows of the live block call it. */
  title: string;
  /** Names of servers and links. */
  about: readonly string[];
  /** The least level that is shown. */
  level: string;
  colour: boolean;
  redactor: Redactor;
  /** Called when there are further lines. */
  changed: () => void;
}

/** As many records are kept for scrolling back; `mcp-pipe logs` has all that there are. */
const MAX_RECORDS = 1_000;
/** Short of this width, a line holds hardly a word. */
const LEAST_COLUMNS = 20;

/** The log of one server or link in the live block: what the ring has of it, and what follows. */
export class LogView {
  readonly #options: LogViewOptions;
  readonly #records: LogRecord[];
  readonly #end: () => void;
  #format: ((record: LogRecord) => string) | undefined;
  #columns = 0;
  /** For each record, its lines at the present width. */
  #lines: string[][] = [];
  /** How many lines went with records that are no longer kept. */
  #first = 0;

  constructor(options: LogViewOptions) {
    this.#options = options;
    const { ring, about, level, changed } = options;
    const filter = { names: about, level };
    this.#records = ring.read({ ...filter, limit: MAX_RECORDS });
    this.#end = ring.follow((record) => {
      if (!matches(record, filter)) return;
      this.#records.push(record);
      if (this.#format) this.#lines.push(this.#linesOf(record));
      while (this.#records.length > MAX_RECORDS) {
        this.#records.shift();
        this.#first += this.#lines.shift()?.length ?? 0;
      }
      changed();
    });
    const { colour, redactor } = options;
    void prettifier({ colour, redactor, columns: () => this.#columns - 1 }).then((format) => {
      this.#format = format;
      changed();
    });
  }

  /** The lines for a terminal of this width. */
  lines(columns: number): Omit<OpenedLog, 'last'> {
    if (this.#format && columns !== this.#columns) {
      // The number of the last line stays, whatever the width is.
      const total = this.#first + this.#lines.flat().length;
      this.#columns = columns;
      this.#lines = this.#records.map((record) => this.#linesOf(record));
      this.#first = Math.max(0, total - this.#lines.flat().length);
    }
    return { title: this.#options.title, lines: this.#lines.flat(), first: this.#first };
  }

  close(): void {
    this.#end();
  }

  #linesOf(record: LogRecord): string[] {
    const room = Math.max(LEAST_COLUMNS, this.#columns) - 1;
    const day = dayOf(record);
    const before = this.#records[this.#records.indexOf(record) - 1];
    const isNewDay = day !== (before ? dayOf(before) : dayOf({ time: new Date().toISOString() }));
    const text = this.#format!(record).replace(/\n$/, '');
    return [...(isNewDay ? [`--- ${day} ---`] : []), ...text.split('\n')].map((line) => {
      const plain = stripVTControlCharacters(line);
      // A word may be wider than the terminal.
      return displayWidth(plain) <= room ? line : cutToWidth(plain, room);
    });
  }
}

/** `2026-01-31`, in the time zone of this process. */
function dayOf({ time }: LogRecord): string {
  const date = new Date(String(time));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
