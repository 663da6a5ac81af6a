import { expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CAPABILITIES_KEY, VERSION_KEY } from '../../src/protocol/mcp.js';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint, type FakeEndpointOptions } from '../helpers/fake-endpoint.js';
import { signal } from '../helpers/is-alive.js';
import { type LinkUnderTest, planLink, planMux, startPlans, type TestDaemon } from '../helpers/link.js';
import { program } from '../helpers/real-servers.js';

/*
 * Two agents, `one` and `other`, on one process of a real server: docs/decisions/servers.md, D132, and what
 * src/servers/shared-initialize.ts and audience.ts say.
 */

const EVERYTHING = [program('@modelcontextprotocol/server-everything'), 'stdio'] as const;

interface Agents {
  test: TestDaemon;
  fakes: readonly [FakeEndpoint, FakeEndpoint];
}

async function startAgents(
  server: LinkUnderTest['server'],
  { settings, second = {} }: Pick<LinkUnderTest, 'settings'> & { second?: FakeEndpointOptions } = {},
): Promise<Agents> {
  const fakes = [await FakeEndpoint.start(), await FakeEndpoint.start(second)] as const;
  onTestFinished(() => Promise.all(fakes.map((fake) => fake.close())).then(() => {}));
  const plan = (name: string, fake: FakeEndpoint) => {
    const endpoint = fake.endpoint(`token-of-${name}-agent`);
    return { ...planLink({ endpoint, server, ...(settings ? { settings } : {}) }), name };
  };
  return { test: startPlans([plan('one', fakes[0]), plan('other', fakes[1])], () => 0.99), fakes };
}

async function connected({ fakes }: Agents): Promise<[FakeConnection, FakeConnection]> {
  return [await fakes[0].connection(), await fakes[1].connection()];
}

const initialize = (capabilities: object, protocolVersion = '2024-11-05') => ({
  ...{ protocolVersion, capabilities },
  clientInfo: { name: 'agent', version: '1' },
});

const methods = ({ frames }: FakeConnection) =>
  frames.flatMap((frame) => (JSON.parse(frame) as { method?: string }).method ?? []);

const textOf = async (connection: FakeConnection, id: unknown) =>
  (await connection.reply(id)).result.content.map(({ text }) => text).join('\n');

async function toolsOf(connection: FakeConnection, id: unknown): Promise<string[]> {
  return (await connection.call(id, 'tools/list')).result.tools.map(({ name }) => name);
}

/** Ends the process and waits for the next one. */
async function restart({ test }: Agents): Promise<void> {
  const before = test.all('server-ready').length;
  signal(test.all('server-ready').at(-1)!.pid!, 'SIGKILL');
  await test.status('server-ready', before);
}

/** Answers the question with that method, and returns it. */
async function answer(on: FakeConnection, method: string, result: object) {
  const question = JSON.parse(await on.frame((frame) => frame.includes(`"method":"${method}"`)));
  on.send({ jsonrpc: '2.0', id: question.id, result });
  return question;
}

it('asks the agent whose call began last, and never one that has not declared that it can answer', async () => {
  const agents = await startAgents(EVERYTHING);
  const [one, other] = await connected(agents);
  await one.greet(initialize({}));
  await other.greet(initialize({ sampling: {}, roots: {}, elicitation: {} }, '2025-11-25'));
  // The first process was initialised before either came, without elicitation.
  expect(await toolsOf(other, 'tools')).not.toContain('trigger-elicitation-request');
  await restart(agents);
  expect(await toolsOf(other, 'tools again')).toContain('trigger-elicitation-request');
  // The process asks for roots by itself: the one agent that has some is asked.
  await answer(other, 'roots/list', { roots: [{ uri: 'file:///of-the-other', name: 'other' }] });

  one.begin('slow', 'trigger-long-running-operation', { duration: 2, steps: 2 });
  await one.call('in between', 'ping');
  other.begin('elicit', 'trigger-elicitation-request');
  await answer(other, 'elicitation/create', { action: 'decline' });
  expect(await textOf(other, 'elicit')).toContain('declined');
  other.begin('sample', 'trigger-sampling-request', { prompt: 'hello', maxTokens: 1 });
  const sampled = { model: 'm', role: 'assistant', content: { type: 'text', text: 'sampled by the other' } };
  await answer(other, 'sampling/createMessage', sampled);
  expect(await textOf(other, 'sample')).toContain('sampled by the other');
  expect(await textOf(one, 'slow')).toContain('completed');

  // A call of the agent that has declared nothing: the server hears that it cannot be asked.
  one.begin('refused', 'trigger-sampling-request', { prompt: 'hello', maxTokens: 1 });
  expect(await textOf(one, 'refused')).toContain('has not declared the capability "sampling"');
  expect(methods(one).filter((method) => !method.startsWith('notifications/'))).toEqual([]);
  expect(methods(other).filter((method) => method === 'sampling/createMessage')).toHaveLength(1);
});

