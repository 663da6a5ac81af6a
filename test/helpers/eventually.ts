import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls until `probe` returns something other than undefined or false, and returns it. Fails with the last error,
 * or a sentence, after `timeoutMs`. For readiness that shows itself only by looking; where an event exists, await it.
 */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 10_000, everyMs = 10, what = 'the condition' } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline)
      throw lastError ?? new Error(`${what} did not come true within ${timeoutMs} ms`);
    await delay(everyMs);
  }
}
