import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaults } from '../../../../src/config/defaults.js';
import { systemClock } from '../../../../src/time/clock.js';
import { httpRequests } from '../../../../src/transports/remote/http-requests.js';
import { httpSse } from '../../../../src/transports/remote/http-sse.js';
import type { RemoteTransport } from '../../../../src/transports/remote/remote-transport.js';
import { SignsOfLife } from '../../../../src/transports/remote/silence.js';
import type { FailedRequest } from '../../../../src/transports/transport.js';
import { bodyOf } from '../../../helpers/body-of.js';
import { listen } from '../../../helpers/listen.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

interface Far {
  /** Answers the GET. */
  onStream: (stream: ServerResponse, lastEventId: string | undefined) => void;
  /** Answers a POST. */
  onMessage: (response: ServerResponse, message: string, path: string) => void;
}

const call = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"x"}}`;
const reply = (id: number) => `{"jsonrpc":"2.0","id":${id},"result":{}}`;

/** A life of a server over HTTP+SSE that behaves as told. */
async function life({ onStream, onMessage }: Partial<Far>, settings: object = {}) {
  let stream: ServerResponse | undefined;
  let isOpened = (_: ServerResponse) => {};
  const opened = new Promise<ServerResponse>((resolve) => {
    isOpened = resolve;
  });
  const far = createServer(async (request, response) => {
    if (request.method === 'GET') {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      stream.flushHeaders();
      isOpened(stream);
      const lastEventId = request.headers['last-event-id'] as string | undefined;
      if (onStream) onStream(stream, lastEventId);
      else stream.write('event: endpoint\ndata: /messages?s=1\n\n');
    } else {
      const message = String(await bodyOf(request));
      if (onMessage) return onMessage(response, message, request.url!);
      response.writeHead(202).end('Accepted');
    }
  });
  const server = { url: `http://127.0.0.1:${await listen(far)}/sse`, headers: {}, network: {} };
  const requests = httpRequests(server);
  const signal = new AbortController().signal;
  const all = { ...defaults, ...settings };
  const transport = httpSse({ kind: 'sse', server, requests, settings: all, clock: systemClock, signal });
  const failed = new Promise<FailedRequest>((resolve) => {
    transport.onFailedRequest = resolve;
  });
  onTestFinished(async () => {
    await transport.close({ forceSignal: AbortSignal.abort() });
    requests.close();
  });
  const frames = (async function* () {
    for await (const batch of transport.batches) for (const frame of batch) yield frame.toString();
  })();
  return {
    ...{ transport, failed, opened },
    next: async () => (await frames.next()).value,
    say: (data: string) => stream!.write(`data: ${data}\n\n`),
    send: (...messages: string[]) => transport.send(messages.map((message) => Buffer.from(message))),
    end: async () => endOf(transport),
  };
}

const endOf = async (transport: RemoteTransport) => transport.endOf(await transport.closed);

