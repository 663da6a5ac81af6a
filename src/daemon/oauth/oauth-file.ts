import { chmodSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { replaceStateFile } from '../state-file.js';
import type { OAuthRecords } from './oauth-records.js';

/** What is kept. */
interface Kept extends OAuthRecords {
  /** Of what tells whether a key is still the same one. */
  salt: string;
}

/** A longer file is none of ours, in bytes. */
const LONGEST_BYTES = 16 * 1024 * 1024;
const VERSION = 1;

/** The file of the authorization server in the state folder. */
export function oauthFile(folder: string): string {
  return join(folder, 'oauth.json');
}

/** Reads what is kept; undefined when nothing is, or it cannot be read: then every client is let in anew. */
export function readOAuthFile(folder: string): Kept | undefined {
  const file = oauthFile(folder);
  try {
    if (statSync(file).size > LONGEST_BYTES) return undefined;
    const { version, salt, clients, grants, tokens } = JSON.parse(readFileSync(file, 'utf8'));
    if (version !== VERSION || typeof salt !== 'string' || ![clients, grants, tokens].every(Array.isArray))
      return undefined;
    // A copy of the folder may have let others read it.
    chmodSync(file, 0o600);
    return { salt, clients, grants, tokens };
  } catch {
    return undefined;
  }
}

/** Writes it, for this user alone. A reader finds the old file or the new one, never a half. @throws the system's error */
export function writeOAuthFile(folder: string, records: Kept): void {
  replaceStateFile(
    folder,
    basename(oauthFile(folder)),
    `${JSON.stringify({ version: VERSION, ...records })}\n`,
  );
}
