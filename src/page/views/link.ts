import type { Kid } from '../dom.js';
import { verdict } from '../pieces.js';

/** One agent or link. */
export function linkView(name: string): Kid {
  return verdict('unknown', name);
}
