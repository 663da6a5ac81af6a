import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '../process/identity.js';
import type { LeaseHolder } from '../protocol/lease-words.js';
import type { Claim } from './lease.js';

/** Content of a lock file. It holds no token, and nothing that reveals one. */
export interface LeaseContent extends LeaseHolder, ProcessIdentity {
  kind: Claim['kind'];
  /** A token's fingerprint, an account group's name. */
  label: string;
}

/** The holder of a lock file, without the members that only identify the process; undefined while there is no content. */
export function holderOf({ content }: Pick<LeaseFile, 'content'>): LeaseHolder | undefined {
  if (!content) return undefined;
  const { pid, link, since } = content;
  return { pid, link, since };
}

/** One lock file, as it was read. */
export interface LeaseFile {
  name: string;
  key: string;
  slot: number;
  /** Number in the file's name: one more with each claim on a slot whose holder has died. */
  number: number;
  /** Undefined while the file is being written, and when its content is not valid. */
  content: LeaseContent | undefined;
  /** The process of the file runs, or may be writing the file just now. */
  isAlive: boolean;
}

/** Hex digits of a SHA-256 in a file's name: enough to distinguish tokens. */
const KEY_DIGITS = 32;
const NAME = new RegExp(`^([0-9a-f]{${KEY_DIGITS}})\\.(\\d{1,4})\\.(\\d{1,9})\\.lease$`);
/** Opening does not wait for the other end of a pipe, and follows no symbolic link. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
/** The most that is read of a file. mcp-pipe writes a few hundred bytes. */
const MAX_BYTES = 64 * 1024;
/**
 * Errors of opening something that mcp-pipe did not create: a link, a folder, a device, an unreadable file. It counts as no
 * slot.
 */
const FOREIGN_FILE_ERRORS: ReadonlySet<string | undefined> = new Set([
  ...['EACCES', 'EINVAL', 'EISDIR', 'ELOOP', 'EMLINK', 'ENODEV', 'ENXIO', 'EOPNOTSUPP'],
]);
/** A file is written right after it was created. One that is empty for longer was left behind by a process that died. */
const WRITTEN_WITHIN_MS = 2_000;

/** The part of a key with which the names of its files begin. */
export function keyStart(key: string): string {
  return key.slice(0, KEY_DIGITS);
}

export function nameOf(key: string, slot: number, number: number): string {
  return `${keyStart(key)}.${slot}.${number}.lease`;
}

/**
 * All lock files, or those of one key. `names`: the files of the folder, if they are known already.
 * @throws the system's error when the folder cannot be read
 */
export function leaseFiles(
  folder: string,
  key?: string,
  names: readonly string[] = readdirSync(folder),
): LeaseFile[] {
  const wanted = keyStart(key ?? '');
  return names.flatMap((name): LeaseFile[] => {
    // Hundreds of links each look for one or two of hundreds of files, so only those are read.
    if (!name.startsWith(wanted)) return [];
    const [, of, slot, number] = NAME.exec(name) ?? [];
    if (of === undefined) return [];
    const read = readLease(join(folder, name));
    // The lease was released in the meantime.
    if (!read) return [];
    return [{ name, key: of, slot: Number(slot), number: Number(number), ...read }];
  });
}

/** Undefined when the file does not exist. @throws the system's other errors */
export function readLease(path: string): Pick<LeaseFile, 'content' | 'isAlive'> | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READ_ONLY);
    const { size, mtimeMs } = ordinary(fstatSync(file));
    const content = size > MAX_BYTES ? undefined : contentOf(readFileSync(file, 'utf8'));
    if (content) return { content, isAlive: isRunning(content) };
    return { content, isAlive: Math.abs(Date.now() - mtimeMs) < WRITTEN_WITHIN_MS };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // Windows does not open a file that is being removed, or that another process has open at the moment.
    if (code === 'EPERM' || code === 'EBUSY') return { content: undefined, isAlive: true };
    if (FOREIGN_FILE_ERRORS.has(code)) return { content: undefined, isAlive: false };
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** @throws an error of `FOREIGN_FILE_ERRORS` */
function ordinary(status: Stats): Stats {
  if (status.isFile()) return status;
  throw Object.assign(new Error('it is no file'), { code: 'EINVAL' });
}

function contentOf(text: string): LeaseContent | undefined {
  try {
    const value = JSON.parse(text) as Partial<LeaseContent> | null;
    const isWhole =
      typeof value?.pid === 'number' && typeof value.link === 'string' && typeof value.since === 'number';
    return isWhole ? (value as LeaseContent) : undefined;
  } catch {
    return undefined;
  }
}

export function living(files: readonly LeaseFile[]): LeaseFile[] {
  return files.filter(({ isAlive }) => isAlive);
}

/** Number of slots in these files. Two files for one slot, of processes that are both claiming it, count once. */
export function slotsOf(files: readonly LeaseFile[]): number {
  return new Set(files.map(({ slot }) => slot)).size;
}

export function holderOfFirst([first]: readonly LeaseFile[]): LeaseHolder | undefined {
  return first && holderOf(first);
}
