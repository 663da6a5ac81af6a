import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { answerOf, type RawAnswer, rawHttp, rawSocket } from '../../helpers/raw-http.js';

const KEY = 'key-of-an-that-nobody-guesses';
const BODY = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const portOf = (world: GatewayWorld) => Number(new URL(world.gateway.origin!).port);
const post = (path: string, headers: readonly string[], body: string | Buffer = BODY, host = '127.0.0.1') =>
  Buffer.concat([
    Buffer.from(
      [
        `POST ${path} HTTP/1.1`,
        `Host: ${host}`,
        ...['Connection: close', 'Content-Type: application/json', ...headers],
        ...['', ''],
      ].join('\r\n'),
    ),
    Buffer.from(body),
  ]);
const get = (path: string, headers: readonly string[] = [], host = '127.0.0.1') =>
  [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n');
const sized = (body: string | Buffer = BODY) => `Content-Length: ${Buffer.byteLength(body)}`;
/** What no answer may hold: a stack, a path of this program. */
const LEAKS = /\bat .+:\d+:\d+|node:internal|\/src\/|\.js:\d/;

/** Each refusal names its request, has the headers of security, and tells nothing of the inside. */
function expectRefusal(answer: RawAnswer, ...statuses: number[]): void {
  expect([answer.status, statuses.includes(answer.status)]).toEqual([answer.status, true]);
  expect(answer.text).not.toMatch(LEAKS);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  // Node itself refuses what cannot be read; all other answers have all of them.
  if (answer.status === 403)
    expect(answer.headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  const { requestId } = JSON.parse(answer.body).error.data;
  expect(requestId).toBe(answer.headers['x-request-id']);
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
}

describe('a page of another site', () => {
  test('whose name was made to point here reaches nothing but one word', async () => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    for (const path of ['/mcp', '/', '/status', '/servers/one/mcp', '/servers/one/health', '/nothing'])
      expectRefusal(await rawHttp(port, get(path, [], `evil.example:${port}`)), 403);
    expectRefusal(await rawHttp(port, post('/mcp', [sized()], BODY, 'evil.example')), 403);
    const health = await rawHttp(port, get('/health', [], 'evil.example'));
    expect(Object.keys(JSON.parse(health.body))).toEqual(['status']);
    const upgrade = [
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: YWJjZGVmZ2hpamtsbW5vcA==',
    ];
    expectRefusal(
      await rawHttp(
        port,
        get('/ws', upgrade, 'evil.example').replace('Connection: close', 'Connection: upgrade'),
      ),
      403,
    );
  });

  test('is told by its Origin, and gets no headers of CORS', async () => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    for (const origin of [
      'http://evil.example',
      'null',
      'http://127.0.0.1:1',
      `http://127.0.0.1.evil.example:${port}`,
    ]) {
      const answer = await rawHttp(
        port,
        post('/mcp', [sized(), `Origin: ${origin}`], BODY, `127.0.0.1:${port}`),
      );
      expectRefusal(answer, 403);
      expect(answer.text.toLowerCase()).not.toContain('access-control');
    }
  });
});

