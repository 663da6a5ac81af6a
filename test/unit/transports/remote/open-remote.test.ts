import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaults } from '../../../../src/config/defaults.js';
import { systemClock } from '../../../../src/time/clock.js';
import { httpRequests } from '../../../../src/transports/remote/http-requests.js';
import { openRemote } from '../../../../src/transports/remote/open-remote.js';
import type { RemoteServer as Remote } from '../../../../src/transports/remote/remote-server.js';
import type { RemoteKind, RemoteTransport } from '../../../../src/transports/remote/remote-transport.js';
import type { FailedRequest } from '../../../../src/transports/transport.js';
import { listen } from '../../../helpers/listen.js';
import { modernServer } from '../../../helpers/modern-server.js';
import { remoteServer } from '../../../helpers/remote-server.js';
import { ScriptedRequests } from '../../../helpers/scripted-requests.js';

const INITIALIZE = {
  ...{ jsonrpc: '2.0', id: 0, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
};

interface Message {
  id?: number;
  method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: its members are what the test is about.
  result?: any;
  error?: unknown;
}

class Life {
  readonly transport: RemoteTransport;
  readonly failed: FailedRequest[] = [];
  readonly #frames: AsyncGenerator<Message, void>;

  constructor(transport: RemoteTransport) {
    this.transport = transport;
    transport.onFailedRequest = (failed) => this.failed.push(failed);
    this.#frames = (async function* () {
      for await (const batch of transport.batches) {
        for (const frame of batch) yield JSON.parse(frame.toString());
      }
    })();
  }

  send(...messages: object[]): void {
    void this.transport.send(messages.map((message) => Buffer.from(JSON.stringify(message))));
  }

  async next(): Promise<Message | undefined> {
    return (await this.#frames.next()).value ?? undefined;
  }

  async call(id: number, name: string, args: object): Promise<Message> {
    this.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
    return (await this.next())!;
  }

  /** Sends `initialize`, and what follows it. Returns the answer. */
  async begin(): Promise<Message> {
    this.send(INITIALIZE);
    const answer = (await this.next())!;
    if (answer.result) this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return answer;
  }

  async end() {
    return this.transport.endOf(await this.transport.closed);
  }
}

async function life(kind: RemoteKind, server: Remote, settings: object = {}): Promise<Life> {
  const all = { ...defaults, ...settings };
  const requests = httpRequests(server, undefined, { settings: all });
  const signal = new AbortController().signal;
  const transport = await openRemote({ kind, server, requests, settings: all, clock: systemClock, signal });
  onTestFinished(async () => {
    await transport.close({ forceSignal: AbortSignal.abort() });
    requests.close();
  });
  return new Life(transport);
}

const at = (url: string): Remote => ({ url, headers: {}, network: {} });

/** A server that answers POSTs as told, and nothing else. */
async function answering(
  answer: (response: ServerResponse, body: Message | undefined, method: string, path: string) => void,
) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () =>
      answer(response, body === '' ? undefined : JSON.parse(body), request.method!, request.url!),
    );
  });
  return at(`http://127.0.0.1:${await listen(server)}/mcp`);
}

