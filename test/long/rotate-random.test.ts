import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { FaultyCaller, seeded } from '../helpers/faulty-caller.js';
import { isAlive } from '../helpers/is-alive.js';
import { planRotate, startPlans, startRotate, type TurnUnderTest } from '../helpers/link.js';

const turn = (name: string, file: string): TurnUnderTest => ({ name, server: [file] });

/** Processes that this one has started and that have not ended. */
function children(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task')
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'latin1').trim().split(' '))
    .filter(Boolean)
    .map(Number)
    .filter(isAlive);
}

describe('whatever an endpoint and servers do to each other in turns of 200 ms', () => {
  test.each([
    { seed: 1, servers: 2, rotateKeepMs: 60_000 },
    { seed: 2, servers: 3, rotateKeepMs: 60_000 },
    { seed: 3, servers: 3, rotateKeepMs: 0 },
  ])(
    'each call gets one answer or one error, on its own connection, of which there is one (%j)',
    async ({ seed, servers, rotateKeepMs }) => {
      const random = seeded(seed);
      const caller = await FaultyCaller.start(random);
      onTestFinished(() => caller.fake.close());
      const quickly = {
        minDelayMs: 10,
        maxDelayMs: 100,
        // A busy machine reads a close or a pong late; whoever gives up on it then cuts calls off that were received.
        closeTimeoutMs: 2_000,
        deafAfterMs: 1_000,
        deafFactor: 1,
      };
      const keepalive = { keepaliveIntervalMs: 300, keepaliveTimeoutMs: 1_500 };
      const members = ['a', 'b', 'c'].slice(0, servers).map((name) => turn(name, 'basic.mjs'));
      const link = startPlans(
        [
          planRotate({
            endpoint: caller.fake.endpoint(),
            members,
            dwellMs: 200,
            settings: { ...quickly, ...keepalive, rotateKeepMs, rotateBusyMs: 100 },
          }),
        ],
        seeded(seed + 1_000),
      );
      // A server ends by itself now and then, be it its turn or not.
      const until = performance.now() + 4_000;
      while (performance.now() < until || caller.answered <= 100) {
        await delay(300 * random());
        const pids = link.all('server-ready').flatMap(({ pid }) => (pid && isAlive(pid) ? [pid] : []));
        const pid = pids[Math.floor(pids.length * random())];
        if (pid && random() < 0.4) process.kill(pid, 'SIGKILL');
      }
      // It works after all that.
      const { length } = link.all('rotating');
      await eventually(() => link.all('rotating').length > length + 1, { what: 'two more turns' });
      caller.rest();
      await link.daemon.stop();
      await eventually(() => caller.ledgers.every(({ connection }) => connection.isClosed));
      caller.settle();
      expect(caller.violations).toEqual([]);
      expect(caller.mostOpen).toBe(1);
      expect(link.daemon.links[0]!.state).toBe('closed');
      expect(children()).toEqual([]);
    },
    120_000,
  );
});

describe('a stop', () => {
  test.each([0, 1])(
    'at any moment ends everything, in a hurry or not (%i)',
    async (hurried) => {
      const random = seeded(50 + hurried);
      for (let i = 0; i < 14; i++) {
        const fake = await FakeEndpoint.start({
          onConnection: (connection, index) => {
            void connection.greet().catch(() => {});
            // It may not answer the close, either.
            if (hurried && index % 2 === 1) connection.tcp.pause();
          },
        });
        const settings = {
          ...{ rotateKeepMs: i % 2 === 0 ? 0 : 60_000, endTimeoutMs: 300, termTimeoutMs: 300 },
          ...{ closeTimeoutMs: 60_000, drainTimeoutMs: 60_000 },
        };
        const members = [turn('a', 'tiny.sh'), turn('b', 'tiny.sh')];
        const link = startRotate({ endpoint: fake.endpoint(), members, dwellMs: 100, settings });
        await delay(500 * random());
        const stopped = link.daemon.stop();
        if (hurried) {
          await delay(20 * random());
          link.daemon.force();
        }
        const asked = performance.now();
        await stopped;
        // Less than half of the closing handshake that is not answered, and of the time calls have to finish.
        expect(performance.now() - asked).toBeLessThan(25_000);
        expect(link.daemon.links[0]!.state).toBe('closed');
        expect(children()).toEqual([]);
        await fake.close();
      }
    },
    120_000,
  );
});
