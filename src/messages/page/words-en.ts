import { common } from './en/common.js';
import { detail } from './en/detail.js';
import { held } from './en/held.js';
import { log } from './en/log.js';
import { overview } from './en/overview.js';
import { settings } from './en/settings.js';
import { tools } from './en/tools.js';

/** Every word of the page by itself; what it says of servers and links comes from the daemon. A file of its own, for a visit loads one language. */
export const words = {
  ...common,
  overview,
  settingsPage: settings,
  detail,
  held,
  log,
  tools,
};
