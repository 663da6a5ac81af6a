import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { worded } from '../../messages/worded.js';
import { McpPipeError } from '../../protocol/errors.js';
import { idleClock } from '../../time/clock.js';
import { watchFiles } from '../watch-files.js';

/** The files of a certificate and of its key. */
export interface TlsFiles {
  cert: string;
  key: string;
}

/** What they hold. */
export interface TlsContents {
  cert: Buffer;
  key: Buffer;
}

/** A certificate cannot be used: its files cannot be read, or do not belong together. */
export class TlsFilesError extends McpPipeError {
  override readonly code = 'TLS_FILES';

  declare readonly said: { id: string; params: TlsFiles & { file: string; reason: string } };

  constructor({ cert, key }: TlsFiles, cause: Error) {
    const { code = '', path = '' } = cause as NodeJS.ErrnoException;
    // Node's own words name what is wrong with a certificate, and nothing of a key.
    const words = worded('tls-files', { cert, key, file: path, reason: path === '' ? cause.message : code });
    super(words.message, { ...words, cause });
  }
}

/** Reads both, and tries them. @throws TlsFilesError */
export async function readTls(files: TlsFiles): Promise<TlsContents> {
  try {
    const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    throw new TlsFilesError(files, error as Error);
  }
}

/**
 * Reads them again when they change, until the returned function is called. Files that cannot be used change nothing.
 *
 * @param onBad hears of such files
 */
export function followTls(
  files: TlsFiles,
  onNew: (contents: TlsContents) => void,
  onBad: (error: TlsFilesError) => void,
): () => void {
  return watchFiles({
    files: () => [files.cert, files.key],
    clock: idleClock,
    onChange: () => readTls(files).then(onNew, onBad),
  });
}
