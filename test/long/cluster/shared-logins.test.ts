import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BoundedLink } from '../../../src/redis/bounded-link.js';
import { openRedis } from '../../../src/redis/redis.js';
import { idleClock, systemClock } from '../../../src/time/clock.js';
import { GrantLocks } from '../../../src/transports/remote/auth/grant-locks.js';
import { authorizationServer } from '../../helpers/authorization-server.js';
import { folder } from '../../helpers/cli.js';
import { type LoginClient, loginClient } from '../../helpers/login-world.js';
import { HAS_REDIS, redisServer } from '../../helpers/redis-server.js';
import { remoteServer } from '../../helpers/remote-server.js';

const MACHINES = 6;

describe.runIf(HAS_REDIS)('machines with the same login', () => {
  function locks(url: string) {
    const link = openRedis({ url, answeredWithinMs: 4_000 });
    const bounded = new BoundedLink({ link, clock: idleClock, withinMs: 3_000 });
    onTestFinished(async () => {
      bounded.close();
      await link.close();
    });
    bounded.connect();
    return new GrantLocks(bounded, systemClock);
  }

  /** A login, and its server, which has ended the access token. */
  async function ended(delayMs = 0) {
    const as = await authorizationServer({
      intercept: async (path, body) => {
        if (path === '/token' && body.get('grant_type') === 'refresh_token')
          await new Promise((resolve) => setTimeout(resolve, delayMs));
        return false;
      },
    });
    const server = await remoteServer({ intercept: as.protect() });
    const logins = join(await folder(), 'logins');
    await loginClient(logins, server.url).logIn();
    as.valid.clear();
    const renewals = () =>
      as.requests.filter(({ body }) => body.get('grant_type') === 'refresh_token').length;
    return { as, url: server.url, logins, renewals };
  }

  const stateOf = (client: LoginClient) =>
    client.ask().catch((error) => (error as { end?: { kind: string } }).end?.kind ?? String(error));

  it('copies of a login are renewed by one machine: the others ask for a person, and end nothing', async () => {
    const redis = await redisServer();
    const { as, url, logins, renewals } = await ended(300);
    const clients = await Promise.all(
      Array.from({ length: MACHINES }, async () => {
        const copy = join(await folder(), 'logins');
        cpSync(logins, copy, { recursive: true });
        return loginClient(copy, url, {}, locks(redis.url));
      }),
    );
    const states = await Promise.all(clients.map(stateOf));
    expect(states.filter((state) => state === 200)).toHaveLength(1);
    expect([renewals(), as.reuses]).toEqual([1, 0]);
    const winner = clients[states.indexOf(200)]!;
    // Its login goes on, also once the next renewal is due.
    as.valid.clear();
    await new Promise((resolve) => setTimeout(resolve, 1));
    const next = loginClient(join(winner.store.file, '..'), url, {}, locks(redis.url));
    expect(await stateOf(next)).toBe(200);
    const loser = clients[states.findIndex((state) => state !== 200)]!;
    expect(loser.store.read()).toMatchObject({ needed: { why: 'renewal-refused' } });
    expect(loser.store.read()?.tokens?.refreshToken).toBeUndefined();
    await loser.logIn();
    expect(await stateOf(loser)).toBe(200);
    expect(as.reuses).toBe(0);
  });

  it('machines that share the folder renew once, and all of them go on', async () => {
    const redis = await redisServer();
    const { as, url, logins, renewals } = await ended(200);
    const clients = Array.from({ length: MACHINES }, () => loginClient(logins, url, {}, locks(redis.url)));
    expect(await Promise.all(clients.map(stateOf))).toEqual(clients.map(() => 200));
    expect([renewals(), as.reuses]).toEqual([1, 0]);
  });

  it('without Redis the lock of the file counts alone, and nothing waits for it', async () => {
    const redis = await redisServer();
    const { as, url, logins, renewals } = await ended();
    await redis.kill();
    const clients = Array.from({ length: MACHINES }, () => loginClient(logins, url, {}, locks(redis.url)));
    expect(await Promise.all(clients.map(stateOf))).toEqual(clients.map(() => 200));
    expect([renewals(), as.reuses]).toEqual([1, 0]);
  });

  it('another machine has the lock of one that died when its time is over, and a release that comes late frees nothing', async () => {
    const redis = await redisServer();
    const { url, logins } = await ended();
    const login = loginClient(logins, url).store.read()!;
    const [first, second] = [locks(redis.url), locks(redis.url)];
    const held = await first.take(login);
    if (typeof held !== 'object') throw new Error('it is free');
    let isTaken = false;
    const waiting = second.take(login).then((lock) => {
      isTaken = true;
      return lock;
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(isTaken).toBe(false);
    // As after its time.
    const link = openRedis({ url: redis.url, answeredWithinMs: 4_000 });
    onTestFinished(() => link.close());
    await link.run({ name: 'emptied', lua: "return redis.call('FLUSHALL')" }, [], []);
    expect(typeof (await waiting)).toBe('object');
    await held.release(true);
    const later = new Promise((resolve) => setTimeout(() => resolve('waits'), 1_000));
    expect(await Promise.race([first.take(login), later])).toBe('waits');
  });
});
