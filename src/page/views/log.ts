import type { Kid } from '../dom.js';
import { verdict } from '../pieces.js';
import { w } from '../words.js';

/** The whole log. */
export function logView(): Kid {
  return verdict('ok', w.tabs.log);
}
