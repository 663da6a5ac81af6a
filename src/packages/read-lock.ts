import { readFileSync, statSync } from 'node:fs';
import type { LockedPackage } from './locked-package.js';

/** What is wrong with a lock file, or with one of its entries. What has a problem is not used, and is not changed. */
export interface LockProblem {
  /** `newer`: a later mcp-pipe has written it. `entry`: one entry is not as it must be; the others are used. */
  why: 'unreadable' | 'too-large' | 'not-json' | 'not-a-lock' | 'newer' | 'entry';
  /** Of `entry`. */
  key?: string;
  /** The word of the system (`EACCES`), or the key of the entry that is wrong. */
  said?: string;
}

export interface ReadLock {
  /** Entries that can be used. */
  packages: ReadonlyMap<string, LockedPackage>;
  problems: readonly LockProblem[];
  /** The whole file as it is, for writing it again; undefined when it must not be written. */
  raw: Readonly<Record<string, unknown>> | undefined;
}

/** In bytes: a server of npm takes about 40 KiB. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Version of the format that this code writes. */
export const LOCK_VERSION = 1;
/** A server of npm has some hundred packages; more than this is no lock. */
const MOST_PACKAGES = 20_000;
/** Configurations have a few dozen servers. */
const MOST_ENTRIES = 2_000;
/** Names, versions and addresses of registries are far shorter. */
const LONGEST_TEXT = 2_000;

/** Reads a lock file. One that is missing locks nothing; one that is broken is reported, and locks nothing. Never throws. */
export function readLock(file: string): ReadLock {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return failed({ why: 'unreadable', said: 'EISDIR' });
    if (stats.size > MOST_BYTES) return failed({ why: 'too-large' });
    return parseLock(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    if (code !== 'ENOENT') return failed({ why: 'unreadable', said: code });
    return { packages: new Map(), problems: [], raw: {} };
  }
}

/** Reads the text of a lock file. Pure. */
export function parseLock(text: string): ReadLock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed({ why: 'not-json' });
  }
  if (!isObject(value) || typeof value.lockVersion !== 'number') return failed({ why: 'not-a-lock' });
  if (value.lockVersion !== LOCK_VERSION) return failed({ why: 'newer', said: String(value.lockVersion) });
  const entries = value.packages ?? {};
  if (!isObject(entries) || Object.keys(entries).length > MOST_ENTRIES)
    return failed({ why: 'not-a-lock', said: 'packages' });
  const packages = new Map<string, LockedPackage>();
  const problems: LockProblem[] = [];
  for (const [key, entry] of Object.entries(entries)) {
    const wrong = wrongIn(entry);
    if (wrong !== undefined) problems.push({ why: 'entry', key, said: wrong });
    // An entry of another registry is kept as it is, for a later mcp-pipe.
    else if (isKnown(entry)) packages.set(key, entry as unknown as LockedPackage);
  }
  return { packages, problems, raw: value };
}

function failed(problem: LockProblem): ReadLock {
  return { packages: new Map(), problems: [problem], raw: undefined };
}

function isKnown(entry: unknown): boolean {
  return isObject(entry) && (entry.registry === 'npm' || entry.registry === 'pypi');
}

/**
 * The key that is not as `LockedPackage` says; undefined when all are. Keys that are not known here are left as they are. The lock
 * may come from another person: names and versions become paths and arguments of programs.
 */
export function wrongIn(entry: unknown): string | undefined {
  if (!isObject(entry)) return 'entry';
  if (!isText(entry.registry)) return 'registry';
  if (!isKnown(entry)) return undefined;
  if (!isName(entry.name)) return 'name';
  if (!isVersion(entry.version)) return 'version';
  if (!isText(entry.bin) || /[/\\]/.test(entry.bin as string)) return 'bin';
  if (!isText(entry.lockedAt)) return 'lockedAt';
  if (!isPlace(entry.entry)) return 'entry';
  if (!areHashes(entry.integrity)) return 'integrity';
  if (entry.python !== undefined && !/^\d{1,3}\.\d{1,3}$/.test(String(entry.python))) return 'python';
  for (const key of ['owners', 'options']) {
    const list = entry[key];
    if (list !== undefined && !(Array.isArray(list) && list.every(isText))) return key;
  }
  const { packages } = entry;
  if (!Array.isArray(packages) || packages.length === 0 || packages.length > MOST_PACKAGES) return 'packages';
  const wrong = packages.findIndex((one: unknown) => !isInstalled(one, packages));
  return wrong < 0 ? undefined : `packages[${wrong}]`;
}

function isInstalled(one: unknown, all: readonly unknown[]): boolean {
  return (
    isObject(one) &&
    isName(one.name) &&
    isVersion(one.version) &&
    (areHashes(one.integrity) || isBundled(one, all)) &&
    (one.at === undefined || (isPlace(one.at) && /^node_modules\//.test(one.at as string))) &&
    (one.resolved === undefined || (isText(one.resolved) && /^https?:\/\//.test(one.resolved as string))) &&
    (one.more === undefined ||
      (isObject(one.more) && !OWN_KEYS.some((key) => Object.hasOwn(one.more as object, key))))
  );
}

/** What an installed package says itself: `more` must not say it otherwise. A link leads out of the installation. */
const OWN_KEYS = ['name', 'version', 'resolved', 'integrity', 'hasInstallScript', 'link'];

/** It comes within the archive of another package, whose hash counts, and is fetched from nowhere. */
function isBundled(
  { integrity, more, at, resolved }: Record<string, unknown>,
  all: readonly unknown[],
): boolean {
  const isSaid =
    Array.isArray(integrity) && integrity.length === 0 && isObject(more) && more.inBundle === true;
  return (
    isSaid &&
    resolved === undefined &&
    all.some(
      (one) =>
        isObject(one) &&
        areHashes(one.integrity) &&
        isText(one.at) &&
        String(at).startsWith(`${one.at as string}/`),
    )
  );
}

/** `@scope/name`, also as old packages of npm are called. */
function isName(value: unknown): boolean {
  return isText(value) && /^(@[\w.~!'()*-]+\/)?[\w~!'()*][\w.~!'()*-]*$/.test(value as string);
}

/** Of npm and of Python (PEP 440). */
function isVersion(value: unknown): boolean {
  return isText(value) && /^\w[\w.+!-]*$/.test(value as string);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT && !/\p{Cc}/u.test(value);
}

/** A path that stays below its folder. */
function isPlace(value: unknown): boolean {
  return (
    isText(value) &&
    !/^[/\\]|\\|^[A-Za-z]:/.test(value as string) &&
    (value as string).split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

function areHashes(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= 1_000 &&
    value.every((one) => typeof one === 'string' && /^sha(256|384|512)-[A-Za-z0-9+/=_-]{43,90}$/.test(one))
  );
}
