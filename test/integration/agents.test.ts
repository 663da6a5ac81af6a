import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { makePlan, type Plan } from '../../src/config/plan.js';
import { App } from '../../src/daemon/app.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import type { Status } from '../../src/protocol/status.js';
import { folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive } from '../helpers/is-alive.js';
import { fixture } from '../helpers/link.js';

const server = (file: string, more: object = {}) => ({
  ...{ command: process.execPath, args: [fixture(file)] },
  ...more,
});
const LONG_MS = 600_000;

interface Agents {
  app: App;
  statuses: Status[];
  fakes: ReadonlyMap<string, FakeEndpoint>;
  /** The first connection of each agent, initialised. */
  connections: ReadonlyMap<string, FakeConnection>;
  /** The plan with other members of the configuration. */
  planOf: (config: object) => Promise<Plan>;
}

/** A daemon that runs a configuration file with these servers, and agents with an endpoint each. */
async function startAgents(
  mcpServers: object,
  agents: Readonly<Record<string, object>>,
  more: object = {},
): Promise<Agents> {
  const cwd = await folder();
  const fakes = new Map<string, FakeEndpoint>();
  for (const name of Object.keys(agents)) {
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    fakes.set(name, fake);
  }
  const entry = ([name, agent]: [string, object]) =>
    [name, { endpoint: fakes.get(name)!.endpoint(`token-of-${name}`).href, ...agent }] as const;
  const settings = { minDelayMs: 50, maxDelayMs: 200, holdTimeoutMs: 20_000, gatherTimeoutMs: 20_000 };
  const all = {
    mcpServers,
    agents: Object.fromEntries(Object.entries(agents).map(entry)),
    settings,
    ...more,
  };
  const planOf = async (config: object) => {
    await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ ...all, ...config }));
    return makePlan(await loadConfig({ cwd, env: { PATH: process.env.PATH } }), { cwd });
  };
  const statuses: Status[] = [];
  const app = new App(await planOf({}), {
    observers: [{ name: 'test', onStatus: (status) => void statuses.push(status) }],
    onObserverFailed: (_, error) => {
      throw error;
    },
  });
  app.start();
  onTestFinished(async () => {
    app.force();
    await app.stop();
  });
  const connections = new Map<string, FakeConnection>();
  for (const [name, fake] of fakes) {
    const connection = await fake.connection();
    await connection.greet();
    connections.set(name, connection);
  }
  return { app, statuses, fakes, connections, planOf };
}

const count = (statuses: readonly Status[], wanted: Status['type']) =>
  statuses.filter(({ type }) => type === wanted).length;

it('20 agents with six servers are six processes, and each agent sees the same ones', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const mcpServers = Object.fromEntries(names.map((name) => [name, server('shared.mjs')]));
  const agents = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`agent-${i}`, {}]));
  const { app, statuses, connections } = await startAgents(mcpServers, agents);
  const pids = new Map<string, Set<string>>(names.map((name) => [name, new Set()]));
  for (const connection of connections.values()) {
    const { result } = await connection.call('list', 'tools/list');
    expect(result.tools.length).toBe(8 * names.length);
    for (const name of names) pids.get(name)!.add(await connection.tool(`who ${name}`, `${name}__whoami`));
  }
  expect([...pids.values()].map(({ size }) => size)).toEqual(names.map(() => 1));
  const all = [...pids.values()].map(([pid]) => Number(pid));
  expect(new Set(all).size).toBe(6);
  expect(count(statuses, 'server-starting')).toBe(6);
  await app.stop();
  expect(all.filter(isAlive)).toEqual([]);
});

it('"share": "agent" gives each agent a process, which knows whose it is', async () => {
  const own = { share: 'agent', env: { OWNER: `$\{AGENT}` } };
  const mcpServers = { common: server('basic.mjs'), memory: server('basic.mjs', own) };
  const { connections } = await startAgents(mcpServers, { kitchen: {}, office: {}, hall: {} });
  const seen = { common: new Set<string>(), memory: new Set<string>() };
  for (const [name, connection] of connections) {
    seen.common.add(await connection.tool('common', 'common__whoami'));
    seen.memory.add(await connection.tool('memory', 'memory__whoami'));
    expect(await connection.tool('env', 'memory__env', { name: 'OWNER' })).toBe(name);
  }
  expect([seen.common.size, seen.memory.size]).toEqual([1, 3]);
});

it('a server that crashes fails the calls of each agent once, and comes back once', async () => {
  const agents = { kitchen: {}, office: {}, hall: {} };
  const { statuses, connections } = await startAgents({ one: server('shared.mjs') }, agents);
  const all = [...connections.values()];
  for (const connection of all) connection.begin(7, 'slow', { ms: LONG_MS });
  for (const connection of all)
    expect(await connection.tool('ready', 'echo', { text: 'ready' })).toBe('ready');
  all[0]!.begin('crash', 'crash');
  for (const connection of all) expect((await connection.reply(7)).error.code).toBe(ErrorCode.serverExited);
  const pids = await Promise.all(all.map((connection) => connection.tool('again', 'whoami')));
  expect(new Set(pids).size).toBe(1);
  expect(count(statuses, 'server-starting')).toBe(2);
  for (const { frames } of all) expect(frames.filter((frame) => frame.includes('"id":7,'))).toHaveLength(1);
  expect(count(statuses, 'down')).toBe(0);
});

