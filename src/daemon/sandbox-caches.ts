import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder in which servers in sandboxes keep what they download, each in one of its own. */
export function sandboxCaches(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const cache = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(cache, 'mcp-pipe', 'sandboxes');
}
