import { afterEach, describe, expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import { Downstream } from '../../../src/connections/downstream.js';
import { TokenTable } from '../../../src/leases/in-process.js';
import { LeaseQueue } from '../../../src/leases/queue.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { DialError } from '../../../src/protocol/errors.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import type { Transport } from '../../../src/transports/transport.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { settled } from '../../helpers/mux-world.js';
import { attachedServer, hubWithClient } from '../../helpers/server-state.js';

const claim = { kind: 'token', key: 'aa', label: 'aa', slots: 1 } as const;
let stop = async () => {};
afterEach(() => stop());

/** A link that dials endpoints in memory; `refuse` makes its dials fail. */
function linked(drainTimeoutMs = defaults.drainTimeoutMs) {
  const settings = { ...defaults, drainTimeoutMs };
  const clock = new ManualClock();
  const leases = new LeaseQueue();
  const events: StatusEvent[] = [];
  const dialled: Transport[] = [];
  const world = {
    refuse: undefined as string | undefined,
    roundTrip: undefined as (() => Promise<void>) | undefined,
    dials: 0,
    ready: Promise.resolve(),
  };
  const { client } = hubWithClient({ clock, maxHeldBytes: 1024, server: attachedServer().server });
  const servers = {
    ...{ client, stderrTail: [], start: () => {}, retire: () => {}, stop: async () => {} },
    whenReady: () => world.ready,
  };
  const link = new Downstream(
    {
      ...{ name: 'link', endpoint: new Endpoint('ws://127.0.0.1:1/?token=token-of-a-test') },
      ...{ tokens: new TokenTable(), leases, claims: [claim], rank: () => ({ priority: 0, order: 1 }) },
      ...{ clock, random: () => 0.5, onStatus: (event) => void events.push(event), settings },
      dial: async () => {
        world.dials += 1;
        if (world.refuse) throw new DialError('refused', { reason: world.refuse });
        const [near, far] = memoryPair();
        if (world.roundTrip) near.roundTrip = world.roundTrip;
        dialled.push(far);
        return near;
      },
    },
    servers,
  );
  stop = () => link.stop(AbortSignal.abort(), 'stopping');
  const waits = () => events.flatMap((event) => (event.type === 'down' ? [event] : []));
  return { clock, leases, events, dialled, world, link, waits };
}

/** A link whose third wait has begun. */
async function waiting() {
  const test = linked();
  test.world.refuse = 'ECONNREFUSED';
  test.link.start();
  await settled();
  for (let i = 0; i < 2; i++) await test.clock.advance(test.waits().at(-1)!.nextDialMs);
  expect(test.waits()).toHaveLength(3);
  return test;
}

describe('a link that waits for its next dial', () => {
  it('dials at once', async () => {
    const { link, world, events } = await waiting();
    world.refuse = undefined;
    expect(link.reconnect('asked')).toBe('dials');
    await settled();
    expect(link.state).toBe('open');
    expect(events).toContainEqual({ type: 'connection-renewed', why: 'asked', from: 'waiting', pending: 0 });
  });

  it('goes on waiting where it was when that dial fails as the one before, however often it is asked', async () => {
    const { link, world, clock, waits } = await waiting();
    const { nextDialMs, attempt } = waits().at(-1)!;
    await clock.advance(100);
    for (let asked = 1; asked <= 3; asked++) {
      expect(link.reconnect('asked')).toBe('dials');
      await settled();
      expect(world.dials).toBe(3 + asked);
      expect(waits().at(-1)).toMatchObject({ attempt, nextDialMs: nextDialMs - 100 });
    }
    await clock.advance(nextDialMs - 101);
    expect(world.dials).toBe(6);
    await clock.advance(1);
    expect(world.dials).toBe(7);
    expect(waits().at(-1)!.attempt).toBe(attempt + 1);
  });

  it('waits as another cause asks for when that dial fails in another way', async () => {
    const { link, world, waits } = await waiting();
    const { attempt } = waits().at(-1)!;
    world.refuse = 'ENOTFOUND';
    link.reconnect('asked');
    await settled();
    expect(waits().at(-1)).toMatchObject({ attempt: attempt + 1 });
  });
});

describe('there is nothing to do for a link', () => {
  it('that was not started', () => {
    expect(linked().link.reconnect('asked')).toBe('stopping');
  });

  it('whose server is being started', async () => {
    const { link, world } = linked();
    world.ready = new Promise(() => {});
    link.start();
    await settled();
    expect(link.reconnect('asked')).toBe('starting');
    expect(world.dials).toBe(0);
    // Nothing ends the wait in this test.
    stop = async () => {};
  });

  it('that waits for a lease', async () => {
    const { link, leases, world } = linked();
    const { signal } = new AbortController();
    const heard = { onWaiting: () => {}, onWanted: () => {} };
    await leases.acquire({ link: 'other', claims: [claim], priority: 1, order: 0, signal, ...heard });
    link.start();
    await settled();
    expect(link.reconnect('asked')).toBe('waiting-for-lease');
    expect(world.dials).toBe(0);
  });

  it('that stops', async () => {
    const { link, world, events } = linked();
    link.start();
    await settled();
    const stopped = link.stop(new AbortController().signal, 'stopping');
    expect(link.reconnect('asked')).toBe('stopping');
    await stopped;
    expect(link.reconnect('asked')).toBe('stopping');
    expect(world.dials).toBe(1);
    expect(events.filter(({ type }) => type === 'connection-renewed')).toEqual([]);
  });
});

it('a connection that another link waits for is yielded, though it was to be renewed', async () => {
  const { link, leases, events } = linked();
  link.start();
  await settled();
  link.reconnect('asked');
  const { signal } = new AbortController();
  const heard = { onWaiting: () => {}, onWanted: () => {} };
  const other = leases.acquire({ link: 'other', claims: [claim], priority: 1, order: 0, signal, ...heard });
  await settled();
  expect(link.state).toBe('waiting-for-lease');
  expect(events.filter(({ type }) => /yielded|renewed/.test(type))).toEqual([
    { type: 'lease-yielded', pending: 0 },
  ]);
  (await other)?.release();
  await settled();
  expect(link.state).toBe('open');
});

describe('before a connection is closed', () => {
  const CALL = Buffer.from('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}');

  /** A link that has sent the ping before its close; `pong` answers it. */
  async function pinged(drainTimeoutMs?: number) {
    const test = linked(drainTimeoutMs);
    let pong = () => {};
    test.world.roundTrip = () => new Promise((resolve) => (pong = resolve));
    test.link.start();
    await settled();
    test.link.reconnect('asked');
    await settled();
    expect(test.dialled).toHaveLength(1);
    return { ...test, far: test.dialled[0]!, pong: () => pong() };
  }

  it('a ping is sent, and a call that comes before the pong is waited for', async () => {
    // The call waits for its server, which is not there, for a second.
    const drainTimeoutMs = 900;
    const { clock, link, events, far, pong } = await pinged(drainTimeoutMs);
    const read: string[] = [];
    void (async () => {
      for await (const batch of far.batches) read.push(...batch.map(String));
    })();
    void far.send([CALL]);
    await settled();
    pong();
    await settled();
    await clock.advance(drainTimeoutMs - 1);
    expect([link.state, events.some(({ type }) => type === 'connection-renewed')]).toEqual(['open', false]);
    await clock.advance(1);
    await settled();
    expect(events).toContainEqual({ type: 'connection-renewed', why: 'asked', from: 'open', pending: 1 });
    expect(read.map((text) => JSON.parse(text))).toMatchObject([{ id: 7, error: { code: -31017 } }]);
  });

  it('a pong without a call is enough', async () => {
    const { world, pong } = await pinged();
    pong();
    await settled();
    expect(world.dials).toBe(2);
  });

  it('an endpoint that answers no ping is waited for for two seconds', async () => {
    const { clock, world } = await pinged();
    await clock.advance(1_999);
    await settled();
    expect(world.dials).toBe(1);
    await clock.advance(1);
    await settled();
    expect(world.dials).toBe(2);
  });
});
