import { createHash } from 'node:crypto';

/** Lists that are read at a time, by several clients; of more, those that began first begin anew. */
const MOST_CURSORS = 64;

/**
 * Tells when a list was read to its end, each page from the first on. A client that asks for the last page alone, or for one that it
 * has made up, has not read the others (MCP "Pagination").
 */
export class ListPages {
  /** Digests of cursors that go on where pages from the first on have ended. */
  readonly #next = new Set<string>();

  /** The server has answered a request for the page at `cursor`, undefined for the first; `next` is that of the next page. */
  read(cursor: string | undefined, next: string | undefined): boolean {
    if (cursor !== undefined && !this.#next.has(digestOf(cursor))) return false;
    if (next === undefined) return true;
    this.#next.add(digestOf(next));
    for (const oldest of this.#next) {
      if (this.#next.size <= MOST_CURSORS) break;
      this.#next.delete(oldest);
    }
    return false;
  }

  /** The list may be another one: its pages are read from the first on. */
  clear(): void {
    this.#next.clear();
  }
}

function digestOf(cursor: string): string {
  return createHash('sha256').update(cursor).digest('base64');
}
