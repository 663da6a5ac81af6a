import { common } from './common.js';
import { overview } from './overview.js';
import { settings } from './settings.js';

/** Every word of the page by itself; what it says of servers and links comes from the daemon. */
export const pageWords = {
  en: { ...common.en, overview: overview.en, settingsPage: settings.en },
  vi: { ...common.vi, overview: overview.vi, settingsPage: settings.vi },
};

export type PageLang = keyof typeof pageWords;
