import { common } from './common.js';
import { detail } from './detail.js';
import { log } from './log.js';
import { overview } from './overview.js';
import { settings } from './settings.js';
import { tools } from './tools.js';

/** Every word of the page by itself; what it says of servers and links comes from the daemon. */
export const pageWords = {
  en: {
    ...common.en,
    overview: overview.en,
    settingsPage: settings.en,
    detail: detail.en,
    log: log.en,
    tools: tools.en,
  },
  vi: {
    ...common.vi,
    overview: overview.vi,
    settingsPage: settings.vi,
    detail: detail.vi,
    log: log.vi,
    tools: tools.vi,
  },
};

export type PageLang = keyof typeof pageWords;
