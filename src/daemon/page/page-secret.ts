import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeStateFolder } from '../state-folder.js';

/** What a page keeps between runs. All of it is secret. */
export interface PageSecret {
  /** Signs sessions, so that a page that is open goes on after a restart. */
  secret: string;
  /** The key of a page that needs one and has none in the configuration. */
  key: string;
}

/** Bytes of chance in each: nobody tries that many. */
const BYTES = 24;

/** The file of it in the state folder. */
export function pageSecretFile(folder: string): string {
  return join(folder, 'ui.json');
}

/**
 * Reads what is kept in the state folder, or makes it: a file of this user alone.
 *
 * @param onUnkept called with why it cannot be kept; then it is for this run only.
 * @param made what is kept when nothing is there. Default: chance.
 */
export function readPageSecret(
  folder: string,
  onUnkept: (file: string, message: string) => void,
  made: PageSecret = { secret: chance(), key: chance() },
): PageSecret {
  const file = pageSecretFile(folder);
  const known = readKept(file);
  if (known) return known;
  try {
    makeStateFolder(folder);
    const whole = `${file}.${process.pid}.tmp`;
    writeFileSync(whole, `${JSON.stringify(made)}\n`, { mode: 0o600 });
    renameSync(whole, file);
  } catch (error) {
    onUnkept(file, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
  return made;
}

/** The key that is kept in a state folder; undefined when there is none, or it cannot be read. */
export function keptPageKey(folder: string): string | undefined {
  return readKept(pageSecretFile(folder))?.key;
}

function readKept(file: string): PageSecret | undefined {
  try {
    const { secret, key } = JSON.parse(readFileSync(file, 'utf8')) as Partial<PageSecret>;
    if (!isLong(secret) || !isLong(key)) return undefined;
    // A copy of the folder may have let others read it.
    chmodSync(file, 0o600);
    return { secret, key };
  } catch {
    return undefined;
  }
}

function isLong(text: unknown): text is string {
  return typeof text === 'string' && /^[\w-]{32,200}$/.test(text);
}

function chance(): string {
  return randomBytes(BYTES).toString('base64url');
}
