import { expect, it } from 'vitest';
import { analyse, quantile, type Seen, WAKING_MS } from '../../proof/analysis.js';
import type { SocketEvent } from '../../proof/endpoint-says.js';

const open = (at: number, socket: number): SocketEvent => ({
  ...{ is: 'open', at, token: 't', socket, process: `process-${socket}` },
});
const close = (at: number, socket: number): SocketEvent => ({ is: 'close', at, token: 't', socket });

function seen(events: SocketEvent[], rest: Partial<Seen> = {}) {
  return analyse({
    ...{ events, tokens: ['t'], limitOf: () => 1, frozen: new Map(), without: [], faults: [] },
    during: { from: 0, to: 100_000 },
    ...rest,
  });
}

it('a second socket of a token that allows one is above the limit, from when it is opened to when one is closed', () => {
  const { overs } = seen([open(0, 1), open(1_000, 2), open(1_200, 3), close(1_500, 1), close(1_900, 2)]);
  expect(overs).toEqual([{ token: 't', from: 1_000, to: 1_900, by: 2, byAwake: 2 }]);
});

it('a socket of a process that is stopped does not count among those that run', () => {
  const events = [open(0, 1), open(5_000, 2), close(9_000, 1)];
  const frozen = new Map([['process-1', [{ from: 1_000, to: 8_500 }]]]);
  expect(seen(events, { frozen }).overs).toMatchObject([{ by: 1, byAwake: 0 }]);
});

it('a process that goes on and keeps its socket counts again', () => {
  const events = [open(0, 1), open(5_000, 2), close(8_000 + 2 * WAKING_MS, 1)];
  const frozen = new Map([['process-1', [{ from: 1_000, to: 8_000 }]]]);
  expect(seen(events, { frozen }).overs).toMatchObject([{ by: 1, byAwake: 1 }]);
});

it('time without an owner counts from when leases were to be had', () => {
  const events = [open(0, 1), close(10_000, 1), open(30_000, 2)];
  const figures = seen(events, { without: [{ from: 5_000, to: 24_000 }] });
  expect(figures).toMatchObject({ noneMs: 20_000, noneWithLeasesMs: 6_000, fewerWithLeasesMs: 6_000 });
});

it('time without an owner counts from the last fault: the next owner may have gone as well', () => {
  const events = [open(0, 1), close(10_000, 1), open(30_000, 2)];
  const figures = seen(events, { faults: [9_000, 22_000, 31_000] });
  expect(figures).toMatchObject({ noneMs: 20_000, noneWithLeasesMs: 8_000 });
});

it('a token that never gets an owner is without one until the end', () => {
  expect(seen([]).noneMs).toBe(100_000);
});

it('fewer sockets than a token may have are seen though it has an owner', () => {
  const events = [open(0, 1), open(0, 2), close(1_000, 1), open(8_000, 3)];
  expect(seen(events, { limitOf: () => 2 })).toMatchObject({ noneMs: 0, fewerWithLeasesMs: 7_000 });
});

it('a quantile is one of the values', () => {
  expect(quantile([5, 1, 3, 2, 4], 0.5)).toBe(3);
  expect(quantile([1, 2], 0.95)).toBe(2);
  expect(quantile([], 0.5)).toBeUndefined();
});
