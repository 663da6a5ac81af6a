import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ConfigError, Finding } from '../protocol/errors.js';
import { configError, errorAt, warningAt } from './finding.js';
import type { Place } from './place.js';
import { decodeText, OddFileError, readOrdinaryFile, undecodableLine } from './text-file.js';

/**
 * Reads a text file; undefined when it does not exist. Lines that `isAside` accepts may have any encoding.
 *
 * @throws ConfigError when it cannot be read.
 */
export function readText(file: string, isAside?: (line: string) => boolean): string | undefined {
  const place: Place = { file, path: '', line: undefined };
  let bytes: Buffer;
  try {
    bytes = readOrdinaryFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (error instanceof OddFileError && error.what !== 'folder') {
      throw configError('cannot-read', [errorAt(place, 'file-odd', { what: error.what })]);
    }
    const found = { error: code ?? String(error), isFolder: code === 'EISDIR' };
    throw configError('cannot-read', [errorAt(place, 'file-unreadable', found)]);
  }
  const line = undecodableLine(bytes, isAside);
  if (line !== undefined) throw configError('cannot-read', [errorAt({ ...place, line }, 'not-utf8')]);
  return decodeText(bytes);
}

/** Names that Windows shows like the wanted one, because it hides the ending. */
const MISNAMED = (name: string) => [`${name}.txt`, name.replace(/^\./, ''), `${name.replace(/^\./, '')}.txt`];

/** Warnings for a file whose name is nearly that of the missing `file`. */
export function misnamed(file: string): Finding[] {
  const wanted = basename(file);
  const folder = dirname(file);
  const found = [...new Set(MISNAMED(wanted))].find((name) => name !== wanted && isText(join(folder, name)));
  if (found === undefined) return [];
  const place: Place = { file: join(folder, found), path: '', line: undefined };
  return [warningAt(place, 'file-misnamed', { found: join(folder, found), wanted })];
}

/** A file, not a folder: a folder `env` is mostly Python's. */
function isText(file: string): boolean {
  try {
    return existsSync(file) && readOrdinaryFile(file).length > 0;
  } catch {
    return false;
  }
}

/** The error for a file that was named, by `by`. */
export function missingFile(file: string, by: string): ConfigError {
  const place: Place = { file, path: '', line: undefined };
  return configError('cannot-read', [errorAt(place, 'file-not-found', { by })]);
}
