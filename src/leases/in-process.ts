/** The links of this process that hold a token's connections now, by `Endpoint.identity`. */
export class TokenTable {
  readonly #holders = new Map<string, Set<string>>();

  /** Notes that `link` dials or is open on the token, until the returned function is called, once or more often. */
  hold(token: string, link: string): () => void {
    const holders = this.#holders.get(token) ?? new Set();
    this.#holders.set(token, holders.add(link));
    return () => {
      holders.delete(link);
      if (holders.size === 0) this.#holders.delete(token);
    };
  }

  /** Number of other links that hold the token. */
  siblings(token: string, link: string): number {
    const holders = this.#holders.get(token);
    if (!holders) return 0;
    return holders.size - (holders.has(link) ? 1 : 0);
  }
}
