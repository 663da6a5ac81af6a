import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { defaults } from '../../../../src/config/defaults.js';
import { HttpProxy } from '../../../../src/protocol/http-proxy.js';
import type { OnStatus } from '../../../../src/protocol/status.js';
import { systemClock } from '../../../../src/time/clock.js';
import { type Authorizer, httpRequests } from '../../../../src/transports/remote/http-requests.js';
import { openRemote } from '../../../../src/transports/remote/open-remote.js';
import type { RemoteNetwork } from '../../../../src/transports/remote/remote-server.js';
import { endOf } from '../../../../src/transports/remote/web-socket-server.js';
import { ConnectProxy } from '../../../helpers/connect-proxy.js';
import { listen } from '../../../helpers/listen.js';

const CERT = join(import.meta.dirname, '../../../fixtures/tls/localhost-cert.pem');
const KEY = join(import.meta.dirname, '../../../fixtures/tls/localhost-key.pem');

interface FarOptions {
  isSecure?: boolean;
  /** The subprotocol that the server chooses; false: none. */
  chooses?: string | false;
  /** Answers the upgrade with this status instead. */
  refuses?: (request: IncomingMessage) => number | undefined;
  onOpen?: (socket: WebSocket) => void;
}

async function far({ isSecure = false, chooses = 'mcp', refuses, onOpen }: FarOptions = {}) {
  const requests: IncomingMessage[] = [];
  const server = isSecure
    ? createSecureServer({ cert: readFileSync(CERT), key: readFileSync(KEY) })
    : createServer();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => chooses });
  server.on('upgrade', (request, socket, head) => {
    requests.push(request);
    const status = refuses?.(request);
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      if (onOpen) onOpen(opened);
      else opened.on('message', (data) => opened.send(String(data)));
    });
  });
  const port = await listen(server);
  return { requests, url: isSecure ? `wss://localhost:${port}/mcp` : `ws://127.0.0.1:${port}/mcp` };
}

async function open(
  url: string,
  {
    network = {},
    headers = {},
    authorizer,
    onStatus,
  }: {
    network?: RemoteNetwork;
    headers?: Record<string, string>;
    authorizer?: Authorizer;
    onStatus?: OnStatus;
  } = {},
) {
  const server = { url, headers, network };
  const requests = httpRequests(server, authorizer);
  const signal = new AbortController().signal;
  const transport = await openRemote({
    kind: 'ws',
    server,
    requests,
    settings: defaults,
    clock: systemClock,
    signal,
    onStatus,
  });
  onTestFinished(async () => {
    await transport.close({ forceSignal: AbortSignal.abort() });
  });
  return transport;
}

/** Sends a text and returns the frame that comes. */
async function exchange(transport: Awaited<ReturnType<typeof open>>, text: string): Promise<string> {
  void transport.send([Buffer.from(text)]);
  const { value } = await transport.batches[Symbol.asyncIterator]().next();
  return value[0].toString();
}

const failureOf = (opening: Promise<unknown>) =>
  opening.then(
    () => 'open',
    (error) => error.end,
  );

describe('a server over WebSocket', () => {
  it('is offered the subprotocol of MCP and gets the headers of the configuration', async () => {
    const { url, requests } = await far();
    const transport = await open(url, { headers: { Authorization: 'Bearer x' } });
    expect(await exchange(transport, '{"jsonrpc":"2.0","id":1,"method":"ping"}')).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    );
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer x',
      'sec-websocket-protocol': 'mcp',
    });
    expect(transport.pid).toBeUndefined();
  });

  it('need not choose a subprotocol', async () => {
    const { url, requests } = await far({ chooses: false });
    expect(await exchange(await open(url), '{}')).toBe('{}');
    expect(requests.map(({ headers }) => headers['sec-websocket-protocol'])).toEqual(['mcp', undefined]);
  });

  it('may write its messages on several lines', async () => {
    const { url } = await far();
    expect(await exchange(await open(url), '{\n  "id": "a\\n"\r\n}')).toBe('{   "id": "a\\n"  }');
  });

  it('is told of when it sends bytes that are no text', async () => {
    const { url } = await far({
      onOpen: (socket) => {
        socket.send(Buffer.from([0xff]));
        socket.send('{}');
      },
    });
    const told: unknown[] = [];
    const transport = await open(url, { onStatus: (status) => told.push(status) });
    expect(await exchange(transport, '{}')).toBe('{}');
    expect(told).toMatchObject([{ type: 'invalid-message', from: 'server', excerpt: 'ff', bytes: 1 }]);
  });

  it('is reached with its own authority, unchecked where it is named, and through a proxy', async () => {
    const { url } = await far({ isSecure: true });
    expect(await failureOf(open(url))).toEqual({
      kind: 'unreachable',
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const proxy = await ConnectProxy.start();
    for (const network of [
      { ca: CERT },
      { insecureHost: 'localhost' },
      { ca: CERT, proxy: new HttpProxy(proxy.host), isIpv4Only: true },
    ]) {
      expect(await exchange(await open(url, { network }), '{}')).toBe('{}');
    }
    expect(proxy.asked).toEqual([new URL(url).host]);
    expect(await failureOf(open(url, { network: { insecureHost: 'other' } }))).toMatchObject({
      kind: 'unreachable',
    });
  });

  it.each([
    [401, { kind: 'unauthorized' }],
    [404, { kind: 'http', status: 404 }],
    [302, { kind: 'not-mcp', status: 302, what: 'redirect' }],
    [200, { kind: 'not-mcp', status: 200, what: 'content-type' }],
  ])('says with %i why it opens no connection', async (status, end) => {
    const { url } = await far({ refuses: () => status });
    expect(await failureOf(open(url))).toEqual(end);
  });

  it('is asked again when the login was renewed', async () => {
    const { url, requests } = await far({
      refuses: ({ headers }) => (headers.authorization === 'Bearer new' ? undefined : 401),
    });
    let token = 'old';
    const authorizer: Authorizer = {
      headers: async () => ({ authorization: `Bearer ${token}` }),
      refused: async () => {
        token = 'new';
        return true;
      },
    };
    expect(await exchange(await open(url, { authorizer }), '{}')).toBe('{}');
    expect(requests).toHaveLength(2);
  });

  it.each([
    [1000, '', { kind: 'session-lost' }, []],
    [1012, 'restarting', { kind: 'session-lost' }, ['restarting']],
    [3000, 'log in', { kind: 'unauthorized' }, ['log in']],
    [1011, 'failed', { kind: 'cut', reason: 'WebSocket close code 1011' }, ['failed']],
  ])('ends a life with code %i', async (code, reason, end, tail) => {
    const { url } = await far({ onOpen: (socket) => socket.close(code, reason) });
    const transport = await open(url);
    expect(transport.endOf(await transport.closed)).toEqual(end);
    expect(transport.stderrTail()).toEqual(tail);
  });

  it('ends a life when the connection is lost', async () => {
    const { url } = await far({ onOpen: (socket) => socket.terminate() });
    const transport = await open(url);
    expect(transport.endOf(await transport.closed)).toMatchObject({ kind: 'cut' });
    expect(endOf({ by: 'keepalive' })).toEqual({ kind: 'cut', reason: 'ETIMEDOUT' });
  });
});
