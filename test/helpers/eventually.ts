import { expect } from 'vitest';
import { getCurrentTest } from 'vitest/suite';
import { clock } from './clock.js';

/**
 * How long a test waits for an event that has to happen, in milliseconds: long enough for a machine with ten busy
 * processes. A test needs a bound of its own only for an event that must not happen, or must happen before another one.
 */
export const PATIENCE_MS = 40_000;

/**
 * Calls `probe` until it returns something other than undefined or false, and returns that. Fails after `timeoutMs` with
 * the last error, or with a sentence. Use it for states that only polling shows; where an event exists, await the event.
 * A wait that no test awaited does not fail after its test: the error would be that of another file.
 */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = PATIENCE_MS, everyMs = 10, what = 'the condition' } = {},
): Promise<T> {
  const deadline = clock.now() + timeoutMs;
  const test = getCurrentTest();
  const isRunning = () => test?.result?.state === 'run';
  const wasRunning = isRunning();
  const fileNow = () => expect.getState().testPath;
  const file = fileNow();
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (clock.now() > deadline) {
      if ((wasRunning && !isRunning()) || file !== fileNow()) return new Promise(() => {});
      throw lastError ?? new Error(`${what} did not come true within ${timeoutMs} ms`);
    }
    await clock.sleep(everyMs);
  }
}
