import type { Kid } from '../dom.js';
import { verdict } from '../pieces.js';
import { w } from '../words.js';

/** Asks for the key. */
export function keyView(): Kid {
  return verdict('unknown', w.settingsPage.form.head, w.settingsPage.form.about);
}
