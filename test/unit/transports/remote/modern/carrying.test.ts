import fc from 'fast-check';
import { expect, test } from 'vitest';
import { translatedModern } from '../../../../../src/transports/remote/modern/translated.js';
import { RemoteError } from '../../../../../src/transports/remote/remote-error.js';
import { eventually } from '../../../../helpers/eventually.js';
import { hurried } from '../../../../helpers/hurried-clock.js';
import { modernLife } from '../../../../helpers/modern-life.js';
import { inMemory, modernServer } from '../../../../helpers/modern-server.js';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
};

function request(id: unknown, method: string, params: object = {}, meta: object = {}) {
  return { id, method, params: { ...params, _meta: { ...META, ...meta } } };
}

const json = (body: unknown, status = 200) => Response.json(body, { status });

test('a request goes out unchanged, with the headers that repeat parts of it', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  const params = `{"name":"add","_meta":${JSON.stringify(META)},"arguments":{"a":1,"b":2.0}}`;
  const asked = `{"jsonrpc":"2.0", "id":1.0,"method":"tools/call","params":${params}}`;
  life.sendText(asked);
  expect(await life.reply(1)).toMatchObject({ result: { content: [{ text: '3' }], resultType: 'complete' } });
  expect(server.seen[0]!.text).toBe(asked);
  expect(server.seen[0]!.headers).toMatchObject({
    ...{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'add' },
    ...{ accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
  });
});

test('a name that no header can hold is encoded, and a round of input is left to the client', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  life.send(request('r', 'resources/read', { uri: 'note://ổ cắm' }));
  expect((await life.reply('r')).error).toMatchObject({ code: -32602 });
  expect(server.seen[0]!.headers['mcp-name']).toBe(
    `=?base64?${Buffer.from('note://ổ cắm').toString('base64')}?=`,
  );
  life.send(request('n', 'tools/call', { name: 'name', arguments: {} }));
  expect((await life.reply('n')).result).toMatchObject({
    resultType: 'input_required',
    requestState: 'state "1"',
  });
});

test('the errors of the server are answers, whatever their status is', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  life.send(request(1, 'nothing/known'));
  expect((await life.reply(1)).error).toMatchObject({ code: -32601 });
  life.send(request(2, 'tools/list', {}, { 'io.modelcontextprotocol/protocolVersion': '2030-01-01' }));
  expect((await life.reply(2)).error).toMatchObject({ code: -32022 });
  expect(server.seen[1]!.headers['mcp-protocol-version']).toBe('2030-01-01');
  // Without the id of its request, as errors of HTTP may be.
  server.instead = () => json({ jsonrpc: '2.0', error: { code: -32603, message: 'broken' }, id: null }, 500);
  life.send(request('x"y', 'tools/list'));
  expect((await life.reply('x"y')).error).toMatchObject({ code: -32603 });
  expect(life.failed).toEqual([]);
});

test('progress and log messages come before their answer, and cancelling closes the request', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'debug', 'x/wait': true };
  life.send(request(1, 'tools/call', { name: 'slow', arguments: {} }, meta));
  await life.take(({ method }) => method === 'notifications/message');
  expect(life.received.map(({ method }) => method)).toEqual([
    'notifications/progress',
    'notifications/message',
  ]);
  life.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
  await eventually(() => expect(server.seen[0]!.signal.aborted).toBe(true));
  expect(server.seen).toHaveLength(1);
  life.send(request(2, 'tools/call', { name: 'add', arguments: { a: 1, b: 1 } }));
  await life.reply(2);
  expect(life.failed).toEqual([]);
});

test('a stream of a subscription stays open until it is cancelled', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  life.send(request('s', 'subscriptions/listen', { notifications: { toolsListChanged: true } }));
  await life.take(({ method }) => method === 'notifications/subscriptions/acknowledged');
  server.handler.notify.toolsChanged();
  const changed = await life.take(({ method }) => method === 'notifications/tools/list_changed');
  expect(changed.params).toEqual({ _meta: { 'io.modelcontextprotocol/subscriptionId': 's' } });
  life.send({ method: 'notifications/cancelled', params: { requestId: 's' } });
  await eventually(() => expect(server.seen[0]!.signal.aborted).toBe(true));
});

