import { expect, it, onTestFinished } from 'vitest';
import { sharedServersOf } from '../../src/observe/shared-servers.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { planLink, planMux, planOf, type Served, startPlans } from '../helpers/link.js';

const AGENTS = ['kitchen', 'hall', 'attic'];

/** Three links with the servers `music` and `lights`, and a pipe that uses `music` as well; each on its own endpoint. */
async function house() {
  const endpoints = await Promise.all([...AGENTS, 'garden'].map(() => FakeEndpoint.start()));
  onTestFinished(async () => void (await Promise.all(endpoints.map((fake) => fake.close()))));
  const [garden] = endpoints.slice(-1);
  const members = ['music', 'lights'].map((name) => ({
    name,
    server: ['basic.mjs'] as const,
    env: { WHO: name },
  }));
  const pipe = planLink({ endpoint: garden!.endpoint(), server: ['basic.mjs'], env: { WHO: 'music' } });
  const plans: Served[] = [
    ...AGENTS.map((name, i) => planMux({ name, endpoint: endpoints[i]!.endpoint(), members })),
    { ...pipe, name: 'garden', servers: ['music'], served: [{ ...pipe.served[0], name: 'music' }] },
  ];
  const test = startPlans(plans);
  const connections = await Promise.all(endpoints.map((fake) => fake.connection()));
  for (const connection of connections) await connection.greet();
  const { watch } = test.app;
  await eventually(() => watch.links.every(({ ready }) => ready), { what: 'every link is ready' });
  return { test, watch, connections, plans };
}

it('reports a server that several links use once: one process, one end, one restart', async () => {
  const { test, watch } = await house();
  const before = watch.health().servers!;
  expect(before.map(({ name, state, links }) => [name, state, links])).toEqual([
    ['music', 'ready', [...AGENTS, 'garden']],
    ['lights', 'ready', AGENTS],
  ]);
  const ofMusic = watch.links.map(({ members }) => members!.find(({ name }) => name === 'music')!.pid);
  expect(new Set(ofMusic)).toEqual(new Set([before[0]!.pid]));
  process.kill(before[0]!.pid!, 'SIGKILL');
  await eventually(() => watch.health().servers![0]!.restartsLastHour === 1, { what: 'a restart' });
  await eventually(() => watch.links.every(({ ready }) => ready), { what: 'every link is ready again' });
  const [music, lights] = watch.health().servers!;
  expect(music).toMatchObject({ state: 'ready', restartsLastHour: 1, lastExit: { signal: 'SIGKILL' } });
  expect(music!.pid).not.toBe(before[0]!.pid);
  expect(lights).toMatchObject({ pid: before[1]!.pid, restartsLastHour: 0 });
  expect(test.all('server-down').map(({ server, alsoLinks }) => [server, alsoLinks?.length])).toEqual([
    ['music', 3],
  ]);
});

it('counts the calls of a server once, and keeps the trouble of one link to it', async () => {
  const { test, watch, connections } = await house();
  for (const connection of connections) await connection.call('1', 'tools/list');
  for (const { server } of sharedServersOf(watch.links)) {
    const { answered } = server.calls;
    expect(answered).toBeGreaterThan(0);
    const told = watch.links.flatMap(({ members }) => members!.filter(({ name }) => name === server.name));
    expect(new Set(told.map(({ calls }) => calls.answered))).toEqual(new Set([answered]));
  }
  // Of each link, its own calls alone.
  const before = watch.links.map(({ calls }) => calls.answered);
  await connections[0]!.call('2', 'tools/list');
  const after = watch.links.map(({ calls }) => calls.answered);
  expect(after[0]).toBeGreaterThan(before[0]!);
  expect(after.slice(1)).toEqual(before.slice(1));
  connections[1]!.close(4004);
  // It is soon connected again.
  const isDown = () => test.all('down').some(({ link }) => link === 'hall');
  await eventually(isDown, { what: 'the link of the hall is down' });
  const others = watch.links.filter(({ name }) => name !== 'hall');
  expect(others.map(({ ready }) => ready)).toEqual([true, true, true]);
  expect(sharedServersOf(watch.links).map(({ server }) => server.state)).toEqual(['ready', 'ready']);
  expect(watch.health().healthy).toBe(true);
});

it('goes on as one fact while links come and go', async () => {
  const { test, watch, plans } = await house();
  const [kitchen, hall] = plans;
  const pid = watch.health().servers![0]!.pid!;
  await test.app.apply(planOf([hall!]));
  // The link that reported the servers has ended, and none shares them with the one that is left.
  expect(watch.health().servers).toBeUndefined();
  expect(watch.links).toMatchObject([{ name: 'hall', ready: true, members: [{ pid }, { name: 'lights' }] }]);
  process.kill(pid, 'SIGKILL');
  const isBack = () => {
    const music = watch.links[0]!.members![0]!;
    return music.state === 'ready' && music.pid !== pid ? music : undefined;
  };
  const again = await eventually(isBack, { what: 'the server is back' });
  expect(again.restartsLastHour).toBe(1);
  await test.app.apply(planOf([kitchen!, hall!]));
  expect(sharedServersOf(watch.links).map(({ server }) => [server.name, server.pid])).toEqual([
    ['music', again.pid],
    ['lights', watch.links[1]!.members![1]!.pid],
  ]);
  // What the link that came knows of it, and its past.
  const [come] = watch.links;
  expect(come).toMatchObject({ name: 'kitchen', members: [{ pid: again.pid, restartsLastHour: 1 }, {}] });
});
