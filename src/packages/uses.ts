import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { lockFile as takeLock } from '../process/file-lock.js';
import { processSpace } from '../process/identity.js';
import { makeFolder } from '../process/make-folder.js';

/** Size and time of a file of data, as it was when it was copied. */
export type Stamp = [bytes: number, at: number];

/** What servers that ask alike are started from. */
export interface Use {
  /** The installation, below the store: `npm/NAME-VERSION-HASH`. */
  installation: string;
  /** Milliseconds since 1970. */
  since: number;
  /** Where the data that they have written in their package's folder came from: the installation before, or a runner's folder. */
  from?: { root: string; under: string } | undefined;
  /** Files that were carried over, by path in the installation: as they were there, and as they are here since then. */
  carried?: Record<string, { there: Stamp; here: Stamp }> | undefined;
}

/** What a configuration uses of the store, by the keys of its lock. */
export interface Uses {
  lockFile: string;
  /** Containers may have other files at the same path: see `processSpace`. */
  space: string;
  /** Records of other spaces have been taken over into it. */
  isWhole?: boolean;
  by: Record<string, Use>;
}

/** How often the time of a record is renewed that does not change. */
const RENEWED_MS = 24 * 60 * 60_000;
/** The longest wait for others that write the same record, which takes each of them some milliseconds. */
const WAIT_MS = 5_000;
/** More than all configurations of a user. */
const MOST_RECORDS = 1_000;

/** The record of what a lock file uses stands in the store, so that another configuration knows what not to remove. */
function recordOf(store: string, lockFile: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([lockFile, processSpace()]))
    .digest('hex');
  return join(store, 'uses', `${hash.slice(0, 24)}.json`);
}

/**
 * What a lock file uses. A new container has another space than the one before, with the same lock file on a volume: what its last
 * record does not know, the newest one of another space does.
 */
// D357
export async function readUses(store: string, lockFile: string): Promise<Uses> {
  const file = recordOf(store, lockFile);
  const own = await readRecord(file);
  if (own?.isWhole) return own;
  const others = (await allUses(store)).filter((one) => one.lockFile === lockFile && one.file !== file);
  const by = others.sort((a, b) => a.at - b.at).map((one) => one.by);
  return { lockFile, space: processSpace(), isWhole: true, by: Object.assign({}, ...by, own?.by) };
}

/**
 * Changes what is known of one key. Servers that are started at the same time, by other processes too, do so one after another.
 *
 * @throws the system's error, and a TimeoutError when the others take too long
 */
export async function writeUse(
  store: string,
  lockFile: string,
  key: string,
  use: Use | undefined,
): Promise<void> {
  const file = recordOf(store, lockFile);
  /** Undefined: the record says so already. */
  const changed = async () => {
    const uses = await readUses(store, lockFile);
    const by = use === undefined ? uses.by : { ...uses.by, [key]: use };
    const text = JSON.stringify({ ...uses, by });
    return (await readFile(file, 'utf8').catch(() => undefined)) === text ? undefined : text;
  };
  if ((await changed()) === undefined) {
    const now = new Date();
    if (now.getTime() - (await stat(file)).mtimeMs > RENEWED_MS) await utimes(file, now, now);
    return;
  }
  makeFolder(join(store, 'uses'), 0o700);
  const held = await takeLock(file, AbortSignal.timeout(WAIT_MS));
  const part = `${file}.${process.pid}.part`;
  try {
    const text = await changed();
    if (text === undefined) return;
    await writeFile(part, text, { mode: 0o600 });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    held.release();
  }
}

/** All records of a store. `at`: when it was written or renewed last. */
export async function allUses(store: string): Promise<(Uses & { file: string; at: number })[]> {
  const folder = join(store, 'uses');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const all = [];
  for (const name of names.slice(0, MOST_RECORDS)) {
    const file = join(folder, name);
    const uses = await readRecord(file);
    const at = (await stat(file).catch(() => undefined))?.mtimeMs;
    if (uses && at !== undefined) all.push({ ...uses, file, at });
  }
  return all;
}

/** How an installation is named in records. @param folder as `installationFolder` has it */
export function installationName(store: string, folder: string): string {
  return relative(store, folder).split('\\').join('/') || basename(folder);
}

async function readRecord(file: string): Promise<Uses | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Partial<Uses> | null;
    const isUses = typeof value?.lockFile === 'string' && value.by !== null && typeof value.by === 'object';
    return isUses ? (value as Uses) : undefined;
  } catch {
    return undefined;
  }
}
