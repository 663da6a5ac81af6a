import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { LeaseQueue } from '../../src/leases/queue.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { seeded } from '../helpers/faulty-caller.js';
import { hurried } from '../helpers/hurried-clock.js';
import { isAlive } from '../helpers/is-alive.js';
import { planLink, startPlans } from '../helpers/link.js';

/** 1009 lies with the server: whoever waits for long after it gives its lease back. */
const CODES = [1000, 1009, 1009, 1011, 4004];
/** Of them as many are connected at once. */
const SLOTS = 2;

test.each([1, 2, 3])(
  'whatever an endpoint and servers do, five links have never more than two connections, and the highest two in the end (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    let isFaulty = true;
    let mostOpen = 0;
    const open = new Set<FakeConnection>();
    const fake = await FakeEndpoint.start({
      onConnection: (connection) => {
        open.add(connection);
        mostOpen = Math.max(mostOpen, open.size);
        connection.tcp.once('close', () => open.delete(connection));
        void connection.greet().catch(() => {});
        if (!isFaulty) return;
        const timer = setTimeout(() => {
          if (random() < 0.3) connection.tcp.destroy();
          else connection.socket.close(CODES[Math.floor(CODES.length * random())]!);
        }, 200 * random());
        connection.tcp.once('close', () => clearTimeout(timer));
      },
    });
    onTestFinished(() => fake.close());
    // A hundredth of them passes.
    const settings = {
      ...{ connectionsPerToken: SLOTS, minDelayMs: 8_000, maxDelayMs: 60_000, stableAfterMs: 5_000 },
      ...{ closeTimeoutMs: 1e6, drainTimeoutMs: 20_000, dialTimeoutMs: 1e6, initializeTimeoutMs: 1e6 },
      ...{ initializeWarnMs: 1e6, keepaliveIntervalMs: 1e6, deafAfterMs: 1e7 },
    };
    const names = ['a', 'b', 'c', 'd', 'e'];
    const plans = names.map((name, i) => ({
      ...planLink({ endpoint: fake.endpoint(), name, server: ['tiny.sh'], settings }),
      priority: i === 3 ? 1 : 0,
    }));
    const more = { leases: new LeaseQueue(), clock: hurried };
    const link = startPlans(plans, () => 0.99, more);
    const until = performance.now() + 2_000;
    while (performance.now() < until || fake.connections.length <= 10) {
      await delay(100 * random());
      const pids = link.all('server-ready').flatMap(({ pid }) => (pid && isAlive(pid) ? [pid] : []));
      const pid = pids[Math.floor(pids.length * random())];
      if (pid && random() < 0.6) process.kill(pid, 'SIGKILL');
    }
    isFaulty = false;
    const isOpen = () => link.daemon.links.filter(({ state }) => state === 'open').map(({ name }) => name);
    await eventually(() => isOpen().join() === 'a,d' && open.size === SLOTS, {
      what: 'the first link and the one of higher priority, connected',
    });
    await link.daemon.stop();
    expect(mostOpen).toBe(SLOTS);
    expect(fake.connections.length).toBeGreaterThan(10);
    expect(link.daemon.links.map(({ state }) => state)).toEqual(names.map(() => 'closed'));
  },
  180_000,
);