describe('what a server over HTTP speaks', () => {
  it('is Streamable HTTP when it answers initialize, which is sent once', async () => {
    for (const answers of ['json', 'events'] as const) {
      const far = await remoteServer({ answers });
      const remote = at(far.url);
      for (let lives = 1; lives <= 2; lives += 1) {
        const one = await life('http', remote);
        expect((await one.begin()).result.serverInfo.name).toBe('remote');
        expect((await one.call(1, 'add', { a: 1, b: 2 })).result.content[0].text).toBe('3');
        await one.transport.close();
        expect(far.methods.filter((method) => method === 'initialize')).toHaveLength(lives);
      }
    }
  });

  it('is HTTP+SSE when it does not and opens a stream, and the next life knows', async () => {
    const far = await remoteServer({ speaks: 'sse' });
    const remote = at(far.url);
    const first = await life('http', remote);
    expect((await first.begin()).result.serverInfo.name).toBe('remote');
    expect((await first.call(1, 'echo', { text: 'ü' })).result.content[0].text).toBe('ü');
    await first.transport.close();
    const before = far.requests.length;
    expect((await (await life('http', remote)).begin()).result.serverInfo.name).toBe('remote');
    expect(far.requests.slice(before, before + 2).map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it.each([
    [
      'an error that names the revisions',
      400,
      { code: -32022, message: 'x', data: { supported: ['2026-07-28'] } },
    ],
    ['an error that names none', 404, { code: -32601, message: 'no initialize' }],
    ['an error with status 200', 200, { code: -32601, message: 'no initialize' }],
  ])('is MCP 2026-07-28 when it answers with %s', async (_, status, error) => {
    const remote = await answering((response, body) => {
      const say = (code: number, message: object) =>
        response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(message));
      const result = {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
        serverInfo: { name: 'new', version: '1' },
      };
      if (body?.method === 'server/discover') say(200, { jsonrpc: '2.0', id: body?.id, result });
      else say(status, { jsonrpc: '2.0', id: body?.id ?? null, error });
    });
    const answer = await (await life('http', remote)).begin();
    expect(answer).toMatchObject({
      id: 0,
      result: { protocolVersion: '2025-11-25', capabilities: { tools: {} } },
    });
  });

  it.each(['reject', 'stateless'] as const)(
    'is found of the SDK, second version, whose legacy is %s',
    async (legacy) => {
      const { requests, seen } = modernServer({ legacy });
      const signal = new AbortController().signal;
      const server = at('http://server.test/mcp');
      const settings = { settings: defaults, clock: systemClock, signal };
      const transport = await openRemote({ kind: 'http', server, requests, ...settings });
      onTestFinished(async () => void (await transport.close()));
      const one = new Life(transport);
      expect((await one.begin()).result.serverInfo.name).toBe('modern');
      one.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
      expect((await one.next())?.result.tools.length).toBeGreaterThan(0);
      expect(seen.some(({ body }) => body.method === 'server/discover')).toBe(legacy === 'reject');
    },
  );

  it('is what it says when it refuses initialize for another reason', async () => {
    const error = { code: -32602, message: 'no such version' };
    const remote = await answering((response, body) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: body?.id, error }));
    });
    expect(await (await life('http', remote)).begin()).toMatchObject({ id: 0, error });
  });

  it.each([
    ['401', 401, {}, '', { kind: 'unauthorized', wants: undefined }, []],
    [
      '429',
      429,
      { 'retry-after': '30' },
      'slow down',
      { kind: 'http', status: 429, retryAfterMs: 30_000 },
      ['slow down'],
    ],
    [
      '502',
      502,
      { 'content-type': 'text/html' },
      '<title>502</title>',
      { kind: 'http', status: 502 },
      ['502'],
    ],
    [
      '404',
      404,
      { 'content-type': 'application/json' },
      '{"error":"not found"}',
      { kind: 'http', status: 404 },
      ['not found'],
    ],
    [
      'a page',
      200,
      { 'content-type': 'text/html' },
      '<title>Hello</title>',
      { kind: 'not-mcp', status: 200, what: 'page', detail: 'Hello' },
      ['Hello'],
    ],
    ['a redirection', 302, { location: '/login' }, '', { kind: 'not-mcp', what: 'redirect' }, []],
  ] as const)('is nothing that is known: %s', async (_, status, headers, body, end, tail) => {
    const remote = await answering((response) => response.writeHead(status, headers).end(body));
    const one = await life('http', remote);
    one.send(INITIALIZE);
    expect(await one.end()).toMatchObject(end);
    expect(one.transport.stderrTail()).toEqual(tail);
    expect(await one.next()).toBeUndefined();
  });

  it('is not known when it closes the connection without an answer', async () => {
    const one = await life('http', await answering((response) => response.destroy()));
    one.send(INITIALIZE);
    expect(await one.end()).toEqual({ kind: 'unreachable', reason: 'ECONNRESET' });
  });

  it('is told by the answer to the first message where a stream names no address', async () => {
    const remote = await answering((response, _, method) => {
      if (method === 'POST') return response.writeHead(404).end('wrong path');
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    });
    const one = await life('http', remote, { dialTimeoutMs: 50 });
    one.send(INITIALIZE);
    expect(await one.end()).toEqual({ kind: 'http', status: 404 });
    expect(one.transport.stderrTail()).toEqual(['wrong path']);
  });

  it('is found out again when it has changed', async () => {
    let isOld = true;
    let stream: ServerResponse | undefined;
    const remote = await answering((response, body, method, path) => {
      const reply = JSON.stringify({
        jsonrpc: '2.0',
        id: body?.id,
        result: { protocolVersion: '2025-11-25' },
      });
      if (!isOld) {
        if (method === 'GET') response.writeHead(405).end();
        else response.writeHead(200, { 'content-type': 'application/json' }).end(reply);
      } else if (method === 'GET') {
        stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
        stream.write('event: endpoint\ndata: /messages\n\n');
      } else if (path === '/messages') {
        response.writeHead(202).end();
        stream!.write(`data: ${reply}\n\n`);
      } else response.writeHead(405).end();
    });
    const first = await life('http', remote);
    await first.begin();
    await first.transport.close();
    isOld = false;
    const second = await life('http', remote);
    second.send(INITIALIZE);
    expect(await second.end()).toEqual({ kind: 'http', status: 405 });
    expect((await (await life('http', remote)).begin()).result).toBeDefined();
  });

  it('is not asked when the first message is of MCP 2026-07-28', async () => {
    const seen: unknown[] = [];
    const remote = await answering((response, body) => {
      seen.push(body?.method);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: body?.id, result: { resultType: 'complete' } }));
    });
    const one = await life('http', remote);
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    one.send({ jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta } });
    expect(await one.next()).toMatchObject({ id: 1 });
    expect(seen).toEqual(['ping']);
  });

  it('ends a life that is closed before it is known', async () => {
    const remote = await answering(() => {});
    const one = await life('http', remote);
    one.send(INITIALIZE);
    expect(await one.transport.close()).toEqual({ by: 'local' });
    expect(await one.next()).toBeUndefined();
  });
});

describe('a choice that was given up', () => {
  it('leaves the connections of the next life alone', async () => {
    const requests = new ScriptedRequests();
    const transport = await openRemote({
      ...{ kind: 'http', requests, clock: systemClock, settings: defaults },
      server: { url: 'http://127.0.0.1/mcp', headers: {}, network: {} },
      signal: new AbortController().signal,
    });
    void transport.send([Buffer.from(JSON.stringify(INITIALIZE))]);
    const refusal = { jsonrpc: '2.0', id: 0, error: { code: -32600, message: 'no' } };
    const asked = await requests.next();
    asked.answer(400, JSON.stringify(refusal), { 'content-type': 'application/json' });
    await requests.next();
    await transport.close();
    expect(requests.isClosed).toBe(true);
    // From here on they are the next life's.
    requests.isClosed = false;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(requests.isClosed).toBe(false);
  });
});
