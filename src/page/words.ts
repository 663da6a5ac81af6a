import { type PageLang, pageWords } from '../messages/page/index.js';

/** The words in the language of the page: `w.copy`. */
export let w = pageWords.en;
export let lang: PageLang = 'en';
let changed = () => {};

/** Takes a language; what was told of it by `onLang` hears. */
export function changeLang(next: PageLang): void {
  lang = next;
  w = pageWords[next];
  changed();
}

export function onLang(then: () => void): void {
  changed = then;
}
