import { CACHE_KEYS } from './cache-schema.js';
import { BREAKER_KEYS, CALLS_KEYS, CALLS_OF_TOOL_KEYS } from './calls-schema.js';
import type { JsonPath } from './json-source.js';
import { OAUTH_KEYS } from './kinds/remote/written-oauth.js';
import { IMAGE_KEYS, SANDBOX_KEYS } from './kinds/stdio/confined.js';
import { LIMITS_KEYS } from './limits-schema.js';
import { TOOLS_KEYS, TURN_KEYS } from './schema.js';

/** The keys that an object inside an entry may have, at the place of one that it may not; undefined: any. */
export function keysBeside([key, inside, ...more]: JsonPath): readonly string[] | undefined {
  switch (key) {
    case 'rotate':
      return TURN_KEYS;
    case 'oauth':
      return OAUTH_KEYS;
    case 'tools':
      return TOOLS_KEYS;
    case 'sandbox':
      return SANDBOX_KEYS;
    case 'image':
      return IMAGE_KEYS;
    case 'cache':
      return CACHE_KEYS;
    case 'limits':
      return LIMITS_KEYS;
    case 'calls':
      if (more.length === 0) return CALLS_KEYS;
      return inside === 'breaker' ? BREAKER_KEYS : CALLS_OF_TOOL_KEYS;
    default:
      return undefined;
  }
}
