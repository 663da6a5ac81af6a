/** Which links of this process hold a token's connections now. Tokens go by `Endpoint.identity`. */
export class TokenTable {
  readonly #holders = new Map<string, Set<string>>();

  /** `link` dials or is open on the token until the returned function is called (once is enough). */
  hold(token: string, link: string): () => void {
    const holders = this.#holders.get(token) ?? new Set();
    this.#holders.set(token, holders.add(link));
    return () => {
      holders.delete(link);
      if (holders.size === 0) this.#holders.delete(token);
    };
  }

  /** How many other links hold the token. */
  siblings(token: string, link: string): number {
    const holders = this.#holders.get(token);
    if (!holders) return 0;
    return holders.size - (holders.has(link) ? 1 : 0);
  }
}
