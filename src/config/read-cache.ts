import { CACHE } from '../policy/cache/cache-defaults.js';
import type { CacheOptions } from '../policy/cache/cache-stage.js';
import type { RawCache } from './cache-schema.js';
import { durationMs } from './mode.js';
import { bytesOf } from './size.js';

/** `"cache"` of a server, once the schema has let it through; undefined: nothing is kept. */
export function readCache(raw: RawCache | undefined): CacheOptions | undefined {
  if (raw === undefined) return undefined;
  const isObject = typeof raw === 'object';
  if (!isObject && String(raw).trim().toLowerCase() !== 'true') return undefined;
  const { ttl, tools, shared = false, maxBytes, store = 'memory' } = isObject ? raw : {};
  return {
    ttlMs: Math.min(typeof ttl === 'string' ? durationMs(ttl)! : (ttl ?? CACHE.ttlMs), CACHE.mostTtlMs),
    ...(tools === undefined ? {} : { tools }),
    shared: String(shared).trim().toLowerCase() === 'true',
    maxBytes: typeof maxBytes === 'string' ? bytesOf(maxBytes)! : (maxBytes ?? CACHE.maxBytes),
    store,
  };
}
