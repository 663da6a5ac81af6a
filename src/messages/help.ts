import type { help } from './en/help.js';
import type { Lang } from './index.js';

/** The texts of the help and of errors in a command line. */
export type HelpWords = typeof help;

/** Loads one language only, because the help has to appear at once. */
export async function helpWords(lang: Lang): Promise<HelpWords> {
  return lang === 'vi' ? (await import('./vi/help.js')).help : (await import('./en/help.js')).help;
}