it('is initialised once, in the version of the first agent; each agent hears a version that it knows', async () => {
  let isRefused = true;
  const refuse = () => (isRefused ? { status: 503, headers: {} } : undefined);
  const agents = await startAgents(EVERYTHING, { second: { refuse } });
  const one = await agents.fakes[0].connection();
  // Alone, the first agent gets a process that speaks what it asks for.
  expect((await one.greet(initialize({}, '2025-06-18'))).result.protocolVersion).toBe('2025-06-18');
  const started = agents.test.all('server-starting').length;
  isRefused = false;
  const other = await agents.fakes[1].connection();
  expect((await other.greet(initialize({}, '2024-11-05'))).result.protocolVersion).toBe('2024-11-05');
  other.begin('sum', 'get-sum', { a: 1, b: 2 });
  expect(await textOf(other, 'sum')).toContain('3');
  // A later one is told what the process speaks.
  other.drop();
  const later = await agents.fakes[1].connection(1);
  expect((await later.greet(initialize({}, '2025-11-25'))).result.protocolVersion).toBe('2025-06-18');
  one.begin('sum', 'get-sum', { a: 3, b: 4 });
  expect(await textOf(one, 'sum')).toContain('7');
  expect(agents.test.all('server-starting')).toHaveLength(started);
});

it('logs to the agent that calls, from the level on that it has asked for', async () => {
  const agents = await startAgents(EVERYTHING);
  const [one, other] = await connected(agents);
  for (const connection of [one, other]) await connection.greet(initialize({}));
  await one.call('level', 'logging/setLevel', { level: 'error' });
  await other.call('level', 'logging/setLevel', { level: 'debug' });
  const subscribe = (connection: FakeConnection, id: string) =>
    connection.call(id, 'resources/subscribe', { uri: `demo://resource/dynamic/text/${id}` });
  // The server logs each of these at the level `info`.
  await subscribe(one, '1');
  await subscribe(other, '2');
  await other.frame((frame) => frame.includes('dynamic/text/2') && frame.includes('notifications/message'));
  const logged = () => other.frames.filter((frame) => frame.includes('notifications/message')).join();
  expect(logged()).not.toContain('text/1');
  await restart(agents);
  // The next process knows the level. That it was sent the subscriptions again, it tells the agent that called last.
  await subscribe(one, '3');
  await subscribe(other, '4');
  await other.frame((frame) => frame.includes('dynamic/text/4') && frame.includes('notifications/message'));
  expect(methods(one)).not.toContain('notifications/message');
  expect(logged()).not.toContain('text/3');
});

it('tells the subscribed agent of updates, also those of the next process', async () => {
  const agents = await startAgents(EVERYTHING);
  const [one, other] = await connected(agents);
  for (const connection of [one, other]) await connection.greet(initialize({}));
  const uri = 'demo://resource/dynamic/text/7';
  await other.call('subscribe', 'resources/subscribe', { uri });
  const isUpdate = (frame: string) => frame.includes('"notifications/resources/updated"');
  await one.tool('on', 'toggle-subscriber-updates');
  expect(await other.frame(isUpdate)).toContain(uri);
  await restart(agents);
  other.frames.length = 0;
  await one.tool('on again', 'toggle-subscriber-updates');
  expect(await other.frame(isUpdate)).toContain(uri);
  // The subscription ends with its last subscriber.
  await other.call('unsubscribe', 'resources/unsubscribe', { uri });
  other.frames.length = 0;
  await one.tool('off', 'toggle-subscriber-updates');
  await one.tool('on once more', 'toggle-subscriber-updates');
  await other.call('after', 'ping');
  expect([...one.frames, ...other.frames].filter(isUpdate)).toEqual([]);
});

