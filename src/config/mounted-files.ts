import { statSync } from 'node:fs';
import { ConfigError, type Finding } from '../protocol/errors.js';
import { warningAt } from './finding.js';

/**
 * The text that `read` returns. In the container a mounted `.env` that its user may not read is none: the engine has given its
 * variables to the container. The finding says so.
 */
export function mountedEnvText(
  file: string,
  read: () => string | undefined,
): { text: string | undefined; findings: Finding[] } {
  try {
    return { text: read(), findings: [] };
  } catch (error) {
    if (!isDenied(error)) throw error;
    const place = { file, path: '', line: undefined };
    return {
      text: undefined,
      findings: [warningAt(place, 'env-file-closed', { user: process.getuid?.() ?? 0 })],
    };
  }
}

function isDenied(error: unknown): error is ConfigError {
  return error instanceof ConfigError && error.findings.some(({ params }) => params.error === 'EACCES');
}

/**
 * Warnings for mounted files that were replaced outside: a bind mount of a file keeps the replaced one, which has no name any
 * more, until the container starts again.
 */
export function replacedFiles(files: readonly string[]): Finding[] {
  return files
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.nlink === 0)
    .map((file) => warningAt({ file, path: '', line: undefined }, 'file-replaced'));
}