describe('a request of two meanings', () => {
  const chunked = 'Transfer-Encoding: chunked';
  const smuggled = `GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  test.each<[string, string | Buffer]>([
    ['has a length and chunks', post('/mcp', [sized(), chunked], `0\r\n\r\n${smuggled}`)],
    ['has two lengths', post('/mcp', ['Content-Length: 5', sized()])],
    ['has a length of two numbers', post('/mcp', ['Content-Length: 5, 6'])],
    ['has a length with a sign', post('/mcp', ['Content-Length: +5'])],
    ['has a length in hex', post('/mcp', ['Content-Length: 0x5'])],
    ['has chunks of another name', post('/mcp', ['Transfer-Encoding: xchunked'])],
    ['has chunks twice', post('/mcp', [chunked, 'Transfer-Encoding: identity'])],
    ['has a space before a colon', post('/mcp', ['Content-Length : 5'])],
    ['has a folded header', post('/mcp', ['X-A: b', ' Transfer-Encoding: chunked', sized()])],
    ['has a chunk of no length', post('/mcp', [chunked], 'zz\r\nabc\r\n0\r\n\r\n')],
    ['has a chunk that is longer than it says', post('/mcp', [chunked], '1\r\nabc\r\n0\r\n\r\n')],
    ['has lines that end with LF alone', get('/mcp').replaceAll('\r\n', '\n')],
    ['has two hosts', get('/mcp', ['Host: evil.example'])],
    ['has an address with another host', get('http://evil.example/mcp')],
    ['has an address of another kind', get('ftp://127.0.0.1/mcp')],
    ['has a NUL in a header', get('/mcp', ['X-A: a\0b'])],
    ['is HTTP/2 without a word', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('that %s is refused, and its connection closed', async (_, bytes) => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    const answer = await rawHttp(port, bytes);
    expectRefusal(answer, 400, 405);
    expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test('several at once on a connection are answered in their order', async () => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    const many = Array.from({ length: 50 }, (_, i) =>
      get(i % 2 === 0 ? '/live' : '/nothing').replace('Connection: close', 'X-A: b'),
    );
    const { text } = await rawHttp(port, many.join('') + get('/ready'));
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses.slice(0, 50)).toEqual(many.map((_, i) => (i % 2 === 0 ? '200' : '404')));
  });
});

describe('a bomb', () => {
  test('of headers: too long, too many', async () => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    expectRefusal(await rawHttp(port, get('/mcp', [`X-A: ${'a'.repeat(20_000)}`])), 431);
    const many = Array.from({ length: 200 }, (_, i) => `X-${i}: 1`);
    expectRefusal(await rawHttp(port, get('/mcp', many)), 431);
    expectRefusal(await rawHttp(port, get(`/${'a'.repeat(20_000)}`)), 431);
  });

  test('that is packed is not unpacked', async () => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    for (const encoding of ['gzip', 'br', 'deflate', 'identity, gzip'])
      expectRefusal(
        await rawHttp(port, post('/mcp', [`Content-Encoding: ${encoding}`, sized(bomb)], bomb)),
        415,
      );
  });

  test.each<[string, string]>([
    ['arrays in arrays', '['.repeat(8 * 1024 * 1024)],
    ['objects in objects', '{"a":'.repeat(2 * 1024 * 1024)],
    ['arrays that are closed', '['.repeat(4 * 1024 * 1024) + ']'.repeat(4 * 1024 * 1024)],
  ])('of %s is refused, and holds up nobody for long', async (_, body) => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    const heldUp = longestTurn();
    expectRefusal(await rawHttp(port, post('/mcp', [sized(body)], body)), 400);
    const params = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${body}}`;
    expectRefusal(await rawHttp(port, post('/mcp', [sized(params)], params)), 400);
    // Of a busy machine as well.
    expect(heldUp()).toBeLessThan(5_000);
  });
});

/**
 * Returns the longest time that one turn of the loop has worked for, in milliseconds of this process on a processor: a busy machine
 * makes a turn longer, and no more work.
 */
function longestTurn(): () => number {
  let last = process.cpuUsage();
  let longest = 0;
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    longest = Math.max(longest, (user + system) / 1_000);
  }, 5);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** A WebSocket to a server of its own, and what it has got. */
async function webSocket() {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  const socket = new WebSocket(`ws://127.0.0.1:${portOf(world)}/servers/one/ws`);
  onTestFinished(() => socket.terminate());
  socket.on('error', () => {});
  await once(socket, 'open');
  const answers: string[] = [];
  socket.on('message', (data) => answers.push(String(data)));
  return { world, socket, answers };
}

