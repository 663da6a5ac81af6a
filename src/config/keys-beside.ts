import { keysOf } from './check-part.js';
import type { JsonPath } from './json-source.js';
import { OAUTH_KEYS } from './kinds/remote/written-oauth.js';
import { IMAGE_KEYS, SANDBOX_KEYS } from './kinds/stdio/confined.js';

/** The keys that an object inside an entry may have, at the place of one that it may not; undefined: any. */
export function keysBeside([key, inside, ...more]: JsonPath): readonly string[] | undefined {
  switch (key) {
    case 'oauth':
      return OAUTH_KEYS;
    case 'sandbox':
      return SANDBOX_KEYS;
    case 'image':
      return IMAGE_KEYS;
    case 'rotate':
    case 'tools':
    case 'cache':
    case 'limits':
      return keysOf('server', key);
    case 'calls':
      if (more.length === 0) return keysOf('server', key);
      return inside === 'breaker' ? keysOf('server', key, inside) : keysOf('server', key, 'tools', 'any');
    default:
      return undefined;
  }
}
