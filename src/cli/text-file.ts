import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { decodeText, OddFileError, readOrdinaryFile } from '../config/text-file.js';
import { usageError } from '../messages/worded.js';
import { UsageError } from '../protocol/errors.js';

/** Permission bits: readable for its owner only. */
export const PRIVATE = 0o600;
/** Permission bits: readable for all users, as far as the umask allows. */
export const ORDINARY = 0o666;

const UTF16 = Buffer.from([0xff, 0xfe]);
const UTF16_BIG = Buffer.from([0xfe, 0xff]);
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A text file as it is on disk. It is written back with the same byte order mark. */
export interface TextFile {
  text: string;
  encode: (text: string) => Buffer;
}

/** Reads a text file; undefined when there is none. @throws UsageError when it cannot be read or decoded. */
export function readTextFile(file: string): TextFile | undefined {
  try {
    const bytes = readOrdinaryFile(file);
    const text = decodeText(bytes);
    const encode = encoderOf(bytes);
    if (!encode(text).equals(bytes)) {
      throw usageError('not-utf8', { file });
    }
    return { text, encode };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw cannot('read', file, error);
  }
}

function encoderOf(bytes: Buffer): (text: string) => Buffer {
  if (bytes.subarray(0, 2).equals(UTF16)) {
    return (text) => Buffer.concat([UTF16, Buffer.from(text, 'utf16le')]);
  }
  if (bytes.subarray(0, 2).equals(UTF16_BIG)) {
    return (text) => Buffer.concat([UTF16_BIG, Buffer.from(text, 'utf16le').swap16()]);
  }
  const mark = bytes.subarray(0, 3).equals(UTF8_MARK) ? UTF8_MARK : Buffer.alloc(0);
  return (text) => Buffer.concat([mark, Buffer.from(text, 'utf8')]);
}

/** Creates a file; `mode` applies from the first moment. @throws UsageError when it exists or cannot be written. */
export function createFile(file: string, bytes: string | Buffer, mode: number): void {
  let fd: number;
  try {
    fd = openSync(file, 'wx', mode);
  } catch (error) {
    throw cannot('create', file, error);
  }
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } catch (error) {
    rmSync(file, { force: true });
    throw cannot('write', file, error);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a file completely or not at all: a new file beside it is renamed. A symbolic link stays, and its target is
 * written. The mode stays unless `mode` is given. @throws UsageError
 */
export function replaceFile(file: string, bytes: Buffer, mode?: number): void {
  const target = linkTarget(file);
  const kept = statSync(target, { throwIfNoEntry: false })?.mode;
  if (kept === undefined) return createFile(target, bytes, mode ?? ORDINARY);
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  // The new file is readable by this user only, until it gets the mode of the file that it replaces.
  createFile(beside, bytes, PRIVATE);
  try {
    const fd = openSync(beside, 'r+');
    try {
      fchmodSync(fd, mode ?? kept & 0o7777);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw cannot('write', target, error);
  }
}

/** The end of a chain of symbolic links, whether it exists or not. */
function linkTarget(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    try {
      return resolve(dirname(file), readlinkSync(file));
    } catch {
      return file;
    }
  }
}

/** Whether users other than its owner may read a file; always false on Windows, whose modes say nothing. */
export function isReadableByOthers(file: string): boolean {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

function cannot(act: 'read' | 'create' | 'write', file: string, error: unknown): UsageError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return usageError('file-refused', {
    file,
    act,
    code,
    odd: error instanceof OddFileError ? error.what : undefined,
  });
}
