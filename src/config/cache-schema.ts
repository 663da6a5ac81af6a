import * as z from 'zod';
import { CACHE } from '../policy/cache/cache-defaults.js';
import { duration, size, text, wants, yesOrNo } from './shapes.js';

/** `"cache"` of a server as an object. */
const cacheShape = z.strictObject(
  {
    ttl: duration(CACHE.leastTtlMs)
      .optional()
      .describe(
        `How long a result is good whose server does not say so itself, in milliseconds or as a text: "30s", "5m". Default: ${CACHE.ttlMs}.`,
      ),
    tools: z
      .array(text, wants('list-of-texts'))
      .optional()
      .describe(
        'Tools whose results are kept, by name or with * and ?, whatever they say of themselves; no others are. Default: those that say readOnlyHint.',
      ),
    shared: yesOrNo
      .optional()
      .describe(
        'true: an answer that one caller got answers the others as well. Only for a server that says the same to all. Default: false; each key, and each link, has its own answers, unless the server says "cacheScope": "public".',
      ),
    maxBytes: size(CACHE.leastBytes, CACHE.mostBytes)
      .optional()
      .describe(
        `How much of its results is kept in memory, in bytes or as a text: "16MB"; what was not asked for the longest goes first. Default: ${CACHE.maxBytes}.`,
      ),
    store: z
      .enum(['memory', 'redis'], wants('cache-store'))
      .optional()
      .describe(
        '"redis": results are kept in the Redis of "redis", for all machines that have the same server; without one, and for servers with processes of their own for some callers, in memory. Default: "memory".',
      ),
  },
  wants('cache'),
);

const cache = z.union([yesOrNo, cacheShape], wants('cache'));

/** The key of a server about what is kept of its results. */
export const cacheKeys = {
  cache: cache
    .optional()
    .describe(
      'Results are kept for a while, and answer equal calls without the server: of tools that say of themselves that they only read (readOnlyHint), of resources, and of lists for as long as the server says (ttlMs). true, or { "ttl": "30s", "tools": ["get_*"], "shared": false, "maxBytes": "16MB", "store": "memory" }. See docs/policy.md. Default: false.',
    )
    .meta({ examples: [true, { ttl: '30s', tools: ['get_*'] }] }),
};

export type RawCache = z.infer<typeof cache>;
