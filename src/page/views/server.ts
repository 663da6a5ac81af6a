import type { Kid } from '../dom.js';
import { verdict } from '../pieces.js';

/** One server. */
export function serverView(name: string): Kid {
  return verdict('unknown', name);
}