it('an agent that does not read holds the other up for two seconds, and then gets errors for its answers', async () => {
  const size = 1024 * 1024;
  const count = 60;
  const agents = await startAgents(['big.mjs'], { settings: { maxQueuedBytes: 2 * size } });
  const [slow, quick] = await connected(agents);
  for (const connection of [slow, quick]) await connection.greet(initialize({}));
  slow.tcp.pause();
  const params = { name: 'big', size, arguments: {} };
  for (let id = 1; id <= count; id++) slow.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
  let longestMs = 0;
  // Long enough for it to be taken for one that does not read, and a second more.
  const until = clock.now() + 4_000;
  for (let id = 1; clock.now() < until; id++) {
    const from = clock.now();
    await quick.call(id, 'tools/call', { name: 'big', size: 10, arguments: {} });
    longestMs = Math.max(longestMs, clock.now() - from);
  }
  // 2 s on a quiet machine: 1.5 s, and the large answers that are under way; up to 3.7 s on a busy one. Otherwise it would be held up until the other one reads.
  expect(longestMs).toBeGreaterThan(500);
  expect(longestMs).toBeLessThan(8_000);
  slow.tcp.resume();
  const replies = await eventually(() => {
    const all = slow.frames.map((frame) => JSON.parse(frame)).filter(({ id }) => id > 0);
    return all.length >= count && all;
  });
  expect(replies.map(({ id }) => id).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, i) => i + 1),
  );
  const dropped = replies.filter(({ error }) => error);
  expect(new Set(dropped.map(({ error }) => error.code))).toEqual(new Set([ErrorCode.clientTooSlow]));
  for (const { result } of replies) if (result) expect(result.text).toHaveLength(size);
  // From then on it is a client like any other.
  expect((await slow.call('after', 'tools/call', params)).result.size).toBe(size);
  expect(agents.test.all('server-down')).toEqual([]);
});

const META = { [VERSION_KEY]: '2026-07-28', [CAPABILITIES_KEY]: {} };

it('an agent of MCP 2026-07-28 and an earlier one are served by one process', async () => {
  const fakes = [await FakeEndpoint.start(), await FakeEndpoint.start()] as const;
  onTestFinished(() => Promise.all(fakes.map((fake) => fake.close())).then(() => {}));
  const server = [...EVERYTHING] as [string, ...string[]];
  const pipe = { ...planLink({ endpoint: fakes[0].endpoint('token-one'), server }), name: 'earlier' };
  const mux = planMux({
    ...{ endpoint: fakes[1].endpoint('token-two'), name: 'modern', prefix: 'never' },
    members: [{ name: 'server', server }],
  });
  const test = startPlans([pipe, mux]);
  const [earlier, modern] = [await fakes[0].connection(), await fakes[1].connection()];
  expect((await earlier.greet(initialize({}))).result.protocolVersion).toBe('2024-11-05');
  const discovered = await modern.call(0, 'server/discover', { _meta: META });
  expect(discovered.result.supportedVersions).toContain('2026-07-28');
  const sum = (on: FakeConnection, id: number, more: object = {}) =>
    on.call(id, 'tools/call', { name: 'get-sum', arguments: { a: id, b: 100 }, ...more });
  // The multiplexer knows the tools from here on.
  await modern.call('tools', 'tools/list', { _meta: META });
  const both = [1, 2, 3].flatMap((id) => [sum(earlier, id), sum(modern, id, { _meta: META })]);
  const texts = (await Promise.all(both)).map(({ result }) => result.content[0].text);
  for (const [i, text] of texts.entries()) expect(text).toContain(`${101 + Math.floor(i / 2)}`);
  expect(test.all('server-starting')).toHaveLength(1);
  expect(test.all('server-replaced').filter(({ server: one }) => one !== undefined)).toEqual([]);
});
