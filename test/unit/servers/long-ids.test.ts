import { expect, it } from 'vitest';
import type { Frame } from '../../../src/protocol/frame.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import type { Transport } from '../../../src/transports/transport.js';
import { hubWithEnds } from '../../helpers/server-state.js';

const LONG = 'x'.repeat(2_000);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const call = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'tools/call' });

/** The next `countCall` messages. */
async function next(transport: Transport, count: number) {
  const frames: Frame[] = [];
  const batches = transport.batches[Symbol.asyncIterator]();
  while (frames.length < count) frames.push(...(await batches.next()).value);
  return frames.map((frame) => JSON.parse(frame.toString()));
}

it('refuses a call with an id that is too long to be kept, alone or in an array', async () => {
  const { hub, client, owner, toServer, server, toEndpoint, endpoint } = hubWithEnds();
  hub.attach(toServer, owner);
  endpoint.send([json(call(1)), json(call(LONG)), json([call(2), call(`${LONG}2`)]), json(call(3))]);
  const carried = client.serveConnection(toEndpoint);
  const refused = await next(endpoint, 2);
  expect(refused).toMatchObject([
    { id: LONG, error: { code: -32600 } },
    { id: `${LONG}2`, error: { code: -32600 } },
  ]);
  expect((await next(server, 3)).map(({ id }) => id)).toEqual([1, 2, 3]);
  await endpoint.close();
  await carried;
});

it('refuses a question of a server with such an id', async () => {
  const { hub, client, owner, toServer, server, toEndpoint, endpoint } = hubWithEnds();
  hub.attach(toServer, owner);
  const carried = client.serveConnection(toEndpoint);
  server.send([json({ ...call(LONG), method: 'ping' }), json({ ...call(1), method: 'ping' })]);
  expect(await next(server, 1)).toMatchObject([{ id: LONG, error: { code: -32600 } }]);
  expect((await next(endpoint, 1)).map(({ id }) => id)).toEqual([1]);
  await endpoint.close();
  await carried;
});

it('keeps no more initialize than messages for a server that starts, by their bytes', async () => {
  const { hub, client, owner, toServer, toEndpoint, endpoint } = hubWithEnds({ mode: 'speculative' });
  hub.attach(toServer, owner);
  const clientInfo = { name: 'x'.repeat(300 * 1024), version: '1' };
  const params = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo };
  endpoint.send([1, 2, 3, 4, 5].map((id) => json({ jsonrpc: '2.0', id, method: 'initialize', params })));
  const carried = client.serveConnection(toEndpoint);
  expect(await next(endpoint, 2)).toMatchObject([
    { id: 4, error: { code: ErrorCode.serverDown } },
    { id: 5, error: { code: ErrorCode.serverDown } },
  ]);
  await endpoint.close();
  await carried;
});
