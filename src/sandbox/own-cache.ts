import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Confinement } from './confinement.js';

/** The folder in which a server in a sandbox keeps what it downloads. Pure. @param caches That of all of them */
export function ownCache(caches: string, server: string, own: Confinement['own']): string {
  const of = createHash('sha256')
    .update(JSON.stringify([own[0], server]))
    .digest('hex')
    .slice(0, 8);
  return join(caches, `${server.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 40)}-${of}`);
}

/** Where managers of packages keep what they download: a cache that servers share could be changed by one for the others. Pure. */
export function cacheEnv(cache: string): Record<string, string> {
  return {
    XDG_CACHE_HOME: cache,
    npm_config_cache: join(cache, 'npm'),
    npm_config_update_notifier: 'false',
    UV_CACHE_DIR: join(cache, 'uv'),
    UV_TOOL_DIR: join(cache, 'uv-tools'),
    PIP_CACHE_DIR: join(cache, 'pip'),
    BUN_INSTALL_CACHE_DIR: join(cache, 'bun'),
  };
}
