import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpProxy } from '../../../../src/protocol/http-proxy.js';
import { systemClock } from '../../../../src/time/clock.js';
import {
  type Authorizer,
  type HttpRequests,
  httpRequests,
  type RequestsOptions,
} from '../../../../src/transports/remote/http-requests.js';
import type { RemoteServer } from '../../../../src/transports/remote/remote-server.js';
import { ConnectProxy } from '../../../helpers/connect-proxy.js';
import { listen } from '../../../helpers/listen.js';

const tlsFile = (name: string) => join(import.meta.dirname, '../../../fixtures/tls', name);
const CERT = tlsFile('localhost-cert.pem');
const KEY = tlsFile('localhost-key.pem');
const identity = { cert: readFileSync(CERT), key: readFileSync(KEY) };

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const reading = (handler: Handler) => (request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => handler(request, response, Buffer.concat(chunks).toString()));
};

async function plainServer(handler: Handler): Promise<{ url: string; port: number; server: http.Server }> {
  const server = http.createServer(reading(handler));
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/mcp`, port, server };
}

async function secureServer(handler: Handler, options: https.ServerOptions = {}) {
  const server = https.createServer({ ...identity, ...options }, reading(handler));
  const port = await listen(server);
  return { url: `https://localhost:${port}/mcp`, port, server };
}

function requestsTo(
  server: Partial<RemoteServer> & { url: string },
  { authorizer, ...options }: RequestsOptions & { authorizer?: Authorizer } = {},
): HttpRequests {
  const requests = httpRequests({ headers: {}, network: {}, ...server }, authorizer, options);
  onTestFinished(() => requests.close());
  return requests;
}

const textOf = async (body: Readable) => {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const post = (text = '{}') => ({ method: 'POST', headers: {}, body: Buffer.from(text) }) as const;

/** Sends a request and reads its answer. */
async function ask(requests: HttpRequests, text?: string, more: object = {}) {
  const { status, body } = await requests.send({ ...post(text), ...more });
  return `${status} ${await textOf(body)}`;
}

const endOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'an answer',
    (error) => error.end ?? error,
  );

