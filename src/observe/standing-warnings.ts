import type { Status, StatusEvent } from '../protocol/status.js';
import { isNewServer } from './server-record.js';

/** Codes of warnings that apply until an event ends them. Stable: programs may rely on them. */
export type WarningCode = 'LIST_FAILED' | 'LIST_FAULTS';

/** A warning that still applies. Its text is that of the event. */
export interface StandingWarning {
  /** Stable: programs may compare with it. */
  code: WarningCode;
  /** The method or tool of the warning, where one code can have several. */
  about: string | undefined;
  /** Milliseconds since 1970. */
  since: number;
  /** The last event of this warning. */
  event: StatusEvent;
}

type Change = { begins: WarningCode; about?: string } | { ends: WarningCode; about?: string };

/**
 * The warnings that a Status begins or ends. Each warning needs an event here that begins it and one that ends it. `ends`
 * without `about` ends all warnings of the code.
 */
function changesOf(status: Status): readonly Change[] {
  switch (status.type) {
    case 'list-failed':
      return [{ begins: 'LIST_FAILED', about: status.method }];
    case 'list-recovered':
      return [{ ends: 'LIST_FAILED', about: status.method }];
    case 'list-faults':
      return [
        status.faults.length > 0
          ? { begins: 'LIST_FAULTS', about: status.kind }
          : { ends: 'LIST_FAULTS', about: status.kind },
      ];
    default:
      return [];
  }
}

/** Most warnings kept for a link or server; more would help no reader. */
const MAX_STANDING = 32;

/** The warnings of links and servers that apply now. */
export class StandingWarnings {
  /** By the link's or the server's name. */
  readonly #ofLinks = new Map<string, StandingWarning[]>();
  readonly #ofServers = new Map<string, StandingWarning[]>();

  /** @param of Name of the server that the status is about. */
  onStatus(status: Status, of: string): void {
    // The link that uses the server from now on asks for its lists anew, and reports only what is wrong with them.
    const isOnly = status.type === 'server-kept' && !status.others;
    if (isOnly || isNewServer(status)) this.#ofServers.delete(of);
    for (const change of changesOf(status)) {
      const { server } = status;
      const all = server === undefined ? this.#ofLinks : this.#ofServers;
      const name = server ?? status.link;
      all.set(name, after(all.get(name) ?? [], change, status));
    }
  }

  /** Forgets the warnings of a link that has ended and whose name another link takes. */
  forget(link: string): void {
    this.#ofLinks.delete(link);
  }

  ofLink(link: string): readonly StandingWarning[] {
    return this.#ofLinks.get(link) ?? [];
  }

  ofServer(server: string): readonly StandingWarning[] {
    return this.#ofServers.get(server) ?? [];
  }
}

function after(standing: readonly StandingWarning[], change: Change, status: Status): StandingWarning[] {
  const { about } = change;
  if ('ends' in change)
    return standing.filter(
      ({ code, about: of }) => code !== change.ends || (about !== undefined && of !== about),
    );
  const code = change.begins;
  const known = standing.find((one) => one.code === code && one.about === about);
  const { at: _at, link: _link, server: _server, alsoLinks: _others, ...event } = status;
  const next = { code, about, since: known?.since ?? status.at, event: event as StatusEvent };
  return known
    ? standing.map((one) => (one === known ? next : one))
    : [...standing.slice(1 - MAX_STANDING), next];
}
