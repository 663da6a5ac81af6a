import type { Status } from '../protocol/status.js';

/** What links that use the same server each report of it, in the same words. */
const OF_LISTS: ReadonlySet<Status['type']> = new Set([
  'list-failed',
  'list-recovered',
  'list-faults',
  'list-too-long',
  'renamed',
  'name-hidden',
]);

/** The same report of another link counts as new after a minute. */
const REPEAT_AFTER_MS = 60_000;
/** Reports that are remembered; more need not be. */
const MOST_REMEMBERED = 500;

/** Remembers which links use a server, and what they have reported of it, so that the log says once what they all say. */
export class ServerUsers {
  readonly #links = new Map<string, Set<string>>();
  readonly #told = new Map<string, { link: string; at: number }>();

  /** Reads a Status; call it for every event. */
  onStatus(status: Status): void {
    const { type, link, server = link, alsoLinks = [] } = status;
    if (type === 'link-state' && status.to === 'closed') {
      for (const [name, links] of this.#links)
        if (links.delete(link) && links.size === 0) this.#links.delete(name);
    }
    if (type !== 'server-state' && type !== 'server-kept') return;
    const links = this.#links.get(server) ?? new Set();
    for (const user of [link, ...alsoLinks]) links.add(user);
    if (type === 'server-state' && status.to === 'stopped') this.#links.delete(server);
    else this.#links.set(server, links);
  }

  /** Whether another link that uses the server has just reported the same of it. */
  isToldByOther(status: Status, now: number): boolean {
    const { type, link, server } = status;
    if (server === undefined || !OF_LISTS.has(type)) return false;
    const { at: _at, link: _link, alsoLinks: _others, ...report } = status;
    const key = JSON.stringify({ ...report, waitedMs: undefined });
    const told = this.#told.get(key);
    const isOther = told && told.link !== link && this.#links.get(server)?.has(told.link);
    if (isOther && now - told.at < REPEAT_AFTER_MS) return true;
    this.#told.delete(key);
    this.#told.set(key, { link, at: now });
    if (this.#told.size > MOST_REMEMBERED) this.#told.delete(this.#told.keys().next().value!);
    return false;
  }
}