describe('requests to a remote server', () => {
  it('carry the body unchanged, and the headers of the configuration', async () => {
    const seen: http.IncomingHttpHeaders[] = [];
    const { url } = await plainServer((request, response, body) => {
      seen.push(request.headers);
      response.end(body);
    });
    const headers = { Authorization: 'Bearer x', 'Content-Length': '1', 'Transfer-Encoding': 'chunked' };
    const requests = requestsTo({ url, headers });
    expect(await ask(requests, '{"a": "ü"}', { headers: { accept: 'application/json' } })).toBe(
      '200 {"a": "ü"}',
    );
    expect(seen[0]).toMatchObject({
      authorization: 'Bearer x',
      accept: 'application/json',
      'content-length': '11',
    });
  });

  it('share one connection, which ends when it was idle for too long', async () => {
    const { url, server } = await plainServer((_, response) => response.end());
    server.keepAliveTimeout = 0;
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const requests = requestsTo({ url }, { settings: { keptConnectionMs: 100 } });
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.removeListener('warning', onWarning));
    // More than the listeners of an emitter that Node.js takes for a leak.
    for (let i = 0; i < 12; i += 1) await ask(requests);
    expect(connections).toBe(1);
    expect(warnings).toEqual([]);
    const socket = await new Promise<Socket>((resolve) => {
      server.once('request', (request) => resolve(request.socket));
      void ask(requests);
    });
    await new Promise((resolve) => socket.once('close', resolve));
    await ask(requests);
    expect(connections).toBe(2);
  });

  it.each([
    ['identity', (text: string) => Buffer.from(text), {}],
    ['gzip, which was not asked for', gzipSync, { 'content-encoding': 'gzip' }],
  ] as const)('read an answer in %s', async (_, encode, headers) => {
    const { url } = await plainServer((request, response) => {
      response.writeHead(200, headers);
      response.end(encode(`asked for ${request.headers['accept-encoding']}`));
    });
    expect(await ask(requestsTo({ url }))).toBe('200 asked for identity');
  });

  it('report a cut answer as an error of its body', async () => {
    const { url } = await plainServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const { body } = await requestsTo({ url }).send(post());
    await expect(textOf(body)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('reject with the reason of their signal when that aborts, and only then with anything but a RemoteError', async () => {
    const { url } = await plainServer(() => {});
    const abort = new AbortController();
    const sending = requestsTo({ url }).send({ ...post(), signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(sending).rejects.toThrow('enough');
    await expect(requestsTo({ url, headers: { a: 'ü\n' } }).send(post())).rejects.toMatchObject({
      end: { kind: 'unreachable' },
    });
  });

  it('say why nothing was reached', async () => {
    const { url, server } = await plainServer(() => {});
    server.close();
    await new Promise((resolve) => server.once('close', resolve));
    expect(await endOf(requestsTo({ url }).send(post()))).toEqual({
      kind: 'unreachable',
      reason: 'ECONNREFUSED',
    });
    const silent = await listen(createServer());
    const late = requestsTo({ url: `https://127.0.0.1:${silent}/` }, { settings: { dialTimeoutMs: 50 } });
    expect(await endOf(late.send(post()))).toEqual({ kind: 'unreachable', reason: 'ETIMEDOUT' });
  });
});

describe('a connection that the server closes', () => {
  /** A server that answers the first request, and drops the connection at each later one on it. */
  async function dropping() {
    const read: string[] = [];
    const asked = new WeakMap<Socket, number>();
    const { url, server } = await plainServer((request, response, body) => {
      const count = (asked.get(request.socket) ?? 0) + 1;
      asked.set(request.socket, count);
      read.push(body);
      if (count > 1) request.socket.destroy();
      else response.end('done');
    });
    server.keepAliveTimeout = 0;
    return { url, read };
  }

  it('is replaced for a request that may be read twice', async () => {
    const { url, read } = await dropping();
    const requests = requestsTo({ url });
    await ask(requests, 'first');
    expect(await ask(requests, 'list', { isRepeatable: true })).toBe('200 done');
    expect(read).toEqual(['first', 'list', 'list']);
  });

  it('is not for a call, which the server may have read', async () => {
    const { url, read } = await dropping();
    const requests = requestsTo({ url });
    await ask(requests, 'first');
    expect(await endOf(requests.send(post('call')))).toEqual({ kind: 'cut', reason: 'ECONNRESET' });
    expect(read).toEqual(['first', 'call']);
  });

  it('is for a call whose end cannot have been read', async () => {
    let count = 0;
    const server = http.createServer((request, response) => {
      count += 1;
      // The second request is not read to its end.
      if (count === 2) return void setImmediate(() => request.socket.resetAndDestroy());
      request.resume().on('end', () => response.end('done'));
    });
    server.keepAliveTimeout = 0;
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const requests = requestsTo({ url });
    await ask(requests, 'first');
    expect(await ask(requests, 'x'.repeat(32 * 1024 * 1024))).toBe('200 done');
    expect(count).toBe(3);
  });

  it('is never repeated on a fresh connection', async () => {
    let count = 0;
    const { url } = await plainServer((request) => {
      count += 1;
      request.socket.destroy();
    });
    const requests = requestsTo({ url });
    expect(await endOf(requests.send({ ...post(), isRepeatable: true }))).toMatchObject({ kind: 'cut' });
    expect(await endOf(requests.send({ method: 'GET', headers: {} }))).toMatchObject({ kind: 'unreachable' });
    expect(count).toBe(2);
  });
});

describe('redirections', () => {
  it.each([307, 308])(
    'by %i are followed at the same server, with method and body, and a slash is remembered',
    async (status) => {
      const asked: string[] = [];
      const { url } = await plainServer((request, response, body) => {
        asked.push(`${request.method} ${request.url}`);
        if (request.url === '/mcp') response.writeHead(status, { location: '/mcp/' }).end();
        else response.end(`${body} ${request.headers.authorization}`);
      });
      const requests = requestsTo({ url, headers: { authorization: 'Bearer x' } });
      expect(await ask(requests, 'call')).toBe('200 call Bearer x');
      expect(await ask(requests, 'call')).toBe('200 call Bearer x');
      expect(asked).toEqual(['POST /mcp', 'POST /mcp/', 'POST /mcp/']);
    },
  );

  it('to another server, by other statuses, or without end, are answers', async () => {
    const other = await plainServer(() => expect.unreachable('nothing goes to another server'));
    const asked: string[] = [];
    const { url } = await plainServer((request, response) => {
      asked.push(request.url ?? '');
      const [, status, location] = /^\/(\d+)(.*)$/.exec(request.url ?? '') ?? [];
      response.writeHead(Number(status), { location: location === '/loop' ? request.url : other.url }).end();
    });
    const requests = requestsTo({ url, headers: { authorization: 'Bearer x' } });
    for (const status of [301, 302, 303, 307, 308]) {
      expect(await ask(requests, '', { url: new URL(`/${status}`, url) })).toBe(`${status} `);
    }
    expect(await ask(requests, '', { url: new URL('/307/loop', url) })).toBe('307 ');
    expect(asked).toHaveLength(5 + 4);
  });

  it('do not take configured headers to another server, nor does any request', async () => {
    const { url: other } = await plainServer((request, response) => {
      response.end(String(request.headers.authorization));
    });
    const requests = requestsTo({ url: 'http://127.0.0.1:1/', headers: { authorization: 'Bearer x' } });
    expect(await ask(requests, '', { url: new URL(other) })).toBe('200 undefined');
  });
});

describe('a server that asks for a pause', () => {
  it('gets nothing more until it is over', async () => {
    let asked = 0;
    const { url } = await plainServer((_, response) => {
      asked += 1;
      response.writeHead(429, { 'retry-after': '60' }).end();
    });
    const requests = requestsTo({ url });
    expect(await ask(requests)).toBe('429 ');
    const { status, headers } = await requests.send(post());
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(50);
    expect(asked).toBe(1);
  });

  it('gets no more than an hour', async () => {
    let asked = 0;
    const { url } = await plainServer((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { 'retry-after': '99999999999' }).end();
      else response.end('done');
    });
    let now = 0;
    const requests = requestsTo({ url }, { clock: { ...systemClock, now: () => now } });
    expect(await ask(requests)).toBe('429 ');
    expect((await requests.send(post())).headers['retry-after']).toBe('3600');
    now = 3_600_000;
    expect(await ask(requests)).toBe('200 done');
  });

  it('is waited for when that is short', async () => {
    let asked = 0;
    const { url } = await plainServer((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503, { 'retry-after': '1' }).end();
      else response.end('done');
    });
    const slept: number[] = [];
    const clock = { ...systemClock, sleep: async (ms: number) => void slept.push(ms) };
    const requests = requestsTo({ url }, { clock });
    expect(await ask(requests)).toBe('503 ');
    expect(await ask(requests)).toBe('200 done');
    expect(slept).toEqual([expect.closeTo(1000, -3)]);
  });
});

describe('the way to a server', () => {
  it('trusts its own authority beside the usual ones', async () => {
    const { url } = await secureServer((_, response) => response.end('safe'));
    expect(await endOf(requestsTo({ url }).send(post()))).toEqual({
      kind: 'unreachable',
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(await ask(requestsTo({ url, network: { ca: CERT } }))).toBe('200 safe');
    const usual = { ca: tlsFile('client-cert.pem'), extraCa: CERT };
    expect(await ask(requestsTo({ url, network: usual }))).toBe('200 safe');
  });

  it('checks the certificate of every host but the one that is named', async () => {
    const { url, port } = await secureServer((_, response) => response.end('unchecked'));
    for (const insecureHost of ['localhost', `localhost:${port}`]) {
      expect(await ask(requestsTo({ url, network: { insecureHost } }))).toBe('200 unchecked');
    }
    for (const insecureHost of ['127.0.0.1', 'host', `localhost:${port + 1}`]) {
      expect(await endOf(requestsTo({ url, network: { insecureHost } }).send(post()))).toMatchObject({
        kind: 'unreachable',
      });
    }
  });

  it('shows a client certificate', async () => {
    const { url } = await secureServer(
      (request, response) => {
        const { subject } = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
        response.end(subject.CN);
      },
      { requestCert: true, ca: readFileSync(tlsFile('client-cert.pem')) },
    );
    const clientCertificate = { cert: tlsFile('client-cert.pem'), key: tlsFile('client-key.pem') };
    expect(await ask(requestsTo({ url, network: { ca: CERT, clientCertificate } }))).toBe('200 client');
    expect(await endOf(requestsTo({ url, network: { ca: CERT } }).send(post()))).toEqual({
      kind: 'unreachable',
      reason: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    });
  });

  it('says which file cannot be used, and uses it once it is there', async () => {
    const { url } = await secureServer((_, response) => response.end('safe'));
    const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-tls-'));
    const ca = join(folder, 'ca.pem');
    const requests = requestsTo({ url, network: { ca } });
    const saidOf = async (given: HttpRequests) => (await endOf(given.send(post()))).said;
    expect(await saidOf(requests)).toEqual({
      id: 'tls-file',
      params: { key: 'ca', file: ca, is: { code: 'ENOENT' } },
    });
    await writeFile(ca, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    expect(await saidOf(requests)).toEqual({ id: 'tls-file', params: { key: 'ca', file: ca, is: 'no-pem' } });
    await writeFile(ca, identity.cert);
    expect(await ask(requests)).toBe('200 safe');
    const wrong = { cert: tlsFile('client-cert.pem'), key: KEY };
    expect(await saidOf(requestsTo({ url, network: { clientCertificate: wrong } }))).toEqual({
      id: 'tls-pair',
      params: wrong,
    });
    const noKey = { cert: CERT, key: CERT };
    expect(await saidOf(requestsTo({ url, network: { clientCertificate: noKey } }))).toEqual({
      id: 'tls-file',
      params: { key: 'key', file: CERT, is: 'no-pem' },
    });
  });

  it.each(['http', 'https'])('leads through a tunnel of a proxy for %s', async (scheme) => {
    const proxy = await ConnectProxy.start({ login: 'me:secret' });
    const handler: Handler = (_, response) => response.end('through');
    const { url } = scheme === 'http' ? await plainServer(handler) : await secureServer(handler);
    const network = { ca: CERT, proxy: new HttpProxy(`me:secret@${proxy.host}`) };
    const requests = requestsTo({ url, network });
    expect(await ask(requests)).toBe('200 through');
    expect(await ask(requests)).toBe('200 through');
    expect(proxy.asked).toEqual([new URL(url).host]);
  });

  it('blames the proxy that does not lead there', async () => {
    const proxy = await ConnectProxy.start({ login: 'me:secret' });
    const network = { proxy: new HttpProxy(`me:wrong@${proxy.host}`) };
    expect(await endOf(requestsTo({ url: 'http://tools.example/', network }).send(post()))).toEqual({
      ...{ kind: 'unreachable', reason: '' },
      proxy: { host: proxy.host, httpStatus: 407, hasLogin: true },
    });
  });

  it('is IPv4 only where that is asked for', async () => {
    const { port } = await plainServer((_, response) => response.end('v4'));
    const requests = requestsTo({ url: `http://localhost:${port}/`, network: { isIpv4Only: true } });
    expect(await ask(requests)).toBe('200 v4');
  });
});

describe('headers of a command', () => {
  const printing = (code: string) => ({
    ...{ command: process.execPath, args: ['-e', code], cwd: tmpdir() },
    env: { PATH: process.env.PATH ?? '' },
  });

  it('are sent, kept, and printed again when the server refuses them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-headers-'));
    const file = join(folder, 'count');
    const code = `const fs=require('fs');const f=${JSON.stringify(file)};const n=(fs.existsSync(f)?+fs.readFileSync(f):0)+1;fs.writeFileSync(f,''+n);console.log('Authorization: Bearer token-'+n+'\\nX-More: 1')`;
    const seen: unknown[] = [];
    const { url } = await plainServer((request, response) => {
      seen.push(request.headers.authorization);
      response.statusCode = request.headers.authorization === 'Bearer token-2' ? 200 : 401;
      response.end(request.headers['x-more']);
    });
    const secrets: string[] = [];
    const requests = requestsTo(
      { url, headersCommand: printing(code) },
      { onSecrets: (values) => secrets.push(...values) },
    );
    expect(await Promise.all([ask(requests), ask(requests)])).toEqual(['200 1', '200 1']);
    expect(await ask(requests)).toBe('200 1');
    expect(seen.filter((value) => value === 'Bearer token-1').length).toBeLessThanOrEqual(2);
    expect(seen.slice(-1)).toEqual(['Bearer token-2']);
    expect(readFileSync(file, 'utf8')).toBe('2');
    expect(new Set(secrets)).toContain('token-2');
  });

  it('leave the request readable', async () => {
    const { url } = await plainServer(({ headers }, response, body) => {
      response.end(`${body.length} ${headers['content-length']} ${headers['x-key']}`);
    });
    const code = `console.log('Content-Length: 1\\nTransfer-Encoding: chunked\\nX-Key: k')`;
    const { length } = (await post()).body!;
    expect(await ask(requestsTo({ url, headersCommand: printing(code) }))).toBe(`200 ${length} ${length} k`);
  });

  it('are not printed for each refusal when they stay the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-headers-'));
    const file = join(folder, 'runs');
    const code = `require('fs').appendFileSync(${JSON.stringify(file)},'x');console.log('{"X-Key":"k"}')`;
    const { url } = await plainServer((request, response) => {
      response.writeHead(403).end(request.headers['x-key']);
    });
    const requests = requestsTo({ url, headersCommand: printing(code) });
    for (let i = 0; i < 3; i += 1) expect(await ask(requests)).toBe('403 k');
    expect(readFileSync(file, 'utf8')).toBe('xx');
  });

  it.each([
    ['fails', 'process.exit(3)', { id: 'headers-failed', params: { exitCode: 3 } }],
    [
      'prints no header',
      'console.log("A: 1\\nsecret")',
      { id: 'headers-output', params: { line: 2, is: 'line' } },
    ],
    ['does not end', 'setInterval(()=>{},1000)', { id: 'headers-slow', params: { ms: 400 } }],
    [
      'prints too much',
      'console.log("A: "+"x".repeat(70000))',
      { id: 'headers-output', params: { is: 'long' } },
    ],
  ])('are missing when the command %s', async (_, code, said) => {
    const { url } = await plainServer(() => expect.unreachable('nothing is sent'));
    const settings = { headersCommandTimeoutMs: 'ms' in said.params ? 400 : 20_000 };
    const end = await endOf(requestsTo({ url, headersCommand: printing(code) }, { settings }).send(post()));
    expect(end).toMatchObject({ kind: 'not-started', said });
    expect(JSON.stringify(end)).not.toContain('secret');
  });
});

describe('a login', () => {
  it('is renewed when it is refused, and the request is repeated once', async () => {
    let token = 'old';
    const { url } = await plainServer((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer new' ? 200 : 401;
      response.end();
    });
    const refused: number[] = [];
    const authorizer: Authorizer = {
      headers: async () => ({ authorization: `Bearer ${token}` }),
      refused: async ({ status }) => {
        refused.push(status);
        token = 'new';
        return true;
      },
    };
    expect(await ask(requestsTo({ url }, { authorizer }))).toBe('200 ');
    expect(refused).toEqual([401]);
    authorizer.refused = async () => false;
    token = 'older';
    expect(await ask(requestsTo({ url }, { authorizer }))).toBe('401 ');
  });

  it('fails alone: one to another server, with authorities that cannot be read', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const requests = requestsTo({ url: 'https://localhost:1/mcp', network: { ca: '/does/not/exist.pem' } });
    const other = { method: 'GET', headers: {}, url: new URL('https://127.0.0.1:1/') } as const;
    await expect(requests.send(other)).rejects.toMatchObject({ end: { kind: 'not-started' } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});
