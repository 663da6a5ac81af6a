import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type LogRecord, matches, type RecordFilter } from '../../observe/log-ring.js';

/** Lines at the end of a log file are looked for in this many bytes. */
const TAIL_BYTES = 4 * 1024 * 1024;

/**
 * The latest records in a log file, oldest first. A line that is no JSON, as in a file for people, is a record with its `text`
 * only; no name finds it. @throws the system's error
 */
export function tailOf(file: string, { sinceMs, limit, ...filter }: RecordFilter): LogRecord[] {
  const found: LogRecord[] = [];
  for (const line of endOf(file).split('\n').reverse()) {
    if (limit !== undefined && found.length >= limit) break;
    if (line === '') continue;
    const record = recordOf(line);
    if (sinceMs !== undefined && Date.parse(String(record.time)) < sinceMs) break;
    if (record.text === undefined ? matches(record, filter) : filter.names === undefined) found.push(record);
  }
  return found.reverse();
}

function recordOf(line: string): LogRecord {
  try {
    const record = JSON.parse(line) as unknown;
    if (typeof record === 'object' && record !== null) return record as LogRecord;
  } catch {
    // A line for people.
  }
  return { text: line };
}

function endOf(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.subarray(0, read).toString('utf8');
    // The first line may be cut off.
    return size > TAIL_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(fd);
  }
}