test('arguments are repeated in headers as the listed schema says; after -32020 the tools are listed', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  const call = { name: 'region', arguments: { region: ' xứ ', deep: { n: 7 } } };
  life.send(request(1, 'tools/call', call));
  expect((await life.reply(1)).result).toMatchObject({ content: [{ text: ' xứ  7' }] });
  expect(server.seen.map(({ body }) => body.method)).toEqual(['tools/call', 'tools/list', 'tools/call']);
  expect(server.seen[2]!.headers).toMatchObject({
    'mcp-param-region': `=?base64?${Buffer.from(' xứ ').toString('base64')}?=`,
    'mcp-param-deep-n': '7',
  });
  expect(server.seen[1]!.body.params._meta).toEqual(META);
  life.send(request(2, 'tools/call', { name: 'region', arguments: { region: 'us', deep: { n: null } } }));
  await life.reply(2);
  expect(server.seen).toHaveLength(4);
  expect(server.seen[3]!.headers['mcp-param-region']).toBe('us');
  expect(server.seen[3]!.headers).not.toHaveProperty('mcp-param-deep-n');
});

test('a mismatch that listing the tools does not change is the answer', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  const error = { code: -32020, message: 'mismatch' };
  server.instead = ({ body }) =>
    body.method === 'tools/call' ? json({ jsonrpc: '2.0', id: body.id, error }, 400) : undefined;
  life.send(request(1, 'tools/call', { name: 'add', arguments: {} }));
  expect((await life.reply(1)).error).toEqual(error);
  expect(server.seen).toHaveLength(2);
});

test('tools with invalid declarations are left out of the list', async () => {
  const schema = (mark: unknown) => ({
    type: 'object',
    properties: { a: { type: 'string', 'x-mcp-header': mark } },
  });
  const tools = [
    { name: 'one', inputSchema: schema('') },
    { name: 'two', inputSchema: schema('Two'), big: 1 },
    { name: 'three', inputSchema: { type: 'object', items: schema('Three') } },
    { name: 'four' },
  ];
  const requests = inMemory(async () => json({ jsonrpc: '2.0', id: 1, result: { tools, ttlMs: 1 } }));
  const life = modernLife(translatedModern, requests);
  life.send(request(1, 'tools/list'));
  expect((await life.reply(1)).result).toEqual({ tools: [tools[1], tools[3]], ttlMs: 1 });
  life.send(request(1, 'tools/list'));
  await life.reply(1);
  // Each one is told once.
  expect(life.statuses).toEqual([
    { type: 'tool-left-out', tool: 'one', why: 'no-header' },
    { type: 'tool-left-out', tool: 'three', why: 'misplaced' },
  ]);
});

test.each([
  [429, 'too many', { kind: 'http', status: 429, retryAfterMs: 7_000 }],
  [502, '<html><title>Bad gateway</title></html>', { kind: 'http', status: 502 }],
  [200, '<html><title>Login</title></html>', { kind: 'not-mcp', status: 200, what: 'page', detail: 'Login' }],
])('an answer that is none fails its request only: %s %s', async (status, body, end) => {
  const headers = {
    'content-type': body.startsWith('<') ? 'text/html' : 'text/plain',
    'retry-after': status === 429 ? '7' : '',
  };
  const life = modernLife(
    translatedModern,
    inMemory(async () => new Response(body, { status, headers })),
  );
  life.send(request(1, 'tools/list'));
  await eventually(() => expect(life.failed).toMatchObject([{ rawId: 1, end }]));
  expect(life.received).toEqual([]);
});

test('a stream that ends before its answer fails its request', async () => {
  const headers = { 'content-type': 'text/event-stream' };
  const life = modernLife(
    translatedModern,
    inMemory(async () => new Response(': hello\n\n', { headers })),
  );
  life.send(request(1, 'tools/list'));
  await eventually(() => expect(life.failed).toEqual([{ rawId: 1, end: { kind: 'cut', reason: 'ended' } }]));
});

test('a server that cannot be reached ends the life, and so does a login that is wanted', async () => {
  const end = { kind: 'unreachable', reason: 'ECONNREFUSED' } as const;
  const life = modernLife(
    translatedModern,
    inMemory(() => Promise.reject(new RemoteError('no answer', end))),
  );
  life.send(request(1, 'tools/list'));
  const closed = await life.transport.closed;
  expect(closed).toMatchObject({ by: 'remote' });
  expect(life.transport.endOf(closed)).toEqual(end);

  const headers = { 'www-authenticate': 'Bearer resource_metadata="https://a.test/x"' };
  const other = modernLife(
    translatedModern,
    inMemory(async () => new Response('no', { status: 401, headers })),
  );
  other.send(request(1, 'tools/list'));
  expect(other.transport.endOf(await other.transport.closed)).toEqual({
    kind: 'unauthorized',
    wants: 'oauth',
  });
});

