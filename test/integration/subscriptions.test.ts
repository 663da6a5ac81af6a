import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { toolsPage } from '../helpers/scripted.js';

type Json = Record<string, unknown>;

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A server of MCP 2026-07-28 that has resources, on one connection after another. */
async function link() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const script = {
    modern: true,
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
    pages: {
      ...toolsPage('say', 'received'),
      'resources/list': ['{"resources":[{"uri":"r:1","name":"r"}]}'],
      'resources/templates/list': ['{"resourceTemplates":[]}'],
    },
  };
  startLinks([
    { endpoint: fake.endpoint(), server: ['scripted.mjs'], env: { SCRIPT: JSON.stringify(script) } },
  ]);
  let lastId = 1_000;
  const tool = async (connection: FakeConnection, name: string, args: Json = {}) => {
    lastId += 1;
    const params = { name, arguments: args, _meta: META };
    const { result, error } = await connection.call(lastId, 'tools/call', params);
    if (error) throw new Error(JSON.stringify(error));
    return result.content[0].text;
  };
  /** The subscriptions and their ends that the server has heard of. */
  const heard = async (connection: FakeConnection) => {
    const lines = JSON.parse(await tool(connection, 'received')) as string[];
    const messages = lines.map((line) => JSON.parse(line) as Json);
    const ids = messages.filter(({ method }) => method === 'subscriptions/listen').map(({ id }) => id);
    const ended = messages
      .filter(({ method }) => method === 'notifications/cancelled')
      .map(({ params }) => (params as { requestId: unknown }).requestId);
    return { ids, ended };
  };
  const listen = async (connection: FakeConnection, id: unknown, count: number) => {
    await connection.call('discover', 'server/discover', { _meta: META });
    const params = { notifications: { resourceSubscriptions: ['r:1'] }, _meta: META };
    connection.send({ jsonrpc: '2.0', id, method: 'subscriptions/listen', params });
    const { ids } = await eventually(async () => {
      const all = await heard(connection);
      return all.ids.length === count && all;
    });
    return ids.at(-1);
  };
  const update = (connection: FakeConnection, id: unknown) => {
    const params = { uri: 'r:1', _meta: { [SUBSCRIPTION]: id } };
    const line = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/resources/updated', params });
    return tool(connection, 'say', { line });
  };
  const updates = (connection: FakeConnection) =>
    connection.frames
      .map((frame) => JSON.parse(frame))
      .filter(({ method }) => method === 'notifications/resources/updated')
      .map(({ params }) => params._meta[SUBSCRIPTION]);
  return { fake, heard, listen, update, updates };
}

it('ends a subscription with its connection, and keeps what it still says from the next one', async () => {
  const { fake, heard, listen, update, updates } = await link();
  const first = await fake.connection();
  const before = await listen(first, 1, 1);
  await update(first, before);
  // Over HTTP it comes on a stream of its own.
  await eventually(() => updates(first).length > 0);
  expect(updates(first)).toEqual([1]);
  first.drop();

  const second = await fake.connection(1);
  const ended = await eventually(async () => {
    const all = (await heard(second)).ended;
    return all.length > 0 && all;
  });
  expect(ended).toEqual([before]);
  await update(second, before);
  expect(updates(second)).toEqual([]);
});

it('names a subscription as the connection does that uses an id of the one before', async () => {
  const { fake, listen, update, updates } = await link();
  const first = await fake.connection();
  await listen(first, 1, 1);
  first.drop();

  const second = await fake.connection(1);
  const own = await listen(second, 1, 2);
  await update(second, own);
  await eventually(() => updates(second).length > 0);
  expect(updates(second)).toEqual([1]);
});
