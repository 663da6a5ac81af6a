import { createContext, Script } from 'node:vm';

/** A longer origin matches nothing, in characters: a name has 253 at most (RFC 1035 §2.3.4), and a scheme and a port are short. */
const MAX_ORIGIN = 300;
/** For longer than this, patterns are not tried on an origin, in milliseconds: a few can take years. */
const MATCH_TIMEOUT_MS = 100;
/** The time is that of the wall: on a busy machine it passes while the process waits for its turn. So it has to pass this often. */
const MATCH_TRIES = 3;
/** After that, none is tried on another origin for as long as this, in milliseconds: whoever sends such origins holds up little. */
const PAUSE_MS = 5_000;
/** Origins whose answer is remembered. Pages that use a gateway are few. */
const MAX_KNOWN = 200;

/** The regular expression that `/…/` is. */
function patternIn(text: string): RegExp {
  return new RegExp(text.slice(1, -1));
}

/**
 * Patterns of origins. They are searched for anywhere in the whole origin, as supergateway does it: `^` and `$` bind them to its
 * ends. Whatever they are, they hold up the process for a moment only.
 */
// D195
export class OriginPatterns {
  readonly #context: { patterns: readonly RegExp[]; origin: string; isMatch: boolean | undefined };
  readonly #test = new Script('isMatch = patterns.some((pattern) => pattern.test(origin))');
  readonly #known = new Map<string, boolean>();
  #pausedUntil = 0;

  /** @param texts Regular expressions between slashes. */
  constructor(texts: readonly string[]) {
    this.#context = { patterns: texts.map(patternIn), origin: '', isMatch: undefined };
    createContext(this.#context);
  }

  /** @param origin As a URL has it. */
  matches(origin: string): boolean {
    const known = this.#known.get(origin);
    if (known !== undefined) return known;
    const now = performance.now();
    if (origin.length > MAX_ORIGIN || now < this.#pausedUntil) return false;
    const isMatch = this.#try(origin);
    if (isMatch === undefined) {
      this.#pausedUntil = performance.now() + PAUSE_MS;
      return false;
    }
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(origin, isMatch);
    return isMatch;
  }

  /** Undefined when it takes too long. */
  #try(origin: string): boolean | undefined {
    Object.assign(this.#context, { origin, isMatch: undefined });
    for (let i = 0; i < MATCH_TRIES && this.#context.isMatch === undefined; i++) {
      try {
        this.#test.runInContext(this.#context, { timeout: MATCH_TIMEOUT_MS });
      } catch {
        // The answer may be there all the same: the time is also up when it passes after the last pattern.
      }
    }
    return this.#context.isMatch;
  }
}
