import type { RouterOptions } from './router-context.js';

/** Number of the largest tools that the report names. */
const NAMED = 5;

/** Keeps the list of tools within its bounds. Tools that do not fit are reported, once for each list. */
export class ToolBudget {
  readonly #options: RouterOptions;
  #said = '';

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Returns the tools that fit. `sizes` has one entry for each tool of `shown`. */
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
