import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder in which servers in sandboxes keep what they download, each in one of its own. */
export function sandboxCaches(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(ownCaches(env), 'sandboxes');
}

/** The folder of the compiled code that mcp-pipe runs at its next start; `cli/compiled-code.ts` finds it by itself (D365). */
export function compiledFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(ownCaches(env), 'compiled');
}

function ownCaches({ XDG_CACHE_HOME: xdg }: Readonly<Record<string, string | undefined>>): string {
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.cache'), 'mcp-pipe');
}
