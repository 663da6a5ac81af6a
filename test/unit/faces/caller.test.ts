import { afterEach, describe, expect, it } from 'vitest';
import { JsonRpcError, NoAnswerError, openCaller } from '../../../src/faces/endpoint/caller.js';
import type { RunningEndpoint } from '../../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../../src/faces/endpoint/server.js';
import { DialError } from '../../../src/protocol/errors.js';
import { SocketPeer } from '../../helpers/socket-peer.js';

const TOKEN = 'token';
let endpoint: RunningEndpoint;

afterEach(() => endpoint.close());

describe('openCaller', () => {
  it('resolves results, rejects errors with code and data, and reports notifications', async () => {
    endpoint = await startEndpoint();
    const server = await SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
    const caller = await openCaller(endpoint.callerUrl(TOKEN));
    const heard: unknown[] = [];
    caller.onNotification((method, params) => heard.push([method, params]));
    const answer = caller.request('tools/call', { name: 'add' });
    server.send('{"jsonrpc":"2.0","method":"note","params":[1]}');
    server.reply(await server.nextJson(), { content: [] });
    expect(await answer).toEqual({ content: [] });
    expect(heard).toEqual([['note', [1]]]);
    const failing = caller.request('tools/call');
    const { id } = await server.nextJson();
    server.send(JSON.stringify({ id, error: { code: -32602, message: 'bad', data: { a: 1 } } }));
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(JsonRpcError);
    expect(error).toMatchObject({ code: -32602, message: 'bad', data: { a: 1 } });
    await caller.close();
  });

  it('gives up after its time and cancels the call', async () => {
    endpoint = await startEndpoint();
    const server = await SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
    const caller = await openCaller(endpoint.callerUrl(TOKEN));
    await expect(caller.request('slow', {}, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'ANSWER_TIMEOUT',
    });
    const call = await server.nextJson();
    expect(await server.nextJson()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: call.id },
    });
    const open = caller.request('never').catch((error: unknown) => error);
    await caller.close();
    expect(await open).toBeInstanceOf(NoAnswerError);
    await expect(caller.request('after')).rejects.toMatchObject({ code: 'CALLER_CLOSED' });
  });

  it('says why the endpoint cannot be reached, without the address', async () => {
    endpoint = await startEndpoint();
    const url = endpoint.callerUrl('secret-token');
    const missing = await openCaller(url.replace('/call/', '/nowhere/')).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(DialError);
    expect(missing).toMatchObject({ facts: { httpStatus: 404 } });
    await endpoint.close();
    const refused = await openCaller(url).catch((error: unknown) => error);
    expect(refused).toMatchObject({ facts: { reason: 'ECONNREFUSED' } });
    expect(String(refused) + String(missing)).not.toContain('secret-token');
  });
});