test('calls beyond the bound wait, and one that is cancelled meanwhile is never sent', async () => {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests);
  const hold = { 'x/wait': true, progressToken: 1 };
  // Subscriptions take none of the places.
  life.send(request('s', 'subscriptions/listen', { notifications: { toolsListChanged: true } }));
  for (let id = 0; id < 8; id++) life.send(request(id, 'tools/call', { name: 'slow', arguments: {} }, hold));
  life.send(request('late', 'tools/call', { name: 'add', arguments: { a: 1, b: 1 } }));
  life.send(request('last', 'tools/call', { name: 'add', arguments: { a: 2, b: 2 } }));
  await eventually(() => expect(server.seen).toHaveLength(9));
  life.send({ method: 'notifications/cancelled', params: { requestId: 'late' } });
  life.send({ method: 'notifications/cancelled', params: { requestId: 3 } });
  expect((await life.reply('last')).result).toMatchObject({ content: [{ text: '4' }] });
  expect(server.seen.map(({ body }) => body.id)).not.toContain('late');
});

test('an answer over the bound is told of with the id of its request', async () => {
  const big = 'x'.repeat(2 * 1024 * 1024);
  const bodies = [
    `{"jsonrpc":"2.0","id":"a","result":{"t":"${big}"}}`,
    `data: {"jsonrpc":"2.0","id":"a","result":{"t":"${big}"}}\n\n`,
  ];
  for (const body of bodies) {
    const headers = { 'content-type': body.startsWith('d') ? 'text/event-stream' : 'application/json' };
    const life = modernLife(
      translatedModern,
      inMemory(async () => new Response(body, { headers })),
    );
    const told = new Promise<unknown>((resolve) => {
      life.transport.onOversize = resolve;
    });
    life.send(request('a', 'tools/call', { name: 'x' }));
    expect(await told).toMatchObject({ kind: 'response', rawId: '"a"' });
    expect(life.failed).toEqual([]);
  }
});

test('whatever is answered, each request has one end, and the life goes on or says why not', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...['{"jsonrpc":"2.0","id":1,"result":{}}', '{"jsonrpc":"2.0","id":7,"result":{"resultType":"x"}}'],
      ...[
        '{"jsonrpc":"2.0","error":{"code":-32020}}',
        '{"jsonrpc":"2.0","id":null,"error":null}',
        '[]',
        'null',
      ],
      ...[
        '{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required"}}',
        '{"result":',
        '<html>',
        '\ufeff{}',
      ],
      ...['{"jsonrpc":"2.0","method":"notifications/x"}', '{"jsonrpc":"2.0","id":5,"method":"roots/list"}'],
      ...[
        '{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":[{}]}}',
        '{"tools":1}',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const answer = fc.record({
    status: fc.constantFrom(200, 202, 204, 400, 401, 403, 404, 405, 429, 500, 503),
    type: fc.constantFrom('application/json', 'text/event-stream', 'text/html', 'nonsense', ''),
    pieces: fc.array(piece, { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      answer,
      fc.constantFrom('tools/list', 'tools/call', 'server/discover'),
      async (given, method) => {
        const { status, type, pieces } = given;
        const isStream = type === 'text/event-stream';
        const body = isStream ? pieces.map((text) => `data: ${text}\n\n`).join('') : pieces.join('');
        const requests = inMemory(
          async () =>
            new Response(status === 204 ? null : body, {
              status,
              headers: type ? { 'content-type': type } : {},
            }),
        );
        const { transport, failed, received, send } = modernLife(translatedModern, requests, hurried);
        send(request(1, method, { name: 'x' }));
        const replies = () => received.filter(({ id, method: of }) => id === 1 && of === undefined).length;
        let isClosed = false;
        void transport.closed.then(() => {
          isClosed = true;
        });
        await eventually(() => expect(replies() + failed.length + Number(isClosed)).toBe(1), { everyMs: 1 });
        await transport.close();
      },
    ),
    { numRuns: 60 },
  );
});
