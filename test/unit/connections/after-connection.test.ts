import { afterEach, expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import type { AfterConnection, NoConnection } from '../../../src/connections/after-connection.js';
import { Downstream } from '../../../src/connections/downstream.js';
import { TokenTable } from '../../../src/leases/in-process.js';
import { LeaseQueue } from '../../../src/leases/queue.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import type { Transport } from '../../../src/transports/transport.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { settled } from '../../helpers/mux-world.js';
import { attachedServer, hubWithClient } from '../../helpers/server-state.js';

const claim = { kind: 'token', key: 'aa', label: 'aa', slots: 1 } as const;
let stop = async () => {};
afterEach(() => stop());

/** A link whose hook answers `next`; `ends` are what the hook was asked about, `dialled` the far ends of its connections. */
function linked(next: ReturnType<AfterConnection>) {
  const clock = new ManualClock();
  const leases = new LeaseQueue();
  const ends: NoConnection[] = [];
  const dialled: Transport[] = [];
  const { client } = hubWithClient({ clock, maxHeldBytes: 1024, server: attachedServer().server });
  const never = async () => {};
  const servers = {
    client,
    stderrTail: [],
    start: () => {},
    whenReady: never,
    retire: () => {},
    stop: never,
  };
  const link = new Downstream(
    {
      ...{ name: 'link', endpoint: new Endpoint('ws://127.0.0.1:1/?token=token-of-a-test') },
      ...{ tokens: new TokenTable(), leases, claims: [claim], rank: () => ({ priority: 0, order: 1 }) },
      ...{ clock, random: () => 0.5, onStatus: () => {}, settings: defaults },
      dial: async () => {
        const [near, far] = memoryPair();
        dialled.push(far);
        return near;
      },
      afterConnection: (end) => {
        ends.push(end);
        return next;
      },
    },
    servers,
  );
  stop = () => link.stop(AbortSignal.abort(), 'stopping');
  return { clock, leases, ends, dialled, client, link };
}

it('dials again after a wait when the link is to redial', async () => {
  const { clock, ends, dialled, link } = linked('redial');
  link.start();
  await settled();
  await dialled[0]!.close({ code: 4000 });
  await settled();
  expect(ends).toEqual([{ type: 'ended', byUs: false, diagnosis: expect.objectContaining({ code: 4000 }) }]);
  expect([dialled.length, link.state]).toEqual([1, 'waiting']);
  await clock.advance(defaults.minDelayMs);
  await settled();
  expect([dialled.length, link.state]).toEqual([2, 'open']);
});

it('dials again at once when the link is to move on', async () => {
  const { dialled, ends, client, link } = linked('move-on');
  link.start();
  await settled();
  await client.closeConnection(1000, 'a switch');
  await settled();
  expect(ends).toMatchObject([{ type: 'ended', byUs: true }]);
  expect([dialled.length, link.state]).toEqual([2, 'open']);
});

it('is closed, and dials no more, when the link is to leave', async () => {
  const { clock, dialled, link } = linked('leave');
  link.start();
  await settled();
  await dialled[0]!.close({ code: 4000 });
  await settled();
  expect(link.state).toBe('closed');
  await clock.advance(defaults.maxDelayMs);
  expect(dialled).toHaveLength(1);
});

/** Another link of the token, which ranks higher. */
async function wantedByAnother(leases: LeaseQueue) {
  const { signal } = new AbortController();
  const heard = { onWaiting: () => {}, onWanted: () => {} };
  return leases.acquire({ link: 'other', claims: [claim], priority: 1, order: 0, signal, ...heard });
}

it('is asked again and again while it waits for a lease, and may leave then', async () => {
  const { clock, leases, ends, dialled, link } = linked('leave');
  await wantedByAnother(leases);
  link.start();
  await settled();
  expect([ends.length, link.state]).toEqual([0, 'waiting-for-lease']);
  await clock.advance(10_000);
  await settled();
  expect([ends, dialled.length, link.state]).toEqual([[{ type: 'waiting-for-lease' }], 0, 'closed']);
});

it('waits for the lease that it has yielded', async () => {
  const { leases, ends, dialled, link } = linked('redial');
  link.start();
  await settled();
  const other = wantedByAnother(leases);
  await settled();
  expect(ends).toEqual([{ type: 'yielded', byUs: true }]);
  expect([dialled.length, link.state]).toEqual([1, 'waiting-for-lease']);
  (await other)?.release();
  await settled();
  expect([dialled.length, link.state]).toEqual([2, 'open']);
});
