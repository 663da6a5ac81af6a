import { expect, it } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import { HeldMessages } from '../../../src/servers/held-messages.js';
import { eightfold } from '../../helpers/linear.js';
import { ManualClock } from '../../helpers/manual-clock.js';

/** Holds `count` calls, every second one with a number as its id, and a notification. */
function holding(count: number): HeldMessages {
  const held = new HeldMessages({
    ...{ clock: new ManualClock(), holdTimeoutMs: 1_000, maxBytes: 64 * 1024 * 1024 },
    onRefused: () => {},
  });
  for (let id = 0; id < count; id++) {
    const frame = Buffer.from(
      `{"jsonrpc":"2.0","id":${id % 2 ? `"${id}"` : `${id}.0`},"method":"tools/call"}`,
    );
    held.push(frame, readEnvelope(frame));
  }
  const notification = Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  held.push(notification, readEnvelope(notification));
  return held;
}

/** Cancels the calls with numbers, the newest first: a search would find each last. Returns those that were not found. */
function cancelNumbers(held: HeldMessages, count: number): number[] {
  const missed: number[] = [];
  for (let id = count - 2; id >= 0; id -= 2) if (!held.cancel(String(id))) missed.push(id);
  return missed;
}

it('the calls of a client that cancels before the server is up are removed, and no others', () => {
  const held = holding(20_000);
  expect(cancelNumbers(held, 20_000)).toEqual([]);
  expect(held.cancel('1')).toBe(false);
  expect(held.cancel('"1"')).toBe(true);
  expect(held.cancel('"1"')).toBe(false);
  expect(held.size).toBe(10_000);
  expect(held.requests).toBe(9_999);
});

it('thousands of cancellations take no more time each than a few', () => {
  // 8 when it is linear, 64 when it is quadratic.
  expect(eightfold(1_000, (count) => () => cancelNumbers(holding(count), count))).toBeLessThan(40);
});
