import { expect, it } from 'vitest';
import { TokenContention } from '../../../src/connections/token-contention.js';
import type { Cause } from '../../../src/protocol/diagnosis.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { diagnosis } from '../messages/events.js';

function war(holder?: { pid: number; link: string; since: number }) {
  const events: StatusEvent[] = [];
  const clock = new ManualClock();
  const options = {
    clock,
    maxDelayMs: 600_000,
    random: () => 0,
    onStatus: (event: StatusEvent) => events.push(event),
  };
  const of = new TokenContention({ ...options, otherProcess: () => holder });
  const ended = (cause: Cause = 'replaced', openForMs = 5_000, siblings = 0) =>
    of.delayMs(diagnosis(cause, { openForMs, siblings }), 15_000);
  return { events, ended, of, clock };
}

it('is three replacements in a row; from then on waits are minutes, and grow', () => {
  const { events, ended } = war();
  expect([ended(), ended()]).toEqual([15_000, 15_000]);
  expect(events).toEqual([]);
  expect([ended(), ended(), ended(), ended()]).toEqual([120_000, 240_000, 480_000, 600_000]);
  expect(events[0]).toEqual({
    type: 'token-contention',
    ...{ times: 3, withinMs: 15_000, nextDialMs: 120_000, holder: undefined },
  });
});

it('is not one every five minutes, not other causes, and not links of our own', async () => {
  const { events, ended, of, clock } = war();
  for (let i = 0; i < 5; i++) {
    const closed = of.opened();
    await clock.advance(301_000);
    closed();
    expect(ended('replaced', 301_000)).toBe(15_000);
  }
  for (let i = 0; i < 5; i++) expect(ended('connection-lost')).toBe(15_000);
  for (let i = 0; i < 5; i++) expect(ended('replaced', 1_000, 1)).toBe(15_000);
  expect(events).toEqual([]);
});

it('names another process of this machine that uses the token', () => {
  const holder = { pid: 4711, link: 'other', since: 1 };
  const { events, ended } = war(holder);
  for (let i = 0; i < 3; i++) ended();
  expect(events).toMatchObject([{ holder }]);
});

it('is over after two minutes of being connected, in however many connections, and can begin again', async () => {
  const { events, ended, of, clock } = war();
  const lives = async (ms: number) => {
    const closed = of.opened();
    await clock.advance(ms);
    closed();
  };
  for (let i = 0; i < 3; i++) ended();
  expect(of.isOn).toBe(true);
  await lives(60_000);
  ended();
  await lives(70_000);
  expect(of.isOn).toBe(true);
  await lives(50_000);
  expect(of.isOn).toBe(false);
  expect(events.map(({ type }) => type)).toEqual([
    'token-contention',
    'token-contention',
    'token-contention-over',
  ]);
  await lives(600_000);
  await lives(600_000);
  expect([ended(), ended(), ended()]).toEqual([15_000, 15_000, 120_000]);
  expect(events.map(({ type }) => type).slice(3)).toEqual(['token-contention']);
});