describe('a server over HTTP+SSE', () => {
  it.each(['/messages?s=1', 'messages?s=1', './messages?s=1'])('names the address %j', async (address) => {
    const seen: string[] = [];
    const one = await life({
      onStream: (stream) => stream.write(`event: endpoint\ndata: ${address}\n\n`),
      onMessage: (response, message, path) => {
        seen.push(`${path} ${message}`);
        response.writeHead(202).end();
        one.say(reply(1));
      },
    });
    one.send(call(1));
    expect(await one.next()).toBe(reply(1));
    expect(seen).toEqual([`/messages?s=1 ${call(1)}`]);
  });

  it.each(['http://127.0.0.1:1/messages', 'https://other.example/m?secret=1', 'http://['])(
    'may not name another server: %s',
    async (address) => {
      const one = await life({
        onStream: (stream) => stream.write(`event: endpoint\ndata: ${address}\n\n`),
        onMessage: () => expect.unreachable('nothing is sent'),
      });
      one.send(call(1));
      const end = await one.end();
      expect(end).toMatchObject({ kind: 'not-mcp', what: 'redirect' });
      expect(JSON.stringify(end)).not.toContain('secret');
    },
  );

  it('may reply in the answer to the POST, as JSON or as events', async () => {
    const one = await life({
      onMessage: (response, message) => {
        const { id } = JSON.parse(message) as { id: number };
        if (id === 1) response.writeHead(200, { 'content-type': 'application/json' }).end(reply(1));
        else if (id === 2) {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${reply(2)}\n\n`);
        } else response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
      },
    });
    for (const id of [1, 2]) {
      one.send(call(id));
      expect(await one.next()).toBe(reply(id));
    }
    one.send(call(3));
    one.say(reply(3));
    expect(await one.next()).toBe(reply(3));
  });

  it('gets notifications in their order, and calls behind `initialized`', async () => {
    const seen: string[] = [];
    const one = await life({
      onMessage: (response, message) => {
        const { method } = JSON.parse(message) as { method: string };
        const take = () => {
          seen.push(method);
          response.writeHead(202).end();
          if (method === 'tools/call') one.say(reply(1));
        };
        if (method === 'notifications/initialized') setTimeout(take, 30);
        else take();
      },
    });
    one.send(
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      call(1),
      '{"jsonrpc":"2.0","method":"later"}',
    );
    expect(await one.next()).toBe(reply(1));
    expect(seen[0]).toBe('notifications/initialized');
  });

  it('goes on when the server refuses the initialize of a later caller', async () => {
    const one = await life({
      onMessage: (response, message) => {
        const { method } = JSON.parse(message) as { method: string };
        if (method === 'initialize') return response.writeHead(400).end('initialized already');
        response.writeHead(202).end();
        return method === 'tools/call' && one.say(reply(2));
      },
    });
    one.send(
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      '{"jsonrpc":"2.0","id":1,"method":"initialize"}',
    );
    expect(await one.failed).toEqual({ rawId: 1, end: { kind: 'http', status: 400 } });
    one.send(call(2));
    expect(await one.next()).toBe(reply(2));
  });

  it.each([
    [429, { 'retry-after': '30' }, '', { kind: 'http', status: 429, retryAfterMs: 30_000 }],
    [500, {}, 'broken', { kind: 'http', status: 500 }],
    [413, {}, 'too long', { kind: 'http', status: 413 }],
  ] as const)('fails only the call that it answers with %i', async (status, headers, body, end) => {
    const one = await life({
      onMessage: (response, message) => {
        if (message === call(1)) return response.writeHead(status, headers).end(body);
        response.writeHead(202).end();
        return one.say(reply(2));
      },
    });
    one.send(call(1));
    expect(await one.failed).toEqual({ rawId: 1, end });
    if (status === 429) return;
    one.send(call(2));
    expect(await one.next()).toBe(reply(2));
  });

  it('may refuse a call by an error of its own', async () => {
    const error = '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}';
    const one = await life({
      onMessage: (response) => response.writeHead(400, { 'content-type': 'application/json' }).end(error),
    });
    one.send(call(1));
    expect(await one.next()).toBe(error);
  });

  it.each([
    [404, 'Session not found', { kind: 'session-lost' }],
    [400, 'No transport found for session', { kind: 'session-lost' }],
    [401, '', { kind: 'unauthorized' }],
  ] as const)('ends the life by %i: %s', async (status, body, end) => {
    const one = await life({ onMessage: (response) => response.writeHead(status).end(body) });
    one.send(call(1));
    expect(await one.end()).toMatchObject(end);
  });

  it('ends the life with its stream, and delivers what came before', async () => {
    const ended = await life({});
    (await ended.opened).end(`data: ${reply(7)}\n\n`);
    expect(await ended.end()).toEqual({ kind: 'session-lost' });
    expect(await ended.next()).toBe(reply(7));
    const cut = await life({
      onStream: (stream) => stream.write('event: endpoint\ndata: /m\n\n', () => stream.destroy()),
    });
    expect(await cut.end()).toEqual({ kind: 'cut', reason: 'ECONNRESET' });
  });

  it('is asked for the rest of a stream whose events have ids, which may be another session', async () => {
    const asked: (string | undefined)[] = [];
    const one = await life({
      onStream: (stream, lastEventId) => {
        asked.push(lastEventId);
        stream.write(`event: endpoint\ndata: /m?s=${asked.length < 3 ? 1 : 2}\n\n`);
        if (asked.length < 3) stream.end(`retry: 1\nid: ${asked.length}\ndata: ${reply(asked.length)}\n\n`);
      },
    });
    expect(await one.next()).toBe(reply(1));
    expect(await one.next()).toBe(reply(2));
    expect(await one.end()).toEqual({ kind: 'session-lost' });
    expect(asked).toEqual([undefined, '1', '2']);
  });

  it('may answer a POST later than it replies, or never', async () => {
    const one = await life(
      { onMessage: (_, message) => one.say(reply((JSON.parse(message) as { id: number }).id)) },
      { httpCalls: 1 },
    );
    one.send(call(1), call(2));
    expect([await one.next(), await one.next()]).toEqual([reply(1), reply(2)]);
  });

  it('is not asked without a pause by a server that ends each stream at once', async () => {
    const asked: (string | undefined)[] = [];
    const one = await life({
      onStream: (stream, lastEventId) => {
        asked.push(lastEventId);
        stream.end(`event: endpoint\ndata: /m\n\nid: n\u00e9${asked.length}\n\n`);
      },
    });
    await one.opened;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked.length).toBeLessThan(5);
  });

  it.each([
    [{ onStream: () => {} }, { kind: 'unreachable', reason: 'ETIMEDOUT' }],
    [
      { onStream: (stream: ServerResponse) => stream.write('data: {}\n\n') },
      { kind: 'unreachable', reason: 'ETIMEDOUT' },
    ],
  ])('has to name its address in time', async (far, end) => {
    const one = await life(far as Partial<Far>, { dialTimeoutMs: 50 });
    expect(await one.end()).toEqual(end);
  });
});

describe('signs of life', () => {
  const comment = Buffer.from(': ping\n\n');

  it('show a half-open stream of a server that has sent them at intervals', async () => {
    const clock = new ManualClock();
    const signs = new SignsOfLife(clock);
    for (let i = 0; i < 3; i += 1) {
      signs.heard(comment);
      await clock.advance(15_000);
    }
    expect(signs.leftMs()).toBe(30_000);
    await clock.advance(29_000);
    expect(signs.leftMs()).toBe(1_000);
    signs.heard(Buffer.from('data: {}\n\n'));
    expect(signs.leftMs()).toBe(45_000);
    await clock.advance(45_000);
    expect(signs.leftMs()).toBe(0);
    signs.notRead();
    expect(signs.leftMs()).toBe(45_000);
  });

  it('say nothing about a server that sends none', async () => {
    const clock = new ManualClock();
    const signs = new SignsOfLife(clock);
    for (let i = 0; i < 9; i += 1) {
      signs.heard(Buffer.from('data: {}\n\n'));
      await clock.advance(100);
    }
    await clock.advance(3_600_000);
    expect(signs.leftMs()).toBeUndefined();
  });
});
