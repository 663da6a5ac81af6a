import type { help } from './en/help.js';
import type { Lang } from './index.js';

/** What the help and complaints about a command line say. */
export type HelpWords = typeof help;

/** Reads one language only: the help is to be there at once. */
export async function helpWords(lang: Lang): Promise<HelpWords> {
  return lang === 'vi' ? (await import('./vi/help.js')).help : (await import('./en/help.js')).help;
}
