import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'jsonc-parser';
import { decodeText } from './environment.js';
import { isComment } from './finding.js';
import { SECTIONS } from './foreign-keys.js';

export const DEFAULT_FILE = 'mcp_config.json';

/**
 * The names under which servers are configured, as far as they can be read: for completion on a command line, where
 * nobody wants to hear of mistakes. `file` is `--config`.
 */
export function serverNames(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string[] {
  let text: string;
  try {
    text = decodeText(readFileSync(resolve(cwd, file || env.MCP_CONFIG || DEFAULT_FILE)));
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
