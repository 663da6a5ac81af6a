import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createExclusively } from './create-exclusively.js';
import { isRunning, processSpace, thisProcess } from './identity.js';

/** What a lock file says; `nonce` identifies the claim. */
interface Claim {
  pid: number;
  birth: string | undefined;
  /** See `processSpace`: elsewhere it cannot be seen whether the process runs. */
  space: string;
  nonce: string;
}

export interface FileLock {
  /** Whether nobody has taken it over: a process that was stopped for minutes loses it. */
  isHeld(): boolean;
  release(): void;
}

/** The longest that a lock is held, in milliseconds: that of a login, for two requests of at most 15 s, and time to write. */
const HELD_AT_MOST_MS = 40_000;
/** After this time the lock of another container or machine counts as left behind; clocks may differ by the rest. */
const STALE_AFTER_MS = 2 * HELD_AT_MOST_MS;
/** A file is written right after it was created. */
const WRITTEN_WITHIN_MS = 2_000;
/** How often a waiting process looks, in milliseconds; the renewal of a login takes some hundred. */
const LOOK_EVERY_MS = 40;

/**
 * Takes the lock of a file, for which links, copies, processes, and containers that share the folder wait alike.
 *
 * A claim is a file that one process alone can create (O_EXCL), numbered one higher than any that was left behind. It counts once
 * its creator has read the folder again and found no other living claim, as with leases: of two creators the later one finds the
 * file of the other.
 *
 * @param file The file that is about to be written; the lock stands beside it.
 * @throws the system's error when files cannot be created there; the reason of `signal`
 */
// D183
export async function lockFile(file: string, signal?: AbortSignal): Promise<FileLock> {
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryLock(file);
    if (lock) return lock;
    // Not all at the same moment again.
    await sleep(LOOK_EVERY_MS * (0.5 + Math.random()), undefined, signal ? { signal } : {});
  }
}

function tryLock(file: string): FileLock | undefined {
  const folder = dirname(file);
  const before = claims(file);
  if (before.some(({ isAlive }) => isAlive)) return undefined;
  const number = 1 + Math.max(0, ...before.map((one) => one.number));
  const name = `${basename(file)}.${number}.lock`;
  const path = join(folder, name);
  const nonce = randomUUID();
  const claim: Claim = { ...thisProcess(), space: processSpace(), nonce };
  if (!createExclusively(path, JSON.stringify(claim))) return undefined;
  const isHeld = () => {
    const claim = claimIn(path);
    return typeof claim === 'object' && claim.nonce === nonce;
  };
  const release = () => {
    if (isHeld()) remove(path);
  };
  const others = claims(file).filter((one) => one.name !== name);
  if (others.some(({ isAlive }) => isAlive) || !isHeld()) {
    release();
    return undefined;
  }
  for (const { name: left } of others) remove(join(folder, left));
  return { isHeld, release };
}

interface Found {
  name: string;
  number: number;
  isAlive: boolean;
}

function claims(file: string): Found[] {
  const prefix = `${basename(file)}.`;
  return readdirSync(dirname(file)).flatMap((name): Found[] => {
    if (!name.startsWith(prefix)) return [];
    const [, number] = /^(\d{1,9})\.lock$/.exec(name.slice(prefix.length)) ?? [];
    if (number === undefined) return [];
    const found = read(join(dirname(file), name));
    return found ? [{ name, number: Number(number), isAlive: isAlive(found) }] : [];
  });
}

function isAlive({ claim, ageMs }: { claim: Read; ageMs: number }): boolean {
  // A clock that was set back leaves locks of the future.
  const distanceMs = Math.abs(ageMs);
  if (!claim) return distanceMs < WRITTEN_WITHIN_MS;
  const isGone = claim !== 'of-another-user' && claim.space === processSpace() && !isRunning(claim);
  return !isGone && distanceMs < STALE_AFTER_MS;
}

/** Undefined: it says nothing, as one does that is being written. */
type Read = Claim | 'of-another-user' | undefined;

function read(path: string): { claim: Read; ageMs: number } | undefined {
  // What cannot be followed or read has its number all the same.
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat && { claim: claimIn(path), ageMs: Date.now() - stat.mtimeMs };
}

function claimIn(path: string): Read {
  try {
    return claimOf(readFileSync(path, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'of-another-user' : undefined;
  }
}

function claimOf(text: string): Claim | undefined {
  try {
    const value = JSON.parse(text) as Partial<Claim> | null;
    return typeof value?.nonce === 'string' && typeof value.pid === 'number' ? (value as Claim) : undefined;
  } catch {
    return undefined;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process has removed it.
  }
}
