import { type PageLang, pageWords } from '../messages/page/index.js';

/** The words in the language of the page: `w.copy`. */
export let w = pageWords.en;
export let lang: PageLang = 'en';

export function setLang(next: PageLang): void {
  lang = next;
  w = pageWords[next];
}
