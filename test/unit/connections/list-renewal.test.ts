import { describe, expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { HabitsInMemory } from '../../../src/connections/list-habits.js';
import { ListRenewal } from '../../../src/connections/list-renewal.js';
import type { Renewal } from '../../../src/connections/planned-close.js';
import type { OnListChange } from '../../../src/protocol/renewal.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const { listChangeWaitMs: WAIT_MS, listRenewalEveryMs: EVERY_MS } = defaults;
const FINGERPRINT = '0123abcd';

/** A link; `renewals` are the clock times at which its connection was renewed, `connect` opens the next connection. */
function linked(mode: OnListChange = 'auto', habits = new HabitsInMemory()) {
  const clock = new ManualClock();
  const asked: Renewal[] = [];
  const renewals: number[] = [];
  const events: StatusEvent[] = [];
  const lists = new ListRenewal({
    ...{ mode, habits, clock, settings: defaults, fingerprint: FINGERPRINT },
    renew: (renewal) => {
      asked.push(renewal);
      renewals.push(clock.now());
    },
    onStatus: (event) => void events.push(event),
  });
  const connect = () => {
    lists.ended();
    return lists.opened()!;
  };
  return { clock, habits, asked, renewals, events, connect };
}

const habitOf = ({ habits }: ReturnType<typeof linked>) => habits.of(FINGERPRINT);

it.each(['tools', 'prompts', 'resources'] as const)(
  'a change of %s counts when they were asked for',
  async (list) => {
    const link = linked();
    const connection = link.connect();
    connection.changed(list, false);
    await link.clock.advance(10 * WAIT_MS);
    expect(link.renewals).toEqual([]);
    connection.asked(list);
    connection.changed(list, false);
    await link.clock.advance(WAIT_MS - 1);
    expect(link.renewals).toEqual([]);
    await link.clock.advance(1);
    expect(link.renewals).toHaveLength(1);
  },
);

it('one list that is not asked for is a reason, although the others are', async () => {
  const link = linked();
  const connection = link.connect();
  for (const list of ['tools', 'prompts'] as const) {
    connection.asked(list);
    connection.changed(list, false);
  }
  connection.asked('tools');
  await link.clock.advance(WAIT_MS);
  // It has read one of them in time; what is known counts from the next change on.
  expect([link.renewals.length, habitOf(link)]).toEqual([1, 'reads-list-changed']);
});

it('a client of MCP 2026-07-28 subscribes to what it wants to hear of, and keeps its connection', async () => {
  const link = linked();
  const connection = link.connect();
  connection.asked('tools');
  connection.changed('tools', true);
  await link.clock.advance(10 * WAIT_MS);
  expect(link.renewals).toEqual([]);
});

it('an endpoint is known to ignore changes only when it asks on the next connection', async () => {
  const link = linked();
  const first = link.connect();
  first.asked('tools');
  first.changed('tools', false);
  await link.clock.advance(WAIT_MS);
  expect(habitOf(link)).toBe('unknown');
  const second = link.connect();
  expect(habitOf(link)).toBe('unknown');
  second.asked('tools');
  expect(habitOf(link)).toBe('ignores-list-changed');
  expect(link.events).toEqual([{ type: 'list-habit', habit: 'ignores-list-changed', isNew: true }]);
});

it('what was seen last counts', async () => {
  const link = linked();
  link.habits.learn(FINGERPRINT, 'ignores-list-changed');
  const connection = link.connect();
  connection.asked('tools');
  connection.changed('tools', false);
  connection.asked('tools');
  expect(habitOf(link)).toBe('reads-list-changed');
  expect(link.events).toEqual([
    { type: 'list-habit', habit: 'ignores-list-changed', isNew: false },
    { type: 'list-habit', habit: 'reads-list-changed', isNew: true },
  ]);
});

describe('between two renewals', () => {
  it('is more and more time for a list that changes all the while, and the first time again after a pause', async () => {
    const link = linked();
    const run = async (ms: number) => {
      let connection = link.connect();
      connection.asked('tools');
      for (let at = 0; at < ms; at += 1_000) {
        connection.changed('tools', false);
        const before = link.renewals.length;
        await link.clock.advance(1_000);
        if (link.renewals.length === before) continue;
        connection = link.connect();
        connection.asked('tools');
      }
    };
    await run(2 * 3_600_000);
    const gaps = link.renewals.slice(1).map((at, i) => Math.round((at - link.renewals[i]!) / EVERY_MS));
    expect(gaps).toEqual([1, 2, 4, 8, 16, ...Array(6).fill(30)]);
    // The last time is over, and one more change is an ordinary one.
    link.connect();
    await link.clock.advance(3_600_000);
    const count = link.renewals.length;
    await run(EVERY_MS);
    expect(link.renewals.length).toBe(count + 1);
    await run(EVERY_MS + 2_000);
    expect(link.renewals.at(-1)! - link.renewals.at(-2)!).toBeLessThanOrEqual(EVERY_MS + 2_000);
  });

  it('is twice the time after one that brought nothing, because the endpoint did not ask on the next connection', async () => {
    const link = linked();
    const first = link.connect();
    first.asked('tools');
    first.changed('tools', false);
    await link.clock.advance(WAIT_MS);
    const second = link.connect();
    second.asked('prompts');
    await link.clock.advance(2 * EVERY_MS);
    second.changed('prompts', false);
    await link.clock.advance(WAIT_MS);
    expect(link.renewals).toHaveLength(2);
    const third = link.connect();
    third.asked('prompts');
    third.changed('prompts', false);
    await link.clock.advance(10 * EVERY_MS);
    expect(link.renewals).toHaveLength(3);
    expect(link.renewals[2]! - link.renewals[1]!).toBe(2 * EVERY_MS);
  });

  it('an endpoint that asks by chance is not taken for one that reads changes', async () => {
    const link = linked();
    const first = link.connect();
    first.asked('tools');
    first.changed('tools', false);
    await link.clock.advance(WAIT_MS);
    const second = link.connect();
    second.asked('tools');
    second.changed('tools', false);
    await link.clock.advance(WAIT_MS);
    expect(link.renewals).toHaveLength(1);
    // Its time is over; the renewal only waits because of the one before.
    second.asked('tools');
    expect(habitOf(link)).toBe('ignores-list-changed');
    await link.clock.advance(10 * EVERY_MS);
    expect(link.renewals).toHaveLength(1);
  });
});

it('a renewal that waits for a call is not wanted any more once the endpoint has asked, nor by a change after that', async () => {
  const link = linked();
  const connection = link.connect();
  connection.asked('tools');
  connection.changed('tools', false);
  await link.clock.advance(WAIT_MS);
  const [renewal] = link.asked;
  expect(renewal!.isWanted!()).toBe(true);
  connection.changed('tools', false);
  expect(renewal!.isWanted!()).toBe(true);
  connection.asked('tools');
  expect(renewal!.isWanted!()).toBe(false);
  connection.changed('tools', false);
  expect(renewal!.isWanted!()).toBe(false);
  // It asked too late to be known as one that reads changes, and did not need the new connection.
  expect(habitOf(link)).toBe('unknown');
});

it('"reconnect" counts every change, "notify" none', async () => {
  const always = linked('reconnect');
  const connection = always.connect();
  connection.changed('prompts', true);
  await always.clock.advance(1_000);
  expect(always.renewals).toHaveLength(1);
  expect(linked('notify').connect()).toBeUndefined();
});

it('leaves no timer behind when the connection ends', async () => {
  const link = linked();
  const connection = link.connect();
  connection.asked('tools');
  connection.changed('tools', false);
  expect(link.clock.pending).toBe(1);
  link.connect();
  expect(link.clock.pending).toBe(0);
});
