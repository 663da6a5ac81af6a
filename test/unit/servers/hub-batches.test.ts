import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/protocol/frame.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import type { Transport } from '../../../src/transports/transport.js';
import { hubWithEnds } from '../../helpers/server-state.js';

const call = (id: number) => Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"tools/call"}`);

/** A hub with its server; `writes` are the batches that the server was sent. */
function recorded(options: Parameters<typeof hubWithEnds>[0] = {}) {
  const { hub, client, owner, toServer, server, toEndpoint, endpoint } = hubWithEnds(options);
  const writes: (readonly Frame[])[] = [];
  const recording: Transport = Object.assign(Object.create(toServer) as Transport, {
    send: (batch: readonly Frame[]) => {
      writes.push([...batch]);
      return toServer.send(batch);
    },
  });
  hub.attach(recording, owner);
  return { hub, client, server, endpoint, toEndpoint, writes };
}

describe('ServerHub', () => {
  it('writes a large batch in parts, so that the server begins while the rest is read', async () => {
    const { client, endpoint, toEndpoint, writes } = recorded();
    const calls = Array.from({ length: 70 }, (_, i) => call(i));
    endpoint.send(calls);
    const carried = client.serveConnection(toEndpoint);
    await endpoint.close();
    await carried;
    expect(writes.map((batch) => batch.length)).toEqual([32, 32, 6]);
    expect(writes.flat()).toEqual(calls);
  });

  it('waits for a slow server also when only the first part of a batch was for it', async () => {
    const { client, server, endpoint, toEndpoint, writes } = recorded({ maxQueuedBytes: 100 });
    // The last part is noise, so nothing of it is written.
    endpoint.send([...Array.from({ length: 32 }, (_, i) => call(i)), Buffer.from('invalid-message')]);
    const carried = client.serveConnection(toEndpoint);
    await new Promise((resolve) => setImmediate(resolve));
    endpoint.send([call(100)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes.flat()).toHaveLength(32);
    await server.batches[Symbol.asyncIterator]().next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes.flat()).toHaveLength(33);
    await endpoint.close();
    await carried;
  });

  it('reports that a server answers initialize with a text for a number, while an endpoint is connected', async () => {
    const statuses: StatusEvent[] = [];
    const onStatus = (event: StatusEvent) => void statuses.push(event);
    const { client, server, endpoint, toEndpoint } = recorded({ mode: 'speculative', onStatus });
    const carried = client.serveConnection(toEndpoint);
    server.send([Buffer.from('{"jsonrpc":"2.0","id":"0","result":{}}')]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(statuses).toMatchObject([{ type: 'reply-unmatched', why: 'id-type', id: '"0"', asked: '0' }]);
    await endpoint.close();
    await carried;
  });

  it.each([
    { isRouter: false, refused: [0, 1, 2] },
    { isRouter: true, refused: [16_384, 16_385, 16_386] },
  ])('answers each call once when too many run (router: $isRouter)', async ({ isRouter, refused }) => {
    const { client, server, endpoint, toEndpoint, writes } = recorded({ maxQueuedBytes: 2 ** 30, isRouter });
    const replies: { id: number; error?: { code: number } }[] = [];
    const read = async () => {
      for await (const batch of endpoint.batches)
        for (const frame of batch) replies.push(JSON.parse(String(frame)));
    };
    const ids = Array.from({ length: 16_387 }, (_, i) => i);
    endpoint.send(ids.map(call));
    const [carried, reading] = [client.serveConnection(toEndpoint), read()];
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await settled();
    for (const frame of writes.flat()) {
      const { id } = JSON.parse(String(frame));
      server.send([Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`)]);
    }
    while (replies.length < ids.length) await settled();
    expect(replies.filter(({ error }) => error?.code === -31008).map(({ id }) => id)).toEqual(refused);
    expect(replies.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ids);
    await endpoint.close();
    await Promise.all([carried, reading]);
  });
});
