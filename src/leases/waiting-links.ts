/** Links that wait, found by the claims that they wait for: a process may have a hundred thousand of them. */
// D320
export class WaitingLinks<Waiter extends { names: readonly string[] }> {
  /** In the order in which they came. */
  readonly #all = new Set<Waiter>();
  /** By each claim's name. Links that need no claim have the empty name. */
  readonly #byName = new Map<string, Set<Waiter>>();

  add(waiter: Waiter): void {
    this.#all.add(waiter);
    for (const name of namesOf(waiter))
      this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(waiter));
  }

  delete(waiter: Waiter): void {
    this.#all.delete(waiter);
    for (const name of namesOf(waiter)) {
      const waiters = this.#byName.get(name);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.#byName.delete(name);
    }
  }

  /** The links that wait for one of the claims, or for none, each once; without `names` all of them. */
  of(names: ReadonlySet<string> | undefined): Waiter[] {
    if (!names) return [...this.#all];
    const found = new Set(this.#byName.get(''));
    for (const name of names) for (const waiter of this.#byName.get(name) ?? []) found.add(waiter);
    return [...found];
  }
}

function namesOf({ names }: { names: readonly string[] }): readonly string[] {
  return names.length === 0 ? NO_CLAIM : names;
}

const NO_CLAIM = [''];
