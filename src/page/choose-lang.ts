import { toast } from './toast.js';
import { changeLang, type PageLang, w } from './words.js';

/** A person chooses a language. Its words may have to be loaded, which a page that has lost mcp-pipe cannot do. */
export function chooseLang(next: PageLang): void {
  changeLang(next).catch(() => toast(w.blind.neverHeard));
}
