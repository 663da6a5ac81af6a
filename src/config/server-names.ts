import { parse } from 'jsonc-parser';
import { findConfigFile } from './config-file.js';
import { isComment } from './finding.js';
import { SECTIONS } from './foreign-keys.js';
import { isOff } from './switch-keys.js';
import { decodeText, readOrdinaryFile } from './text-file.js';

/** Names in a configuration, for completion on a command line. */
export interface ConfiguredNames {
  servers: string[];
  agents: string[];
  /** Those of the servers and agents that are disabled. */
  disabled: string[];
}

const NONE: ConfiguredNames = { servers: [], agents: [], disabled: [] };

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
    return NONE;
  }
  const root: unknown = parse(text, [], { allowTrailingComma: true });
  if (typeof root !== 'object' || root === null) return NONE;
  const entriesIn = (section: string) => {
    const entries: unknown = (root as Record<string, unknown>)[section];
    if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) return [];
    return Object.entries(entries).filter(([name, entry]) => !isComment(name) || typeof entry === 'object');
  };
  const servers = SECTIONS.flatMap(entriesIn);
  const agents = entriesIn('agents');
  const namesOf = (entries: typeof agents) => [...new Set(entries.map(([name]) => name))];
  const disabled = [...servers, ...agents].filter(([, entry]) => isOff(entry));
  return { servers: namesOf(servers), agents: namesOf(agents), disabled: namesOf(disabled) };
}
