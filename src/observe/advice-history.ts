/** The same advice is news again after an hour: whoever reads only the end of a log finds it. */
const NEWS_AGAIN_MS = 3_600_000;
/** Of one server or link; more different ones are no repetition. */
const MOST_REMEMBERED = 20;

/** What has been advised lately, so that a link that is tried for hours does not repeat a paragraph at each try. */
// D108
export class AdviceHistory {
  readonly #saidAt = new Map<string, Map<string, number>>();

  /** Whether `text` has not been said of `label` within the last hour; it counts as said from now on. */
  isNews(label: string, text: string, now: number): boolean {
    const of = this.#saidAt.get(label) ?? new Map<string, number>();
    this.#saidAt.set(label, of);
    const before = of.get(text);
    if (before !== undefined && now - before < NEWS_AGAIN_MS) return false;
    of.delete(text);
    of.set(text, now);
    if (of.size > MOST_REMEMBERED) of.delete(of.keys().next().value!);
    return true;
  }

  /** A link that has ended is not heard of again. */
  forget(label: string): void {
    this.#saidAt.delete(label);
  }
}
