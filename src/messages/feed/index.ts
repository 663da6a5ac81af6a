import type { Lang } from '../index.js';
import { en } from './en.js';
import type { FeedWords } from './feed-words.js';
import { vi } from './vi.js';

const WORDS: Readonly<Record<Lang, FeedWords>> = { en, vi };

/** The words of the feed. They stand apart, so that only a run that is watched loads them. */
export function feedWordsFor(lang: Lang): FeedWords {
  return WORDS[lang];
}
