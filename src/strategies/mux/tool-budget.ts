import type { RouterOptions } from './router-context.js';

/** How many of the largest tools are named. */
const NAMED = 5;

/** Keeps the list of tools within its bounds, and says so once for each list. */
export class ToolBudget {
  readonly #options: RouterOptions;
  #said = '';

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** The tools that are shown; `sizes` belongs to them, one by one. */
  kept(shown: Buffer[], sizes: readonly { name: string; bytes: number }[]): Buffer[] {
    const { maxTools, maxToolListBytes } = this.#options.settings;
    const kept = maxTools > 0 ? shown.slice(0, maxTools) : shown;
    const bytes = sizes.slice(0, kept.length).reduce((sum, size) => sum + size.bytes, 0);
    const largest = [...sizes].sort((a, b) => b.bytes - a.bytes).slice(0, NAMED);
    const common = { tools: shown.length, bytes, largest };
    const dropped = shown.length - kept.length;
    const over = [
      ...(dropped > 0 ? [{ budget: 'maxTools', bound: maxTools, dropped } as const] : []),
      ...(maxToolListBytes > 0 && bytes > maxToolListBytes
        ? [{ budget: 'maxToolListBytes', bound: maxToolListBytes, dropped: 0 } as const]
        : []),
    ];
    const said = JSON.stringify([over, common]);
    if (said === this.#said) return kept;
    this.#said = said;
    for (const each of over) this.#options.onStatus({ type: 'tools-over-budget', ...each, ...common });
    return kept;
  }
}
