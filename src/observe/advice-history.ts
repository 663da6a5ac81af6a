/** The same advice is logged again after an hour, so that it can be found near the end of a log (D108). */
const REPEAT_AFTER_MS = 3_600_000;
/** Texts that are remembered for each server or link. */
const MOST_REMEMBERED = 20;

/** Remembers recent advice, so that a link that retries for hours does not repeat a paragraph at each try. */
// D108
export class AdviceHistory {
  readonly #saidAt = new Map<string, Map<string, number>>();

  /** Whether `text` was not logged for `label` within the last hour. It counts as logged from now on. */
  isDue(label: string, text: string, now: number): boolean {
    const of = this.#saidAt.get(label) ?? new Map<string, number>();
    this.#saidAt.set(label, of);
    const before = of.get(text);
    if (before !== undefined && now - before < REPEAT_AFTER_MS) return false;
    of.delete(text);
    of.set(text, now);
    if (of.size > MOST_REMEMBERED) of.delete(of.keys().next().value!);
    return true;
  }

  /** Drops the advice of a link that has ended, and of its servers. */
  forget(link: string): void {
    for (const label of this.#saidAt.keys()) if (isOf(link, label)) this.#saidAt.delete(label);
  }
}

/** Whether a label is that of a link or of a server on it (`nameOf`). */
export function isOf(link: string, label: string): boolean {
  return label === link || label.startsWith(`${link}/`);
}
