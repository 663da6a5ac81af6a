import { clock } from './clock.js';

/**
 * How long a test waits for what has to happen, milliseconds: long enough for a machine that does ten things at once.
 * A bound of its own is for what must not come, or must come before something else does.
 */
export const PATIENCE_MS = 40_000;

/**
 * Polls until `probe` returns something other than undefined or false, and returns it. Fails with the last error,
 * or a sentence, after `timeoutMs`. For readiness that shows itself only by looking; where an event exists, await it.
 */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = PATIENCE_MS, everyMs = 10, what = 'the condition' } = {},
): Promise<T> {
  const deadline = clock.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (clock.now() > deadline)
      throw lastError ?? new Error(`${what} did not come true within ${timeoutMs} ms`);
    await clock.sleep(everyMs);
  }
}
