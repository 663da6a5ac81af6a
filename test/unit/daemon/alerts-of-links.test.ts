import { afterEach, describe, expect, test } from 'vitest';
import type { LinkPlan } from '../../../src/config/plan.js';
import { Alerts } from '../../../src/daemon/alerts/alerts.js';
import { Health } from '../../../src/observe/health.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import { alertsPlan, OK, type Sent } from '../../helpers/alert-world.js';
import { DaemonWorld, type LinkOf } from '../../helpers/daemon-world.js';
import { INITIALIZE } from '../../helpers/mux-world.js';

const MINUTE = 60_000;

let world: DaemonWorld;
let alerts: Alerts;
afterEach(async () => {
  await alerts.close();
  await world.stop();
});

/** A running daemon whose servers and endpoints are scripted, with alerts. Returns what was sent, in short. */
async function run(servers: number, links: readonly LinkOf[]) {
  world = new DaemonWorld(servers, links);
  const { clock } = world;
  const plan = world.plan(links);
  const snapshot = new Snapshot(plan.links, () => clock.now());
  const health = new Health(snapshot, 0, (text) => text, 'en');
  const sent: Sent[] = [];
  alerts = new Alerts(alertsPlan(), {
    links: () => snapshot.links,
    report: (lang) => health.report(1, clock.now(), lang),
    redact: (text) => text,
    ...{ lang: 'en', clock, date: () => clock.now(), onReport: () => {} },
    post: async (_, { body }) => {
      sent.push(JSON.parse(body) as Sent);
      return OK;
    },
  });
  // The daemon stamps events with the date; here the time is that of the clock.
  world.onStatus = (status) => {
    const stamped = { ...status, at: clock.now() };
    snapshot.onStatus(stamped);
    health.onStatus(stamped);
    alerts.onStatus(stamped);
  };
  world.onConnection = (token, connection) => {
    if (!world.closing.has(token)) setImmediate(() => connection.send(init()));
  };
  await world.start();
  return {
    plan,
    snapshot,
    told: () =>
      sent.flatMap((one) => one.alerts.map(({ state, kind, subject }) => `${state} ${kind} ${subject.name}`)),
  };
}

let id = 0;
const init = () => `{"jsonrpc":"2.0","id":"i${id++}","method":"initialize","params":${INITIALIZE}}`;

const KINDS: readonly LinkPlan['kind'][] = ['pipe', 'mux', 'rotate'];
const settings = { rotateEveryMs: 30_000, rotateKeepMs: 0, maxDelayMs: 5_000 };
const linkOf = (kind: LinkPlan['kind']): LinkOf =>
  kind === 'pipe'
    ? { kind, name: 's0', servers: [0], settings }
    : { kind, name: 'link', servers: [0, 1], settings };

describe.each(KINDS)('of a %s', (kind) => {
  const link = linkOf(kind);
  const token = link.name;

  test('that works no alert comes, nor for its stop', async () => {
    const { told } = await run(2, [link]);
    await world.advance(20 * MINUTE, 5_000);
    const stopped = world.daemon.stop();
    await world.advance(10 * MINUTE, 5_000);
    await stopped;
    expect(told()).toEqual([]);
  });

  test('that the endpoint drops again and again, one alert comes, and its end', async () => {
    const { told } = await run(2, [link]);
    await world.advance(MINUTE, 5_000);
    world.closing.set(token, 1011);
    world.connections.get(token)!.drop(1011);
    await world.advance(10 * MINUTE, 5_000);
    expect(told()).toEqual([`raised link-down ${token}`]);
    world.closing.delete(token);
    await world.advance(5 * MINUTE, 5_000);
    expect(told()).toEqual([`raised link-down ${token}`, `recovered link-down ${token}`]);
  });

  test('that leaves the plan no alert comes', async () => {
    const { told, snapshot } = await run(2, [link]);
    world.closing.set(token, 1011);
    world.connections.get(token)!.drop(1011);
    await world.advance(MINUTE, 5_000);
    const none = world.plan([]);
    snapshot.planned(none.links, []);
    const applied = world.daemon.apply(none);
    await world.advance(10 * MINUTE, 5_000);
    await applied;
    expect(told()).toEqual([]);
  });
});

describe.each(['pipe', 'mux'] as const)('of a %s', (kind) => {
  test('with a server that crashes again and again, one alert comes about the server, and its end', async () => {
    const link = linkOf(kind);
    const { told } = await run(2, [link]);
    for (let i = 0; i < 12; i++) {
      await world.advance(15_000, 1_000);
      world.servers[0]!.life?.die();
    }
    expect(told()).toEqual(['raised crash-loop s0']);
    await world.advance(10 * MINUTE, 5_000);
    expect(told()).toEqual(['raised crash-loop s0', 'recovered crash-loop s0']);
  });
});

test('a server that several links use is reported once, and its links are not', async () => {
  const links: LinkOf[] = ['a', 'b', 'c'].map((name) => ({ kind: 'mux', name, servers: [0], settings }));
  const { told } = await run(1, links);
  const [server] = world.servers;
  server!.isMute = true;
  server!.life!.die();
  for (const connection of world.connections.values()) connection.drop();
  await world.advance(6 * MINUTE, 5_000);
  expect(told()).toEqual(['raised server-down s0']);
});
