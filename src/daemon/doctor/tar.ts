import { gzipSync } from 'node:zlib';

// D140: own code, because only small texts with plain names are written, and nothing is ever read.

/** A file of an archive. */
export interface ArchiveFile {
  /** Path in the archive, with slashes; ASCII, at most 100 characters. */
  name: string;
  text: string;
}

/** tar writes in blocks of so many bytes (POSIX.1-1988, ustar). */
const BLOCK = 512;

/** A tar archive, compressed with gzip. Its files can be read by their owner only. @param atMs time of all files */
export function tarGz(files: readonly ArchiveFile[], atMs: number): Buffer {
  const parts = files.flatMap(({ name, text }) => {
    const bytes = Buffer.from(text);
    const rest = (BLOCK - (bytes.length % BLOCK)) % BLOCK;
    return [headerOf(name, bytes.length, atMs), bytes, Buffer.alloc(rest)];
  });
  // Two empty blocks are the end.
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
}

function headerOf(name: string, size: number, atMs: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  const fields: [offset: number, text: string][] = [
    [0, name],
    [100, octal(0o600, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(Math.floor(atMs / 1_000), 11)],
    // The checksum is counted with spaces in its own place.
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\x0000'],
  ];
  for (const [offset, text] of fields) header.write(text, offset, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
