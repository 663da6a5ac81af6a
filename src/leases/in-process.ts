/** Which links of this process hold a token's connections now. Keys are token fingerprints. */
export class TokenTable {
  readonly #holders = new Map<string, Set<string>>();

  /** `link` dials or is open on the token until the returned function is called (once is enough). */
  hold(fingerprint: string, link: string): () => void {
    const holders = this.#holders.get(fingerprint) ?? new Set();
    this.#holders.set(fingerprint, holders.add(link));
    return () => {
      holders.delete(link);
      if (holders.size === 0) this.#holders.delete(fingerprint);
    };
  }

  /** How many other links hold the token. */
  siblings(fingerprint: string, link: string): number {
    const holders = this.#holders.get(fingerprint);
    if (!holders) return 0;
    return holders.size - (holders.has(link) ? 1 : 0);
  }
}
