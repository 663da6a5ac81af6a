import type { Kid } from '../dom.js';
import { verdict } from '../pieces.js';
import { w } from '../words.js';

export function settingsView(): Kid {
  return verdict('ok', w.tabs.settings, w.settingsPage.about);
}
