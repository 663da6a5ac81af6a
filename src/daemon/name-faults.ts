import type { NameFault } from '../policy/names.js';
import type { GuardedClient } from '../policy/stage.js';
import type { Status } from '../protocol/status.js';

/** So many faults are told apart; then they may be reported again. */
const MAX_SAID = 1_000;

/** Reports each name that does not fit a server's list once, whichever clients read the list. */
export class NameFaults {
  readonly #onStatus: (status: Status) => void;
  readonly #said = new Set<string>();

  constructor(onStatus: (status: Status) => void) {
    this.#onStatus = onStatus;
  }

  found({ link, server }: GuardedClient, { is, names: all }: NameFault): void {
    const names = all.filter((name) => !this.#said.has(JSON.stringify([server, is, name])));
    if (names.length === 0) return;
    if (this.#said.size > MAX_SAID) this.#said.clear();
    for (const name of names) this.#said.add(JSON.stringify([server, is, name]));
    const of = server === link ? {} : { server };
    this.#onStatus({ at: Date.now(), link, ...of, type: 'names-unfit', is, names });
  }
}
