import type { CopyFacts } from '../protocol/stats.js';
import { type Lang, messagesFor } from './index.js';

/** How many processes a server has, how many of them take calls, and how many are busy: `×3, 2 busy`. */
export function severalWords(copies: readonly CopyFacts[], lang: Lang): string {
  return messagesFor(lang).processes.several(countsOf(copies));
}

/** The same as a sentence for the page. */
export function severalSentence(copies: readonly CopyFacts[], lang: Lang): string {
  return messagesFor(lang).processes.sentence(countsOf(copies));
}

function countsOf(copies: readonly CopyFacts[]): { all: number; up: number; busy: number } {
  return {
    all: copies.length,
    up: copies.filter(({ state }) => state === 'ready').length,
    busy: copies.filter(({ running }) => running > 0).length,
  };
}
