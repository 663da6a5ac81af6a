import { HashQueue } from './hash-queue.js';
import { type KeysEvent, StoredKeys } from './stored-keys.js';

/** The files of keys that a gateway has had: what is known of them outlives the plan, which is made anew with each reload. */
export class KeyStores {
  /** Shared by all that compute hashes of keys. */
  readonly queue = new HashQueue();
  readonly #tell: (event: KeysEvent) => void;
  readonly #stores = new Map<string, StoredKeys>();

  /** @param tell hears of each change of a file */
  constructor(tell: (event: KeysEvent) => void = () => {}) {
    this.#tell = tell;
  }

  at(file: string): StoredKeys {
    const known = this.#stores.get(file);
    if (known) return known;
    const store = new StoredKeys(file, this.queue, this.#tell);
    this.#stores.set(file, store);
    return store;
  }

  /** Those of the plan that runs. */
  get used(): StoredKeys | undefined {
    return [...this.#stores.values()].findLast(({ isUsed }) => isUsed);
  }
}
