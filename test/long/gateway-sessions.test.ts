import { setTimeout as delay } from 'node:timers/promises';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { AcceptedClient } from '../../src/connections/accepted-client.js';
import { Session } from '../../src/faces/streamable-http/session.js';
import { StreamableHttp } from '../../src/faces/streamable-http/streamable-http.js';
import { HubClient } from '../../src/servers/hub-client.js';
import { SupervisedServer } from '../../src/servers/supervised-server.js';
import { eventually } from '../helpers/eventually.js';
import { type GatewayWorld, startGateway } from '../helpers/gateway.js';
import { isAlive } from '../helpers/is-alive.js';
import { RawHttpSession } from '../helpers/raw-http-session.js';

const SESSIONS = 3_000;
const AT_ONCE = 50;
/** Each of these has a process. */
const OWN_SESSIONS = 150;
/** A supervised server with its hub takes tens of kB. */
const MOST_LEFT_OF_PROCESS_BYTES = 10_000;
/** Of those that leave without a word; the others are never idle for so long, also on a busy machine. */
const IDLE_MS = 5_000;
/** Per session that has been: far below the 50 kB that an open one takes. */
const MOST_LEFT_BYTES = 2_000;

test(`${SESSIONS} sessions come and go, and nothing of them is kept`, { timeout: 600_000 }, async () => {
  const world = await startGateway({
    servers: { one: 'basic.mjs', two: 'basic.mjs' },
    gateway: { sessionIdleMs: IDLE_MS, maxSessions: SESSIONS },
  });
  // What is made once is made now.
  await sessions(world, 300);
  await allGone(world);
  world.statuses.length = 0;
  const before = await counted();
  const startedAt = performance.now();
  await sessions(world, SESSIONS);
  const tookMs = performance.now() - startedAt;
  await allGone(world);
  // They are kept for tests.
  world.statuses.length = 0;
  const after = await counted(before);
  const perSession = (after.heapBytes - before.heapBytes) / SESSIONS;
  process.stderr.write(
    `${SESSIONS} sessions in ${Math.round(tookMs / 1000)} s: ${JSON.stringify({ before, after })}, ${perSession.toFixed(0)} bytes each\n`,
  );
  expect(piledUp(before, after)).toEqual({});
  expect(perSession).toBeLessThan(MOST_LEFT_BYTES);
});

test(`${OWN_SESSIONS} sessions with a process for each, and nothing of the processes is kept`, {
  timeout: 600_000,
}, async () => {
  const own = { fixture: 'basic.mjs', options: { share: 'session' as const } };
  const world = await startGateway({
    servers: { own },
    gateway: { sessionIdleMs: IDLE_MS, maxSessions: SESSIONS },
  });
  const pids = new Set<number>();
  const oneAfterTheOther = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const session = new RawHttpSession(world.url('own'), { endsWithTest: false });
      await session.open();
      pids.add(Number(await session.text('whoami')));
      await session.end();
      session.vanish();
    }
    await allGone(world);
    await eventually(() => ![...pids].some(isAlive), { what: 'the end of the last process' });
    world.statuses.length = 0;
  };
  await oneAfterTheOther(10);
  const before = await counted();
  await oneAfterTheOther(OWN_SESSIONS);
  const after = await counted(before);
  const perSession = (after.heapBytes - before.heapBytes) / OWN_SESSIONS;
  process.stderr.write(
    `${OWN_SESSIONS} processes: ${JSON.stringify({ before, after })}, ${perSession.toFixed(0)} bytes each\n`,
  );
  expect(pids.size).toBeGreaterThanOrEqual(OWN_SESSIONS);
  expect(piledUp(before, after)).toEqual({});
  expect(perSession).toBeLessThan(MOST_LEFT_OF_PROCESS_BYTES);
});

/** Of every two one says goodbye, the other vanishes. They speak to one server, or to all. */
async function sessions(world: GatewayWorld, count: number): Promise<void> {
  let begun = 0;
  const callers = Array.from({ length: AT_ONCE }, async () => {
    while (begun < count) {
      const number = begun++;
      const isAlone = number % 4 < 2;
      const session = new RawHttpSession(world.url(isAlone ? 'one' : undefined), { endsWithTest: false });
      await session.open();
      expect(await session.text(isAlone ? 'echo' : 'two__echo', { text: `${number}` })).toBe(`${number}`);
      if (number % 2 === 0) expect(await session.end()).toBe(204);
      session.vanish();
    }
  });
  await Promise.all(callers);
}

async function allGone(world: GatewayWorld): Promise<void> {
  await eventually(() => world.app.daemon.clients.length === 0, { what: 'the end of the last session' });
  // The last sockets are closed by then.
  await eventually(() => sockets() === 0, { what: 'the end of the last connection' });
}

const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

type Counts = ReturnType<typeof countedNow>;

/** What could pile up; counted again as long as there are more objects than `before`, which may be about to end. */
async function counted(before?: Counts): Promise<Counts> {
  for (let tries = 1; ; tries++) {
    const now = countedNow();
    if (!before || Object.keys(piledUp(before, now)).length === 0 || tries === 20) return now;
    await delay(500);
  }
}

/** How many more objects there are of each kind. */
function piledUp({ heapBytes: _, ...before }: Counts, now: Counts): Record<string, number> {
  const more = Object.entries(before).map(([name, n]) => [name, now[name as keyof Counts] - n] as const);
  return Object.fromEntries(more.filter(([, n]) => n > 0));
}

function countedNow() {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const of = (kind: new (...args: never[]) => object) => queryObjects(kind as never, { format: 'count' });
  return {
    sessions: of(Session),
    links: of(AcceptedClient),
    clients: of(HubClient),
    faces: of(StreamableHttp),
    servers: of(SupervisedServer),
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    heapBytes: process.memoryUsage().heapUsed,
  };
}
