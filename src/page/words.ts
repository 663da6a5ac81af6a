import type { words } from '../messages/page/words-en.js';

export type PageLang = 'en' | 'vi';
type Words = typeof words;

/** A file each, so that a visit loads one of them. */
const load: Record<PageLang, () => Promise<{ words: Words }>> = {
  en: () => import('../messages/page/words-en.js'),
  vi: () => import('../messages/page/words-vi.js'),
};

/** The words in the language of the page: `w.copy`. None before the first `changeLang`. */
export let w: Words;
export let lang: PageLang = 'en';
let wanted: PageLang | undefined;
let changed = () => {};

/**
 * Takes a language once its words are here; what was told of it by `onLang` hears.
 *
 * @throws when they cannot be loaded; then nothing has changed.
 */
export async function changeLang(next: PageLang): Promise<void> {
  wanted = next;
  const loaded = await load[next]();
  // A person has chosen again meanwhile.
  if (wanted !== next) return;
  lang = next;
  w = loaded.words;
  changed();
}

export function onLang(then: () => void): void {
  changed = then;
}
