import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { AuditRecord } from './audit-line.js';

/** Read at once, in bytes. */
const BLOCK_BYTES = 256 * 1024;
/** Longer lines are none of the audit log; they are passed over. */
const MAX_LINE_BYTES = 1024 * 1024;
/** Of a longer chain of files, the rest is not looked for. */
const MAX_FILES = 1_000;
const NEWLINE = 0x0a;

/** A file that is read, of the audit log or an earlier one. */
export interface OpenFile {
  fd: number;
  ino: number;
}

/** Opens a file for reading; undefined when there is none. @throws the system's error */
export function openedFile(path: string): OpenFile | undefined {
  try {
    // Opening a named pipe would wait.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return { fd, ino: fstatSync(fd).ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The paths of the audit log, the latest first: the file, and those that were renamed. */
export function* auditFiles(file: string): Generator<string> {
  yield file;
  for (let n = 1; n <= MAX_FILES; n++) yield `${file}.${n}`;
}

/**
 * The records of an audit log, the latest first, read from the end of its latest file on, only as far as they are asked for.
 * What is no line of it is passed over. @throws the system's error
 */
export function* recordsBackwards(file: string): Generator<AuditRecord> {
  const seen = new Set<number>();
  for (const path of auditFiles(file)) {
    const opened = openedFile(path);
    if (!opened && path !== file) return;
    if (!opened) continue;
    try {
      // It was renamed meanwhile, and is read already.
      if (!seen.has(opened.ino)) yield* fileBackwards(opened.fd);
      seen.add(opened.ino);
    } finally {
      closeSync(opened.fd);
    }
  }
}

function* fileBackwards(fd: number): Generator<AuditRecord> {
  let at = fstatSync(fd).size;
  let rest = Buffer.alloc(0);
  while (at > 0) {
    const length = Math.min(BLOCK_BYTES, at);
    const block = Buffer.alloc(length);
    at -= length;
    const read = readSync(fd, block, 0, length, at);
    let text = Buffer.concat([block.subarray(0, read), rest]);
    for (let end = text.lastIndexOf(NEWLINE); end >= 0; end = text.lastIndexOf(NEWLINE)) {
      const record = recordOf(text.subarray(end + 1).toString('utf8'));
      if (record) yield record;
      text = text.subarray(0, end);
    }
    rest = text.length > MAX_LINE_BYTES ? Buffer.alloc(0) : Buffer.from(text);
  }
  const first = recordOf(rest.toString('utf8'));
  if (first) yield first;
}

/** What a line says; undefined: it is none of an audit log. */
export function recordOf(line: string): AuditRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = JSON.parse(line) as AuditRecord;
    const isOne = typeof record.time === 'string' && typeof record.kind === 'string';
    return isOne && typeof record.outcome === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Reads what is added to an audit log, across the change to the next file. */
export class AuditTail {
  readonly #file: string;
  #open: OpenFile | undefined;
  #offset = 0;
  #rest = '';

  /** From the present end on. */
  constructor(file: string) {
    this.#file = file;
    this.#open = openedFile(file);
    if (this.#open) this.#offset = fstatSync(this.#open.fd).size;
  }

  /** The records that were added since. @throws the system's error */
  next(): AuditRecord[] {
    const found = this.#open ? this.#readOn(this.#open) : [];
    const later: OpenFile[] = [];
    for (const path of auditFiles(this.#file)) {
      const one = openedFile(path);
      if (!one) {
        if (path === this.#file) continue;
        break;
      }
      // Without an earlier one, only the latest is new.
      const isKnown = one.ino === this.#open?.ino;
      if (isKnown) closeSync(one.fd);
      else later.push(one);
      if (isKnown || this.#open === undefined) break;
    }
    for (const one of later.reverse()) {
      // What was written between the two looks.
      if (this.#open) {
        found.push(...this.#readOn(this.#open));
        closeSync(this.#open.fd);
      }
      this.#open = one;
      this.#offset = 0;
      this.#rest = '';
      found.push(...this.#readOn(one));
    }
    return found;
  }

  close(): void {
    if (this.#open) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #readOn({ fd }: OpenFile): AuditRecord[] {
    const block = Buffer.alloc(BLOCK_BYTES);
    const found: AuditRecord[] = [];
    for (;;) {
      const read = readSync(fd, block, 0, block.length, this.#offset);
      if (read === 0) return found;
      this.#offset += read;
      const lines = `${this.#rest}${block.toString('latin1', 0, read)}`.split('\n');
      this.#rest = lines.pop()!.slice(-MAX_LINE_BYTES);
      for (const line of lines) {
        // A letter may have come in two blocks.
        const record = recordOf(Buffer.from(line, 'latin1').toString('utf8'));
        if (record) found.push(record);
      }
    }
  }
}
