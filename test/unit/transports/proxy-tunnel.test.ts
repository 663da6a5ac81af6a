import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { defaults } from '../../../src/config/defaults.js';
import { diagnose } from '../../../src/connections/diagnose.js';
import { caseOf } from '../../../src/messages/cause-case.js';
import type { Cause, Diagnosis } from '../../../src/protocol/diagnosis.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { DialError } from '../../../src/protocol/errors.js';
import { HttpProxy } from '../../../src/protocol/http-proxy.js';
import { systemClock } from '../../../src/time/clock.js';
import { dialWebSocket, type WebSocketOptions } from '../../../src/transports/websocket.js';
import { ConnectProxy } from '../../helpers/connect-proxy.js';
import { eventually } from '../../helpers/eventually.js';
import { listen } from '../../helpers/listen.js';

const LOGIN = 'an na:p@ss/w:ord%';
const ENCODED = `${encodeURIComponent('an na')}:${encodeURIComponent('p@ss/w:ord%')}`;

const tlsFiles = async () => {
  const read = (name: string) => readFile(join(import.meta.dirname, '../../fixtures/tls', name), 'utf8');
  const [key, cert] = await Promise.all([read('localhost-key.pem'), read('localhost-cert.pem')]);
  return { key, cert };
};

/** An endpoint that sends back what it gets, and its port. */
async function echo(server: Server = createServer()): Promise<number> {
  const wss = new WebSocketServer({ server: server as never });
  wss.on('connection', (socket) => {
    socket.send('first');
    socket.on('message', (data) => socket.send(data, { binary: false }));
  });
  onTestFinished(() => {
    for (const socket of wss.clients) socket.terminate();
  });
  return listen(server);
}

function dial(address: string, proxy: string, more: Partial<WebSocketOptions> = {}, signal?: AbortSignal) {
  const options = { ...defaults, clock: systemClock, proxy: new HttpProxy(proxy), ...more };
  return dialWebSocket(new Endpoint(address), options)(signal ?? new AbortController().signal);
}

async function heard(address: string, proxy: string, more?: Partial<WebSocketOptions>): Promise<string[]> {
  const transport = await dial(address, proxy, more);
  onTestFinished(async () => void (await transport.close({ forceSignal: AbortSignal.abort() })));
  transport.send([Buffer.from('{"over":"and back"}')]);
  const frames: string[] = [];
  for await (const batch of transport.batches) {
    frames.push(...batch.map(String));
    if (frames.length === 2) break;
  }
  return frames;
}

/** What is said of a dial that fails: the cause, its case and its number. */
async function failure(
  dialling: Promise<unknown>,
): Promise<{ id: string; diagnosis: Diagnosis; error: DialError }> {
  const error = await dialling.then(
    () => 'it connected',
    (reason: unknown) => reason,
  );
  if (!(error instanceof DialError)) throw error;
  const everything = `${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${error.stack}`;
  for (const secret of [LOGIN, 'p@ss', encodeURIComponent('p@ss'), Buffer.from(LOGIN).toString('base64')]) {
    expect(everything).not.toContain(secret);
  }
  const facts = {
    openForMs: undefined,
    initialize: 'not-asked',
    initializeWaitedMs: 0,
    siblings: 0,
  } as const;
  const diagnosis = diagnose({ end: { failed: error.facts }, ...facts });
  return { id: caseOf(diagnosis), diagnosis, error };
}

