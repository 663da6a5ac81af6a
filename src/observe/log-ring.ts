/** Which records of the log to return. */
export interface RecordFilter {
  /** Servers and links; undefined: the records of all of them, and those of mcp-pipe itself. */
  names?: readonly string[] | undefined;
  /** Only records that were logged at this time or later, in milliseconds since 1970. */
  sinceMs?: number | undefined;
  /** Only records of this level or a higher one. */
  level?: string | undefined;
  /** At most this many records, the latest ones. */
  limit?: number | undefined;
}

/** The levels of the log, lowest first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** One record of the log, as an object of its JSON line: `level`, `time`, `msg` and fields, without secrets (D11). */
export type LogRecord = Readonly<Record<string, unknown>>;

export interface RingBounds {
  maxRecords: number;
  /** Bytes of all records together, as JSON lines in UTF-8. */
  maxBytes: number;
}

/** Enough for the last minutes of a busy run and for days of a quiet one; a few MiB of memory at most. */
export const RING_BOUNDS: RingBounds = { maxRecords: 5_000, maxBytes: 2 * 1024 * 1024 };

interface Kept {
  line: string;
  bytes: number;
}

/** The latest records of the log in memory, so that `mcp-pipe logs` can ask a running daemon for them (D134). */
export class LogRing {
  readonly #bounds: RingBounds;
  /** In the order of logging; those before `#first` were dropped. */
  #kept: Kept[] = [];
  #first = 0;
  #bytes = 0;
  #dropped = 0;
  /** Each with how the lines begin that it wants; undefined: all. */
  readonly #followers = new Map<(record: LogRecord) => void, readonly string[] | undefined>();

  constructor(bounds: RingBounds = RING_BOUNDS) {
    this.#bounds = bounds;
  }

  /** Number of records that had to make room for later ones, or were too large. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Number of records. */
  get size(): number {
    return this.#kept.length - this.#first;
  }

  /** Bytes of all records as JSON lines in UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes one line of JSON, without secrets. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (bytes > this.#bounds.maxBytes) {
      this.#dropped += 1;
    } else {
      this.#kept.push({ line, bytes });
      this.#bytes += bytes;
      while (this.size > this.#bounds.maxRecords || this.#bytes > this.#bounds.maxBytes) this.#drop();
    }
    if (this.#followers.size === 0) return;
    let record: LogRecord | undefined;
    for (const [follower, beginnings] of this.#followers) {
      if (beginnings && !beginnings.some((beginning) => line.startsWith(beginning))) continue;
      record ??= JSON.parse(line) as LogRecord;
      follower(record);
    }
  }

  /** Returns the records that match, oldest first. */
  read({ sinceMs, limit, ...filter }: RecordFilter = {}): LogRecord[] {
    const found: LogRecord[] = [];
    const most = limit ?? Number.POSITIVE_INFINITY;
    // From the latest: only what is returned is parsed, and a little more.
    for (let at = this.#kept.length - 1; at >= this.#first && found.length < most; at--) {
      const record = JSON.parse(this.#kept[at]!.line) as LogRecord;
      if (sinceMs !== undefined && Date.parse(String(record.time)) < sinceMs) break;
      if (matches(record, filter)) found.push(record);
    }
    return found.reverse();
  }

  /** Calls `follower` for each record of the level or a higher one from now on. Returns a function that ends it. */
  follow(follower: (record: LogRecord) => void, level?: string): () => void {
    // Other lines are not parsed: each begins with its level.
    const levels = level === undefined ? undefined : LOG_LEVELS.slice(LOG_LEVELS.indexOf(level));
    const beginnings = levels?.map((one) => `{"level":"${one}"`);
    this.#followers.set(follower, beginnings);
    return () => void this.#followers.delete(follower);
  }

  #drop(): void {
    const { bytes } = this.#kept[this.#first]!;
    // The text is freed now, its place in the array later, in one move for many.
    this.#kept[this.#first] = { line: '', bytes: 0 };
    this.#first += 1;
    this.#bytes -= bytes;
    this.#dropped += 1;
    if (this.#first < 1_024 && this.#first < this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#first = 0;
  }
}

/** Whether a record is of the level or a higher one, and about one of these servers and links. */
export function matches(record: LogRecord, { names, level }: Pick<RecordFilter, 'names' | 'level'>): boolean {
  if (level !== undefined && LOG_LEVELS.indexOf(String(record.level)) < LOG_LEVELS.indexOf(level))
    return false;
  if (names === undefined) return true;
  const { link, server, links } = record;
  const about = [link, server, ...(Array.isArray(links) ? links : [])];
  return about.some((one) => names.some((name) => isNamed(one, name)));
}

/** Each agent's own process of a server has both names (`memory@kitchen`): that of the server finds it, too. */
function isNamed(one: unknown, name: string): boolean {
  return one === name || (typeof one === 'string' && one.startsWith(`${name}@`));
}
