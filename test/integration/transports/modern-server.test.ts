import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { expect, onTestFinished, test } from 'vitest';
import { httpRequests } from '../../../src/transports/remote/http-requests.js';
import { openRemote } from '../../../src/transports/remote/open-remote.js';
import { eventually } from '../../helpers/eventually.js';
import { modernLife, modernOptions } from '../../helpers/modern-life.js';
import { modernServer } from '../../helpers/modern-server.js';

/** A server made with the SDK on a port of its own. */
async function listening() {
  const { handler } = modernServer();
  const answer = toNodeHandler(handler);
  /** Requests whose connection was closed before their answer was complete. */
  const left: string[] = [];
  const http = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) left.push(String(request.headers['mcp-method']));
    });
    void answer(request as Parameters<typeof answer>[0], response);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const close = () => {
    http.close();
    http.closeAllConnections();
  };
  onTestFinished(close);
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  return { handler, left, close, requests: httpRequests({ url, headers: {}, network: {} }) };
}

test('over a network: finding out, calls, streams, cancelling, and a server that goes away', async () => {
  const { handler, left, close, requests } = await listening();
  const life = modernLife(await openRemote(modernOptions(requests)));
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } };
  life.send({ id: 0, method: 'initialize', params });
  expect((await life.reply(0)).result).toMatchObject({ serverInfo: { name: 'modern' } });
  life.send({ method: 'notifications/initialized' });
  life.send({ id: 1, method: 'resources/subscribe', params: { uri: 'note://a' } });
  await life.reply(1);
  handler.notify.resourceUpdated('note://a');
  await life.take(({ method }) => method === 'notifications/resources/updated');

  for (let id = 10; id < 30; id++)
    life.send({ id, method: 'tools/call', params: { name: 'add', arguments: { a: id, b: 1 } } });
  for (let id = 10; id < 30; id++) {
    expect((await life.reply(id)).result).toMatchObject({ content: [{ text: String(id + 1) }] });
  }

  const _meta = { progressToken: 1, 'x/wait': true };
  life.send({ id: 2, method: 'tools/call', params: { name: 'slow', arguments: {}, _meta } });
  await life.take(({ method }) => method === 'notifications/progress');
  life.send({ method: 'notifications/cancelled', params: { requestId: 2 } });
  await eventually(() => expect(left).toContain('tools/call'));

  close();
  life.send({ id: 3, method: 'tools/list' });
  const closed = await life.transport.closed;
  expect(closed.by).toBe('remote');
  expect(life.transport.endOf(closed)).toEqual({ kind: 'unreachable', reason: 'ECONNREFUSED' });
});
