import { parse } from 'jsonc-parser';
import { findConfigFile } from './config-file.js';
import { isComment } from './finding.js';
import { SECTIONS } from './foreign-keys.js';
import { decodeText, readOrdinaryFile } from './text-file.js';

/**
 * Names of the configured servers, for completion on a command line. Errors are ignored: unreadable parts have no
 * names. `file` is `--config`.
 */
export function serverNames(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string[] {
  let text: string;
  try {
    text = decodeText(readOrdinaryFile(findConfigFile(file, env, cwd).file));
  } catch {
    return [];
  }
  const root: unknown = parse(text, [], { allowTrailingComma: true });
  if (typeof root !== 'object' || root === null) return [];
  const names = SECTIONS.flatMap((section) => {
    const entries: unknown = (root as Record<string, unknown>)[section];
    if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) return [];
    return Object.entries(entries)
      .filter(([name, entry]) => !isComment(name) || typeof entry === 'object')
      .map(([name]) => name);
  });
  return [...new Set(names)];
}