describe('a WebSocket', () => {
  test('of arrays in arrays has them refused, holds up nobody for long, and goes on', async () => {
    const { socket, answers } = await webSocket();
    const heldUp = longestTurn();
    const deep = '['.repeat(4_000_000) + ']'.repeat(4_000_000);
    socket.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":${deep}}`);
    socket.send(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x","arguments":${deep}}}`);
    socket.send('['.repeat(8_000_000));
    socket.send('{"jsonrpc":"2.0","id":4,"method":"ping"}');
    await eventually(() => answers.length >= 4);
    expect(answers.slice(0, 3).map((text) => JSON.parse(text).error.message)).toEqual(
      Array(3).fill('the message nests objects and arrays more than 250 deep'),
    );
    expect(JSON.parse(answers[3]!)).toMatchObject({ id: 4, result: {} });
    // Of a busy machine as well.
    expect(heldUp()).toBeLessThan(5_000);
  });

  test('with megabytes for mcp-pipe itself has them refused', async () => {
    const { world, socket, answers } = await webSocket();
    // Twice of what may be.
    const flat = `[${'1,'.repeat(1_048_576)}1]`;
    const heldUp = longestTurn();
    socket.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"x":${flat}}}`);
    socket.send(`{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"x":${flat}}}}`);
    socket.send('{"jsonrpc":"2.0","id":3,"method":"ping"}');
    await eventually(() => answers.length >= 3);
    const refused = 'initialize, and "_meta" of a request, may be 1048576 bytes long';
    expect(answers.slice(0, 2).map((text) => JSON.parse(text).error.message)).toEqual([refused, refused]);
    expect(JSON.parse(answers[2]!)).toMatchObject({ id: 3, result: {} });
    expect(heldUp()).toBeLessThan(5_000);
    const body = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"x":[${'1,'.repeat(5_000_000)}1]}}`;
    const over = await fetch(`http://127.0.0.1:${portOf(world)}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body,
    });
    expect(over.status).toBe(413);
  });

  test.each<[string, string, number]>([
    ['without a key of its own', 'GET /ws HTTP/1.1\r\nSec-WebSocket-Version: 13', 400],
    ['of another version', 'GET /ws HTTP/1.1\r\nSec-WebSocket-Version: 7', 400],
    ['that is posted', 'POST /ws HTTP/1.1\r\nSec-WebSocket-Version: 13', 405],
  ])('that begins %s is refused as any other request', async (_, head, status) => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    const lines = [head, 'Host: 127.0.0.1', 'Upgrade: websocket', 'Connection: upgrade', '', ''];
    expectRefusal(await rawHttp(port, lines.join('\r\n')), status);
  });
});

describe('names', () => {
  const PATHS = [
    ...[
      '/servers/../status',
      '/servers/..%2fstatus/mcp',
      '/servers/%2e%2e/mcp',
      '/servers/one%00/mcp',
      '/servers/one%2fmcp/mcp',
    ],
    ...[
      '/servers/one%252fmcp/mcp',
      '/servers/%zz/mcp',
      '/servers/one\\..\\mcp',
      '/servers//mcp',
      '//mcp',
      '/servers/one/mcp/..',
    ],
    ...[
      '/servers/__proto__/mcp',
      '/servers/constructor/mcp',
      '/servers/toString/mcp',
      '/servers/hasOwnProperty/health',
    ],
    ...[
      '/agents/__proto__/mcp',
      '/agents/constructor/mcp',
      '/__proto__',
      '/servers/__proto__/health',
      '/servers/%5f%5fproto%5f%5f/ws',
    ],
  ];
  test.each(PATHS)('%s leads nowhere', async (path) => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    expectRefusal(await rawHttp(port, post(path, [sized()])), 404, 400, 405);
    const answer = await rawHttp(port, get(path, ['Accept: text/event-stream']));
    expectRefusal(answer, 404, 400);
  });

  test('a key is none because objects have such a member', async () => {
    const port = portOf(
      await startGateway({ servers: { one: 'basic.mjs' }, gateway: { keys: { an: KEY } } }),
    );
    for (const key of ['__proto__', 'constructor', 'an', '[object Object]', ''])
      expect([401, 429]).toContain((await rawHttp(port, get('/status', [`X-API-Key: ${key}`]))).status);
    expect((await rawHttp(port, get('/status', [`X-API-Key: ${KEY}`]))).status).toBe(200);
  });
});

describe('connections', () => {
  test('of one address are bounded, and another one still gets in', async () => {
    const world = await startGateway({
      servers: { one: 'basic.mjs' },
      gateway: { maxConnectionsPerAddress: 5 },
    });
    const port = portOf(world);
    const held = await Promise.all(Array.from({ length: 5 }, () => rawSocket(port)));
    expect((await rawHttp(port, get('/live'))).text).toBe('');
    const other = await rawHttp(port, get('/live'), { localAddress: '127.0.0.2' });
    expect(other.status).toBe(200);
    held[0]!.destroy();
    await eventually(async () => (await rawHttp(port, get('/live'))).status === 200);
  });

  test('with many requests at once leave nothing behind when they end', async () => {
    const world = await startGateway({ servers: { one: 'basic.mjs' } });
    const socket = await rawSocket(portOf(world));
    const stream = get('/sse', ['Accept: text/event-stream']).replace('Connection: close', 'X-A: b');
    socket.write(stream.repeat(20));
    await eventually(() => world.gateway.clients === 20);
    socket.destroy();
    await eventually(() => world.gateway.clients === 0);
  });

  test('what speaks no HTTP is answered and closed, and holds nothing up', async () => {
    const port = portOf(await startGateway({ servers: { one: 'tiny.sh' } }));
    expectRefusal(await rawHttp(port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'), 400);
    expectRefusal(await rawHttp(port, 'hello\r\n\r\n'), 400);
    expect(answerOf('').status).toBe(0);
  });
});
