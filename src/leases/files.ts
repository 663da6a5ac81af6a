import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '../process/identity.js';
import type { LeaseHolder } from '../protocol/status.js';
import type { Claim } from './lease.js';

/** What stands in a lock file: no token, and nothing that reveals one. */
export interface LeaseContent extends LeaseHolder, ProcessIdentity {
  kind: Claim['kind'];
  /** A token's fingerprint, an account group's name. */
  label: string;
}

/** Whoever is told of a holder need not know how its file tells it from others. */
export function holderOf({ content }: Pick<LeaseFile, 'content'>): LeaseHolder | undefined {
  if (!content) return undefined;
  const { pid, link, since } = content;
  return { pid, link, since };
}

/** One lock file as it is now. */
export interface LeaseFile {
  name: string;
  key: string;
  slot: number;
  /** Counts up with each claim on a slot that was left behind. */
  number: number;
  /** Undefined while it is being written, and when it holds something else. */
  content: LeaseContent | undefined;
  /** Its process runs, or may be writing it just now. */
  isAlive: boolean;
}

/** Of a SHA-256: enough to tell tokens apart. */
const KEY_DIGITS = 32;
const NAME = new RegExp(`^([0-9a-f]{${KEY_DIGITS}})\\.(\\d{1,4})\\.(\\d{1,9})\\.lease$`);
/** Never waits for the other end of a pipe, and follows no link. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
/** Nobody who takes a slot writes more than a few hundred. */
const MAX_BYTES = 64 * 1024;
/** Nobody who takes a slot makes pipes, links, folders, devices or what its user may not read: they hold none. */
const ODD: ReadonlySet<string | undefined> = new Set([
  ...['EACCES', 'EINVAL', 'EISDIR', 'ELOOP', 'EMLINK', 'ENODEV', 'ENXIO', 'EOPNOTSUPP'],
]);
/** Whoever creates a file writes it at once; one that stays empty was left behind. */
const WRITTEN_WITHIN_MS = 2_000;

export function nameOf(key: string, slot: number, number: number): string {
  return `${key.slice(0, KEY_DIGITS)}.${slot}.${number}.lease`;
}

/**
 * All lock files, or those of one key; `names`: what the folder holds, if that is known.
 * @throws the system's error when the folder cannot be read
 */
export function leaseFiles(
  folder: string,
  key?: string,
  names: readonly string[] = readdirSync(folder),
): LeaseFile[] {
  const wanted = key?.slice(0, KEY_DIGITS) ?? '';
  return names.flatMap((name): LeaseFile[] => {
    // Of hundreds of files only one or two are asked for, and by hundreds of links.
    if (!name.startsWith(wanted)) return [];
    const [, of, slot, number] = NAME.exec(name) ?? [];
    if (of === undefined) return [];
    const read = readLease(join(folder, name));
    // It was given back meanwhile.
    if (!read) return [];
    return [{ name, key: of, slot: Number(slot), number: Number(number), ...read }];
  });
}

/** False when there is such a file already. @throws the system's other errors */
export function createExclusively(path: string, content: LeaseContent): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(file, `${JSON.stringify(content)}\n`);
  } catch (error) {
    // A full disk takes names and no bytes.
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}

/** Undefined when there is no such file. @throws the system's other errors */
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
    // Windows refuses to open a file that is being removed, or that somebody else reads at the moment.
    if (code === 'EPERM' || code === 'EBUSY') return { content: undefined, isAlive: true };
    if (ODD.has(code)) return { content: undefined, isAlive: false };
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** @throws an error of `ODD` */
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
