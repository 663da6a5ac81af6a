import { expect, test } from 'vitest';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { RawHttpSession } from '../../helpers/raw-http-session.js';
import { StreamClient } from '../../helpers/stream-clients.js';

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const replica = (name: string | undefined) =>
  startGateway({ servers: { one: 'basic.mjs' }, gateway: { replica: name } });

/** A request with this id of a session, as a client sends it to a replica that may not have it. */
async function statusAt(world: GatewayWorld, id: string): Promise<number> {
  const session = new RawHttpSession(world.url('one'), { headers: { 'mcp-session-id': id } });
  return (await session.ask('tools/list')).status;
}

async function opened(world: GatewayWorld): Promise<RawHttpSession> {
  const session = new RawHttpSession(world.url('one'));
  await session.open();
  return session;
}

test('ids of sessions begin with the name of their replica, and no other replica has them', async () => {
  const [a, b, alone] = await Promise.all(['a', 'b', undefined].map(replica));
  const [ofA, ofB, ofAlone] = await Promise.all([a!, b!, alone!].map(opened));
  expect(ofA!.id).toMatch(new RegExp(`^a\\.${UUID}$`));
  expect(ofB!.id).toMatch(new RegExp(`^b\\.${UUID}$`));
  expect(ofAlone!.id).toMatch(new RegExp(`^${UUID}$`));
  expect(await ofA!.text('echo', { text: 'hello' })).toBe('hello');
  expect(await statusAt(a!, ofA!.id!)).toBe(200);
  // A client that is told 404 begins a new session (MCP "Session Management").
  expect(await statusAt(b!, ofA!.id!)).toBe(404);
  expect(await statusAt(a!, ofB!.id!)).toBe(404);
  expect(await statusAt(a!, `a.${crypto.randomUUID()}`)).toBe(404);
  // The name alone opens nothing.
  expect(await statusAt(a!, ofA!.id!.slice(2))).toBe(404);
  expect(await statusAt(alone!, 'a.')).toBe(404);
  // What was asked elsewhere has changed nothing here.
  expect(await ofA!.text('echo', { text: 'again' })).toBe('again');
});

test('messages of HTTP+SSE are posted to an address with the name of the replica', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map(replica));
  const client = await StreamClient.initialized(a!.url('one').replace(/mcp$/, 'sse'));
  expect(client.endpoint).toMatch(new RegExp(`[?]session_id=a\\.${UUID}$`));
  const { result } = await client.ask('tools/call', { name: 'echo', arguments: { text: 'hello' } });
  expect(result.content[0].text).toBe('hello');
  const elsewhere = new URL(client.endpoint, b!.gateway.origin);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  expect((await fetch(elsewhere, { method: 'POST', headers, body })).status).toBe(404);
});

test('a session keeps its id when the name of the replica changes', async () => {
  const servers = { one: 'basic.mjs' };
  const world = await startGateway({ servers, gateway: { replica: 'a' } });
  const before = await opened(world);
  await world.apply({ servers, gateway: { replica: 'c' } });
  const after = await opened(world);
  expect(after.id).toMatch(/^c\./);
  expect(before.id).toMatch(/^a\./);
  expect(await before.text('echo', { text: 'still' })).toBe('still');
});
