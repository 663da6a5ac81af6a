import { randomBytes } from 'node:crypto';
import { MOST_WAITING } from './oauth-bounds.js';
import type { Payload } from './oauth-records.js';

/** A key that was entered on a page. */
export interface Entered {
  key: string;
  mark: string;
}

interface Page {
  payload: Payload;
  until: number;
  entered?: Entered | undefined;
}

/** Logins that wait for a person, in memory. */
export class OpenPages {
  /** Signs what proves that an answer comes from a page of this run. */
  readonly secret = randomBytes(32);
  readonly #pages = new Map<string, Page>();

  put(id: string, payload: Payload, expiresInS: number): void {
    const { entered } = this.#pages.get(id) ?? {};
    this.#pages.delete(id);
    this.#pages.set(id, { payload, until: Date.now() + expiresInS * 1_000, entered });
    for (const [one, { until }] of this.#pages)
      if (until <= Date.now() || this.#pages.size > MOST_WAITING) this.#pages.delete(one);
      else break;
  }

  find(id: string): Readonly<Page> | undefined {
    const page = this.#pages.get(id);
    return page && page.until > Date.now() ? page : undefined;
  }

  /** A person has entered a key, or takes it back. */
  enter(id: string, entered: Entered | undefined): void {
    const page = this.#pages.get(id);
    if (page) page.entered = entered;
  }

  end(id: string): void {
    this.#pages.delete(id);
  }
}