describe('a dial through a proxy', () => {
  it('asks it for a tunnel, and carries frames both ways', async () => {
    const port = await echo();
    const proxy = await ConnectProxy.start();
    expect(await heard(`ws://127.0.0.1:${port}/mcp/?token=abc`, `http://${proxy.host}`)).toEqual([
      'first',
      '{"over":"and back"}',
    ]);
    expect(proxy.asked).toEqual([`127.0.0.1:${port}`]);
    expect(proxy.requests[0]!.headers).not.toHaveProperty('proxy-authorization');
  });

  it('leaves names to the proxy, and names the default port', async () => {
    const port = await echo();
    const proxy = await ConnectProxy.start({ hosts: { 'endpoint.invalid': '127.0.0.1' } });
    await heard(`ws://endpoint.invalid:${port}/`, proxy.host);
    await failure(dial('ws://endpoint.invalid/', proxy.host));
    await failure(dial('wss://[::1]/', `http://${proxy.host}`));
    expect(proxy.asked).toEqual([`endpoint.invalid:${port}`, 'endpoint.invalid:80', '[::1]:443']);
  });

  it('logs in with what its address says, whatever characters it holds', async () => {
    const port = await echo();
    const proxy = await ConnectProxy.start({ login: LOGIN });
    await heard(`ws://127.0.0.1:${port}/`, `http://${ENCODED}@${proxy.host}`);
    expect(proxy.asked).toHaveLength(1);
  });

  it('verifies the certificate of the endpoint behind it', async () => {
    const { key, cert } = await tlsFiles();
    const port = await echo(createSecureServer({ key, cert }) as unknown as Server);
    const proxy = await ConnectProxy.start({ hosts: { 'other.test': '127.0.0.1' } });
    const self = await failure(dial(`wss://localhost:${port}/`, proxy.host));
    expect(self.id).toBe('tls: self-signed');
    expect(self.error.facts).toEqual({ reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect((await failure(dial(`wss://other.test:${port}/`, proxy.host, { ca: cert }))).id).toBe(
      'tls: other host',
    );
    expect(await heard(`wss://localhost:${port}/`, proxy.host, { ca: cert })).toHaveLength(2);
  });

  it('goes through a proxy that speaks TLS, and verifies its certificate too', async () => {
    const { key, cert } = await tlsFiles();
    const port = await echo(createSecureServer({ key, cert }) as unknown as Server);
    const proxy = await ConnectProxy.start({ tls: { key, cert } });
    const address = `wss://localhost:${port}/`;
    expect(await heard(address, `https://localhost:${proxy.port}`, { ca: cert })).toHaveLength(2);
    expect((await failure(dial(address, `https://localhost:${proxy.port}`))).id).toBe(
      'proxy-unreachable: tls',
    );
    expect((await failure(dial(address, `https://127.0.0.1:${proxy.port}`, { ca: cert }))).id).toBe(
      'proxy-unreachable: tls',
    );
  });

  it('tells a proxy from an endpoint: what comes through the tunnel is the endpoint’s', async () => {
    const refusing = createServer().on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'));
    const port = await listen(refusing);
    const proxy = await ConnectProxy.start();
    const { id, error } = await failure(dial(`ws://127.0.0.1:${port}/`, proxy.host));
    expect(id).toBe('http-forbidden');
    expect(error.facts).not.toHaveProperty('proxy');
  });

  it.each<[string, Cause, number | undefined, ConstructorParameters<never>[0] | object]>([
    ['proxy-auth', 'proxy-auth', 407, { login: LOGIN }],
    ['proxy-auth: scheme', 'proxy-auth', 407, { login: LOGIN, authenticate: 'Negotiate, NTLM' }],
    ['proxy-refused', 'proxy-refused', 403, { answer: 403 }],
    ['proxy-refused', 'proxy-refused', 405, { answer: 405 }],
    ['proxy-refused', 'proxy-refused', 302, { answer: 302 }],
    ['proxy-cannot-reach', 'proxy-cannot-reach', 502, { answer: 502 }],
    ['proxy-cannot-reach', 'proxy-cannot-reach', 504, { answer: 504 }],
    ['proxy-cannot-reach', 'proxy-cannot-reach', 502, {}],
    ['proxy-invalid', 'proxy-invalid', undefined, { answer: 'SSH-2.0-OpenSSH_9.9\r\n' }],
    ['proxy-invalid', 'proxy-invalid', undefined, { answer: '\x05\xff' }],
    ['proxy-invalid', 'proxy-invalid', undefined, { answer: '' }],
    [
      'proxy-invalid',
      'proxy-invalid',
      undefined,
      { answer: `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(9_999)}` },
    ],
  ])('has words of its own for %s (%s, %s)', async (id, cause, code, options) => {
    const proxy = await ConnectProxy.start(options);
    const found = await failure(dial('ws://127.0.0.1:1/', proxy.host));
    expect(found).toMatchObject({ id, diagnosis: { cause, code, proxy: { host: proxy.host } } });
    // A person has to act first.
    const acts = found.diagnosis.action.kind === 'retry-slowly';
    expect(acts).toBe(cause === 'proxy-auth' || cause === 'proxy-refused');
    await eventually(() => proxy.connections === 0);
  });

  it('says of a login that was sent that it is wrong', async () => {
    const proxy = await ConnectProxy.start({ login: 'somebody:else' });
    const { id, error } = await failure(dial('ws://127.0.0.1:1/', `http://${ENCODED}@${proxy.host}`));
    expect(id).toBe('proxy-auth: wrong');
    expect(error.message).toBe(`the proxy ${proxy.host} answered with HTTP status 407 instead of 200`);
  });

  it('says that the proxy is away, unknown, or silent', async () => {
    const port = await listen(createTcpServer());
    const silent = await failure(dial('ws://127.0.0.1:1/', `127.0.0.1:${port}`, { dialTimeoutMs: 100 }));
    expect(silent).toMatchObject({ id: 'proxy-unreachable', diagnosis: { reason: 'ETIMEDOUT' } });
    const closed = await listen(createTcpServer());
    expect((await failure(dial('ws://127.0.0.1:1/', '127.0.0.1:1'))).diagnosis).toMatchObject({
      cause: 'proxy-unreachable',
      reason: 'ECONNREFUSED',
    });
    expect(closed).not.toBe(port);
    const unknown = await failure(dial('ws://127.0.0.1:1/', 'proxy.invalid:3128'));
    expect(unknown).toMatchObject({
      id: 'proxy-unreachable',
      diagnosis: { proxy: { host: 'proxy.invalid:3128' } },
    });
  });

  it('leaves a proxy that is spoken to over TLS and is not, named', async () => {
    const proxy = await ConnectProxy.start();
    expect((await failure(dial('ws://127.0.0.1:1/', `https://${proxy.host}`))).id).toBe(
      'proxy-unreachable: tls',
    );
  });

  it('is given up at once when its signal aborts, and lets go of the proxy', async () => {
    const proxy = await ConnectProxy.start({
      answer: (socket) => void socket.resume().once('end', () => socket.end()),
    });
    const stop = new AbortController();
    const dialling = dial('ws://127.0.0.1:1/', proxy.host, {}, stop.signal);
    await eventually(() => proxy.asked.length === 1);
    stop.abort(new Error('stopping'));
    await expect(dialling).rejects.toThrow('stopping');
    await eventually(() => proxy.connections === 0);
  });

  it('ends when the proxy goes away', async () => {
    const port = await echo();
    const proxy = await ConnectProxy.start();
    const transport = await dial(`ws://127.0.0.1:${port}/`, proxy.host);
    proxy.close();
    expect(await transport.closed).toMatchObject({ by: 'remote', code: 1006 });
  });
});
