import { parse } from 'jsonc-parser';
import { findConfigFile } from './config-file.js';
import { isComment } from './finding.js';
import { SECTIONS } from './foreign-keys.js';
import { decodeText, readOrdinaryFile } from './text-file.js';

/** Names in a configuration, for completion on a command line. */
export interface ConfiguredNames {
  servers: string[];
  agents: string[];
}

/** Errors are ignored: unreadable parts have no names. `file` is `--config`. */
export function configuredNames(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): ConfiguredNames {
  let text: string;
  try {
    text = decodeText(readOrdinaryFile(findConfigFile(file, env, cwd).file));
  } catch {
    return { servers: [], agents: [] };
  }
  const root: unknown = parse(text, [], { allowTrailingComma: true });
  if (typeof root !== 'object' || root === null) return { servers: [], agents: [] };
  const namesIn = (section: string) => {
    const entries: unknown = (root as Record<string, unknown>)[section];
    if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) return [];
    return Object.entries(entries)
      .filter(([name, entry]) => !isComment(name) || typeof entry === 'object')
      .map(([name]) => name);
  };
  return { servers: [...new Set(SECTIONS.flatMap(namesIn))], agents: namesIn('agents') };
}
