import type { NameFault } from '../policy/names.js';
import type { WhyUnchecked } from '../policy/schemas.js';
import type { GuardedClient } from '../policy/stage.js';
import type { Status, StatusEvent } from '../protocol/status.js';

/** So many reports are told apart; then they may come again. */
const MAX_SAID = 1_000;

/** Reports what rules find in a server's list of tools, each thing once, whichever clients read the list. */
export class RuleReports {
  readonly #onStatus: (status: Status) => void;
  readonly #said = new Set<string>();

  constructor(onStatus: (status: Status) => void) {
    this.#onStatus = onStatus;
  }

  /** Names of the configuration do not fit. */
  names(client: GuardedClient, { is, names: all }: NameFault): void {
    const names = all.filter((name) => this.#isNew([client.server, is, name]));
    if (names.length > 0) this.#report(client, { type: 'names-unfit', is, names });
  }

  /** Arguments for a tool were not checked. */
  unchecked(client: GuardedClient, tool: string, why: WhyUnchecked): void {
    if (this.#isNew([client.server, why, tool]))
      this.#report(client, { type: 'arguments-unchecked', tool, why });
  }

  #isNew(what: readonly string[]): boolean {
    const key = JSON.stringify(what);
    if (this.#said.has(key)) return false;
    if (this.#said.size >= MAX_SAID) this.#said.clear();
    this.#said.add(key);
    return true;
  }

  #report({ link, server }: GuardedClient, event: StatusEvent): void {
    this.#onStatus({ at: Date.now(), link, ...(server === link ? {} : { server }), ...event });
  }
}
