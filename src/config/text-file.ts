import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { devNull } from 'node:os';
import type { OddFile } from '../messages/parts.js';
import { BOUNDS } from './defaults.js';

/** A file that cannot be what was asked for, whatever is in it. `code` is the system's word where it has one. */
export class OddFileError extends Error {
  readonly code: string;
  readonly what: OddFile;

  constructor(what: OddFile, code: string) {
    super(`${code}: ${what}`);
    this.what = what;
    this.code = code;
  }
}

/**
 * Reads an ordinary file, and nothing that could keep the reader waiting: no pipe, no device, no endless file.
 *
 * @throws OddFileError, or the system's error.
 */
export function readOrdinaryFile(file: string, maxBytes = BOUNDS.textFileBytes): Buffer {
  // Looked at before it is opened, which may already have effects on a device.
  refuseOdd(statSync(file), file, maxBytes);
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(fd);
    refuseOdd(stats, file, maxBytes);
    if (file === devNull) return Buffer.alloc(0);
    const chunks: Buffer[] = [];
    let length = 0;
    // Files of /proc have no size, and others may grow.
    for (let size = stats.size + 1; ; size = 64 * 1024) {
      const chunk = Buffer.allocUnsafe(size);
      const got = readSync(fd, chunk, 0, size, null);
      if (got === 0) return Buffer.concat(chunks);
      length += got;
      if (length > maxBytes) throw new OddFileError('too-long', 'EFBIG');
      chunks.push(chunk.subarray(0, got));
    }
  } finally {
    closeSync(fd);
  }
}

function refuseOdd(stats: Stats, file: string, maxBytes: number): void {
  if (stats.isDirectory()) throw new OddFileError('folder', 'EISDIR');
  // `--env-file /dev/null` says that there is none.
  if (file === devNull) return;
  if (stats.isFIFO()) throw new OddFileError('pipe', 'ESPIPE');
  if (stats.isSocket()) throw new OddFileError('socket', 'ENXIO');
  if (!stats.isFile()) throw new OddFileError('device', 'ENODEV');
  if (stats.size > maxBytes) throw new OddFileError('too-long', 'EFBIG');
}

/** Text as editors leave it: UTF-8 with or without a byte order mark, or the UTF-16 that PowerShell's `>` writes. */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const even = bytes.subarray(2, bytes.length - (bytes.length % 2));
    return Buffer.from(even).swap16().toString('utf16le');
  }
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * The first line, 1-based, that is no text as `decodeText` reads it; undefined when all of it is. A line that `isAside`
 * accepts is passed over.
 */
export function undecodableLine(
  bytes: Buffer,
  isAside: (line: string) => boolean = () => false,
): number | undefined {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return undefined;
  // UTF-16 without its mark is valid UTF-8 for plain letters, with a NUL beside each.
  if (isUtf8(bytes)) return bytes.includes(0) ? lineOf(bytes, bytes.indexOf(0)) : undefined;
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const part = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!isUtf8(part) && !isAside(part.toString('latin1'))) return line;
    start = end < 0 ? bytes.length : end + 1;
  }
  return undefined;
}

function lineOf(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  return line;
}