it('a configuration without one of the agents leaves the calls of the others alone', async () => {
  const agents = { kitchen: {}, office: {}, hall: {} };
  const started = await startAgents({ one: server('asker.mjs'), two: server('shared.mjs') }, agents);
  const { app, statuses, connections, planOf, fakes } = started;
  const [kitchen, office, hall] = [...connections.values()] as [
    FakeConnection,
    FakeConnection,
    FakeConnection,
  ];
  const before = await office.tool('before', 'one__whoami');
  for (const connection of [kitchen, office, hall]) connection.begin(7, 'hold', { tag: 'held' });
  // It has all three.
  await eventually(async () => (await hall.tool(`${Math.random()}`, 'received')).split('hold').length === 4);
  const plan = await planOf({
    agents: Object.fromEntries(
      ['office', 'hall'].map((name) => [
        name,
        { endpoint: fakes.get(name)!.endpoint(`token-of-${name}`).href },
      ]),
    ),
  });
  const applied = app.daemon.apply(plan);
  // The one that leaves may finish its call as well.
  await eventually(() => count(statuses, 'draining') === 1);
  await office.call('release', 'tools/call', { name: 'release' });
  for (const connection of [kitchen, office, hall])
    expect((await connection.reply(7)).result.content[0].text).toBe('held');
  await applied;
  await kitchen.closed;
  expect(await office.tool('after', 'one__whoami')).toBe(before);
  expect([office.isClosed, hall.isClosed]).toEqual([false, false]);
  expect(count(statuses, 'server-starting')).toBe(2);
});

it('a filter of one agent changes without a new connection, for this agent alone', async () => {
  const agents = { kitchen: { tools: { one: { deny: ['counter'] } } }, office: {} };
  const mcpServers = { one: server('basic.mjs'), two: server('basic.mjs', { tools: ['echo', 'whoami'] }) };
  const { app, connections, planOf, fakes } = await startAgents(mcpServers, agents);
  const [kitchen, office] = [...connections.values()] as [FakeConnection, FakeConnection];
  let id = 0;
  const namesOf = async (connection: FakeConnection): Promise<string[]> =>
    (await connection.call(++id, 'tools/list')).result.tools.map(({ name }: { name: string }) => name);
  expect(await namesOf(kitchen)).not.toContain('counter');
  expect(await namesOf(office)).toContain('counter');
  const pid = await office.tool(++id, 'one__whoami');
  const endpoint = (name: string) => ({ endpoint: fakes.get(name)!.endpoint(`token-of-${name}`).href });
  const next = {
    kitchen: { ...endpoint('kitchen'), tools: { two: { allow: ['whoami', 'slow'] } } },
    office: endpoint('office'),
  };
  await app.daemon.apply(await planOf({ agents: next }));
  const seen = await namesOf(kitchen);
  // Of the second server, what both filters let through: its own hides slow, that of the agent hides echo.
  expect(seen).toEqual(expect.arrayContaining(['counter', 'echo', 'two__whoami']));
  expect(seen.filter((name) => name.startsWith('two__'))).toEqual(['two__whoami']);
  expect(await namesOf(office)).toContain('two__echo');
  expect([kitchen.isClosed, office.isClosed]).toEqual([false, false]);
  expect(await kitchen.tool(++id, 'one__whoami')).toBe(pid);
});

it('what one agent does to its connection is not noticed by another', async () => {
  const agents = { kitchen: {}, office: {} };
  const { statuses, connections, fakes } = await startAgents(
    { one: server('asker.mjs'), two: server('shared.mjs') },
    agents,
  );
  const office = connections.get('office')!;
  const held = office.tool('held', 'hold', { tag: 'of the office' });
  for (let i = 0; i < 3; i++) {
    const kitchen = await fakes.get('kitchen')!.connection(i);
    if (i > 0) await kitchen.greet();
    kitchen.begin(7, 'hold', { tag: `of the kitchen ${i}` });
    const received = () => office.tool(`received ${Math.random()}`, 'received');
    await eventually(async () => (await received()).includes(`of the kitchen ${i}`));
    kitchen.close(4004);
    // Its call is over at the server, which others go on using.
    await eventually(async () => (await received()).split('notifications/cancelled').length === i + 2);
  }
  await office.call('release', 'tools/call', { name: 'release' });
  expect(await held).toBe('of the office');
  expect(statuses.filter(({ type, link }) => type === 'down' && link === 'office')).toEqual([]);
  expect(count(statuses, 'server-starting')).toBe(2);
});
