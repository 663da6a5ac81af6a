import { expect, test } from 'vitest';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { startGateway } from '../helpers/gateway.js';
import { isAlive } from '../helpers/is-alive.js';
import { RawHttpSession } from '../helpers/raw-http-session.js';

const MOST = 6;

/** Three hundred sessions, twelve at a time; a third ends, a third leaves without a word, a third stays a while. */
test.each(['session', 'key'] as const)(
  'of hundreds of sessions with processes by "%s", no more run than the bound, and none is left',
  { timeout: 600_000 },
  async (share) => {
    const keys = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, `value-of-key-${i}`]));
    const world = await startGateway({
      servers: { own: { fixture: 'basic.mjs', options: { share, callerEnv: { WHO: 'x-who' } } } },
      gateway: { keys, sessionIdleMs: 1_500 },
      settings: { maxInstances: MOST, maxInstancesOfServer: MOST, instanceIdleMs: 400 },
    });
    const pids = new Map<number, string>();
    let refused = 0;
    let most = 0;
    const look = () => {
      most = Math.max(most, [...pids.keys()].filter(isAlive).length);
    };
    const one = async (i: number) => {
      const key = i % 20;
      const who = `who-${i % 3}`;
      const headers = { authorization: `Bearer ${keys[`k${key}`]}`, 'x-who': who };
      const session = new RawHttpSession(world.url('own'), { headers, endsWithTest: false });
      const opened = await session.open().catch((error: Error) => error);
      if (opened instanceof Error) {
        expect(opened.message).toContain('503');
        expect(opened.message).toContain('maxInstances');
        refused += 1;
        return session.vanish();
      }
      const said = async (tool: string) => {
        const { status, reply } = await session.call(tool, { name: 'WHO' });
        return status === 404 ? undefined : (reply.result.content[0].text as string);
      };
      const pid = Number(await said('whoami'));
      const env = await said('env');
      // On a slow machine the session has been idle for too long between two of its requests.
      if (!pid || env === undefined) return session.vanish();
      expect(env).toBe(who);
      // A process of one caller, or of one session, is never that of another.
      const whose = share === 'session' ? `session ${i}` : `${key} ${who}`;
      expect(pids.get(pid) ?? whose).toBe(whose);
      pids.set(pid, whose);
      look();
      if (i % 3 === 0) await session.end();
      if (i % 3 === 2) await clock.sleep(200, new AbortController().signal);
      session.vanish();
    };
    for (let i = 0; i < 300; i += 12) {
      await Promise.all(Array.from({ length: 12 }, (_, at) => one(i + at)));
      look();
    }
    expect(most).toBeLessThanOrEqual(MOST);
    expect(refused).toBeGreaterThan(0);
    expect(pids.size).toBeGreaterThan(MOST * 2);
    // Reaped, those of sessions that nobody has ended as well.
    await eventually(() => [...pids.keys()].every((pid) => !isAlive(pid)), {
      what: 'the end of every process',
    });
    const { daemon } = world.app;
    await eventually(() => daemon.clients.length + daemon.instances.length === 0, {
      what: 'the end of every client and instance',
    });
    // Ended with the gateway, in the middle of calls.
    const last = [0, 1, 2].map(
      (i) => new RawHttpSession(world.url('own'), { headers: { authorization: `Bearer ${keys[`k${i}`]}` } }),
    );
    const running: Promise<unknown>[] = [];
    // None is idle while another one's process starts.
    const lastPids = await Promise.all(
      last.map(async (session) => {
        await session.open();
        const pid = Number(await session.text('whoami'));
        running.push(session.call('slow', { ms: 60_000 }).catch(() => undefined));
        return pid;
      }),
    );
    world.app.force();
    await world.stop();
    await Promise.all(running);
    expect(lastPids.filter(isAlive)).toEqual([]);
  },
);
