import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { devNull } from 'node:os';
import type { OddFile } from '../messages/parts.js';
import { BOUNDS } from './bounds.js';

/** A file of the wrong kind or size, whatever it contains. `code` is the system's error word, if there is one. */
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
 * Reads an ordinary file. Pipes, devices and endless files are refused, because reading them could block.
 *
 * @throws OddFileError, or the system's error.
 */
export function readOrdinaryFile(file: string, maxBytes = BOUNDS.textFileBytes): Buffer {
  // Checked before opening, because opening a device may already have effects.
  refuseOdd(statSync(file), file, maxBytes);
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(fd);
    refuseOdd(stats, file, maxBytes);
    if (file === devNull) return Buffer.alloc(0);
    const chunks: Buffer[] = [];
    let length = 0;
    // Files of /proc report no size, and other files may grow.
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
  // `--env-file /dev/null` means: no file.
  if (file === devNull) return;
  if (stats.isFIFO()) throw new OddFileError('pipe', 'ESPIPE');
  if (stats.isSocket()) throw new OddFileError('socket', 'ENXIO');
  if (!stats.isFile()) throw new OddFileError('device', 'ENODEV');
  if (stats.size > maxBytes) throw new OddFileError('too-long', 'EFBIG');
}

/** Decodes what editors write: UTF-8 with or without a byte order mark, and the UTF-16 of PowerShell's `>`. */
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
 * The first line, 1-based, that `decodeText` cannot read; undefined when it can read all. Lines that `isAside` accepts
 * are skipped.
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
