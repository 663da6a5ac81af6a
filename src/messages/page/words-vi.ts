import { common } from './vi/common.js';
import { detail } from './vi/detail.js';
import { held } from './vi/held.js';
import { log } from './vi/log.js';
import { overview } from './vi/overview.js';
import { settings } from './vi/settings.js';
import { tools } from './vi/tools.js';
import type { words as en } from './words-en.js';

/** As in English, which says what there is. */
export const words: typeof en = {
  ...common,
  overview,
  settingsPage: settings,
  detail,
  held,
  log,
  tools,
};
