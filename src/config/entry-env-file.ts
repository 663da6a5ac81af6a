import { parse } from 'dotenv';
import type { OddFile } from '../messages/parts.js';
import type { Finding } from '../protocol/errors.js';
import { isEnvComment, strayLines } from './env-lines.js';
import { errorAt } from './finding.js';
import type { Place } from './place.js';
import { decodeText, OddFileError, readOrdinaryFile, undecodableLine } from './text-file.js';

/** The variables of the file that an entry's `envFile` names at `place`; with errors, none. */
export function readEnvFile(
  file: string,
  place: Place,
): { values: Record<string, string>; findings: Finding[] } {
  const unreadable = (problem: { error: string } | { odd: OddFile }) => ({
    values: {},
    findings: [errorAt(place, 'env-file-unreadable', { file, problem })],
  });
  try {
    const bytes = readOrdinaryFile(file);
    const line = undecodableLine(bytes, isEnvComment);
    if (line !== undefined) return { values: {}, findings: [errorAt({ file, path: '', line }, 'not-utf8')] };
    const text = decodeText(bytes);
    return { values: parse(text), findings: strayLines(file, text) };
  } catch (error) {
    if (error instanceof OddFileError) return unreadable({ odd: error.what });
    return unreadable({ error: (error as NodeJS.ErrnoException).code ?? 'unreadable' });
  }
}
