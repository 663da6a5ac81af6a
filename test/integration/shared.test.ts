import { expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../src/config/defaults.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CAPABILITIES_KEY, VERSION_KEY } from '../../src/protocol/mcp.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { type LinkUnderTest, planLink, startPlans, type TestDaemon } from '../helpers/link.js';

/*
 * Two agents on one server, where it is by design otherwise than with one: what is true instead of the tests that
 * test/helpers/shared-skips.ts names (D132).
 */

interface Agents {
  test: TestDaemon;
  one: FakeConnection;
  other: FakeConnection;
  /** Of the first agent. */
  fake: FakeEndpoint;
}

async function startAgents(
  server: LinkUnderTest['server'],
  settings: Partial<Settings> = {},
): Promise<Agents> {
  const fakes = [await FakeEndpoint.start(), await FakeEndpoint.start()] as const;
  onTestFinished(() => Promise.all(fakes.map((fake) => fake.close())).then(() => {}));
  const plans = fakes.map((fake, i) => ({
    ...planLink({ endpoint: fake.endpoint(`token-of-agent-${i}`), server, settings }),
    name: `agent-${i}`,
  }));
  const test = startPlans(plans, () => 0.99);
  return { test, one: await fakes[0].connection(), other: await fakes[1].connection(), fake: fakes[0] };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the other side said
type Message = any;

const initialize = (capabilities: object, protocolVersion = '2024-11-05') => ({
  ...{ protocolVersion, capabilities },
  clientInfo: { name: 'agent', version: '1' },
});

/** The lines that the server has got. */
const received = async (connection: FakeConnection, id: unknown): Promise<Message[]> =>
  (JSON.parse(await connection.tool(id, 'received')) as string[]).map((line) => JSON.parse(line));

const initializes = (lines: readonly Message[]) =>
  lines.flatMap(({ method, params }) => (method === 'initialize' ? [params] : []));

it('a process is initialised once, and the next one with all that its clients have asked for', async () => {
  const { test, one, other } = await startAgents(['basic.mjs']);
  // Until both links know their connections, one of them might be alone.
  await test.status('open', 1);
  const first = await one.greet(initialize({ elicitation: {} }, '2025-06-18'));
  const second = await other.greet(initialize({ experimental: { x: {} } }, '2025-11-25'));
  // The version of the process, which was initialised as the cloud would.
  for (const { result } of [first, second]) expect(result.protocolVersion).toBe('2024-11-05');
  const pid = await one.tool(1, 'whoami');
  expect(await other.tool(1, 'whoami')).toBe(pid);
  const lines = await received(other, 2);
  expect(initializes(lines)).toHaveLength(1);
  expect(lines.filter(({ method }) => method === 'notifications/initialized')).toHaveLength(1);
  await one.call(3, 'tools/call', { name: 'exit', arguments: {} });
  await test.status('server-ready', 1);
  expect(initializes(await received(one, 4))).toMatchObject([
    {
      protocolVersion: '2024-11-05',
      capabilities: { sampling: {}, roots: {}, elicitation: {}, experimental: { x: {} } },
    },
  ]);
  expect(test.all('server-replaced')).toEqual([]);
});

it('an initialize that would end the server does not reach it while another agent uses it', async () => {
  const { test, one, other } = await startAgents(['odd-start.mjs', 'choosy']);
  await other.greet();
  expect((await one.greet(initialize({}, 'x'))).result.protocolVersion).toBe('2024-11-05');
  for (const connection of [one, other])
    expect((await connection.call(1, 'tools/list')).result).toBeDefined();
  expect(test.all('server-down')).toEqual([]);
});

it('an initialize is answered from the record while the server is away', async () => {
  const minDelayMs = 60_000;
  const settings = { minDelayMs, maxDelayMs: minDelayMs, holdTimeoutMs: 2 * minDelayMs };
  const { test, one, other } = await startAgents(['basic.mjs'], settings);
  await one.greet();
  await one.call(1, 'tools/call', { name: 'exit', arguments: {} });
  await test.status('server-down');
  expect((await other.greet(initialize({}, '2025-06-18'))).result.protocolVersion).toBe('2024-11-05');
});

it('a request of MCP 2026-07-28 is carried as it is, and restarts nothing for the agent before', async () => {
  const { test, one, other } = await startAgents(['basic.mjs']);
  await one.greet();
  const pid = await one.tool(1, 'whoami');
  const _meta = { [VERSION_KEY]: '2026-07-28', [CAPABILITIES_KEY]: {} };
  const { result } = await other.call(1, 'tools/call', { name: 'whoami', arguments: {}, _meta });
  expect(result.content[0].text).toBe(pid);
  const calls = (await received(one, 2)).filter(({ params }) => params?._meta);
  expect(calls).toMatchObject([{ params: { _meta } }]);
  expect(test.all('server-replaced')).toEqual([]);
});

it('of a request the server gets every byte but those of its id, which answers come back under', async () => {
  const { one, other } = await startAgents(['basic.mjs']);
  for (const connection of [one, other]) await connection.greet();
  const params =
    '{"n":1.0,"big":12345678901234567890,"\\u0041":[1e2,-0],"name":"echo","arguments":{"text":"ắ"}}';
  for (const id of ['0', '"0"', '""', '9007199254740993', '-7']) {
    const text = (spelled: string) =>
      `{ "method":"tools/call","params":${params},"id":${spelled}, "jsonrpc":"2.0"}`;
    one.send(text(id));
    other.send(text(id));
    for (const connection of [one, other])
      await connection.frame((frame) => frame.includes(`"id":${id},`) && frame.includes('"ắ"'));
    const lines = JSON.parse(await one.tool('received', 'received')) as string[];
    const bodies = lines
      .filter((line) => line.includes('\\u0041'))
      .map((line) => line.replace(/"id":[^,]*,/, ''));
    expect(new Set(bodies)).toEqual(new Set([text(id).replace(/"id":[^,]*,/, '')]));
  }
});

it('an answer to no call is reported, and reaches neither agent', async () => {
  const { test, one, other } = await startAgents(['asker.mjs']);
  for (const connection of [one, other]) await connection.greet();
  one.begin(11, 'hold', { tag: 'of one' });
  other.begin(11, 'hold', { tag: 'of the other' });
  await other.tool('say', 'say', { line: '{"jsonrpc":"2.0","id":11,"result":{"said":true}}' });
  expect(await test.status('reply-unmatched')).toMatchObject({ id: '11', isCarried: false });
  await one.tool('release', 'release');
  const texts = [await one.reply(11), await other.reply(11)].map(({ result }) => result.content[0].text);
  expect(texts).toEqual(['of one', 'of the other']);
  expect([...one.frames, ...other.frames].filter((frame) => frame.includes('said'))).toEqual([]);
});

it('calls of a connection that has ended are cancelled at the server, and those of the other agent go on', async () => {
  const { test, one, other, fake } = await startAgents(['asker.mjs']);
  for (const connection of [one, other]) await connection.greet();
  one.begin(5, 'hold', { tag: 'of one' });
  await one.tool('known', 'whoami');
  other.begin(5, 'hold', { tag: 'of the other' });
  one.drop();
  const next = await fake.connection(1);
  await next.greet();
  next.begin(5, 'hold', { tag: 'of the next' });
  const lines = await received(next, 'received');
  const idOf = (tag: string) => lines.find(({ params }) => params?.arguments?.tag === tag).id;
  const cancelled = lines.filter(({ method }) => method === 'notifications/cancelled');
  expect(cancelled.map(({ params }) => params.requestId)).toEqual([idOf('of one')]);
  // The server answers the cancelled call all the same.
  await next.tool('release', 'release');
  expect((await other.reply(5)).result.content[0].text).toBe('of the other');
  expect((await next.reply(5)).result.content[0].text).toBe('of the next');
  expect((await test.status('stale-reply')).total).toBe(1);
});

it('a server that answers neither agent is restarted after as many calls of both as it is told to', async () => {
  const settings = { callWarnMs: 150, callTimeoutMs: 300, serverPingTimeoutMs: 500, restartAfterCalls: 2 };
  const { test, one, other } = await startAgents(['stuck.mjs'], settings);
  for (const connection of [one, other]) await connection.greet();
  const pid = await other.tool(1, 'whoami');
  one.begin(2, 'hang');
  other.begin(2, 'whoami');
  expect((await test.status('server-down')).why).toBe('hung');
  for (const connection of [one, other])
    expect((await connection.reply(2)).error.code).toBe(ErrorCode.serverExited);
  expect(await other.tool(3, 'whoami')).not.toBe(pid);
});
