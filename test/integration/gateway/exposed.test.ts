import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Gateway } from '../../../src/daemon/gateway/gateway.js';
import { Listeners } from '../../../src/daemon/http/listeners.js';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { gatewayPlan } from '../../helpers/gateway-plan.js';
import { rawClient } from '../../helpers/raw-clients.js';
import { rawHttp } from '../../helpers/raw-http.js';

const KEY = 'key-of-an-that-nobody-guesses';
const FIXTURES = join(import.meta.dirname, '../../fixtures/tls');

async function certificates() {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-tls-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await copyFile(join(FIXTURES, 'localhost-cert.pem'), files.cert);
  await copyFile(join(FIXTURES, 'localhost-key.pem'), files.key);
  return { files, ca: await readFile(files.cert, 'utf8') };
}

/** Puts another certificate in their place. */
async function renew(files: { cert: string; key: string }): Promise<void> {
  await copyFile(join(FIXTURES, 'client-key.pem'), files.key);
  await copyFile(join(FIXTURES, 'client-cert.pem'), files.cert);
}

describe('with a certificate', () => {
  test('HTTPS and secure WebSockets are spoken, and HTTP is not', async () => {
    const { files, ca } = await certificates();
    const world = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { tls: files } });
    const { port, protocol } = new URL(world.gateway.origin!);
    expect(protocol).toBe('https:');
    expect(world.gateway.url({ all: true }, 'ws')).toMatch(/^wss:/);
    const answer = await rawHttp(
      Number(port),
      'GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      { tls: { ca } },
    );
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'strict-transport-security': 'max-age=15552000' },
    });
    expect((await rawHttp(Number(port), 'GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n')).status).toBe(0);
    const socket = new WebSocket(`wss://localhost:${port}/servers/one/ws`, 'mcp', { ca });
    socket.on('error', () => {});
    onTestFinished(() => socket.terminate());
    await new Promise((resolve) => socket.once('open', resolve).once('close', resolve));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    // A request to upgrade to something else is answered as an ordinary one.
    const h2c = 'GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n';
    expect((await rawHttp(Number(port), h2c, { tls: { ca } })).status).toBe(200);
    const old = connect({
      host: '127.0.0.1',
      port: Number(port),
      ca,
      servername: 'localhost',
      maxVersion: 'TLSv1.1',
    });
    const failed = await new Promise((resolve) =>
      old.once('error', resolve).once('secureConnect', () => resolve(undefined)),
    );
    expect(failed).toBeInstanceOf(Error);
  });

  test('changed files are used for new connections, those that are open stay, and bad ones change nothing', async () => {
    const { files, ca } = await certificates();
    const bad: string[] = [];
    const listeners = new Listeners(({ message }) => bad.push(message));
    const world = await startGateway({ servers: { one: 'basic.mjs' } });
    const gateway = new Gateway(world.app.daemon, { listeners });
    onTestFinished(() => gateway.close());
    const { commit } = await gateway.prepare({ ...gatewayPlan, port: 0, tls: files });
    commit();
    const port = Number(new URL(gateway.origin!).port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
    onTestFinished(() => agent.destroy());
    const live = (of: Agent) =>
      new Promise<string>((resolve, reject) => {
        request({ host: 'localhost', port, path: '/live', agent: of }, (response) => {
          const peer = (response.socket as import('node:tls').TLSSocket).getPeerCertificate().fingerprint256;
          response.resume().on('end', () => resolve(peer));
        })
          .on('error', reject)
          .end();
      });
    const fresh = async () => {
      // Only which certificate it is matters.
      const one = new Agent({ rejectUnauthorized: false });
      return live(one).finally(() => one.destroy());
    };
    const first = await live(agent);
    await writeFile(files.cert, 'no certificate');
    await eventually(() => bad.length > 0);
    expect(bad[0]).toContain(files.cert);
    expect(await fresh()).toBe(first);
    await renew(files);
    await eventually(async () => (await fresh()) !== first);
    expect(await live(agent)).toBe(first);
  });

  test('that cannot be used, nothing is opened', async () => {
    const { files } = await certificates();
    await writeFile(files.key, 'no key');
    const error = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { tls: files } }).catch(
      (one) => one,
    );
    expect(error).toMatchObject({ code: 'TLS_FILES', message: expect.stringContaining(files.key) });
    await rm(files.key);
    const missing = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { tls: files } }).catch(
      (one) => one,
    );
    expect(missing).toMatchObject({ code: 'TLS_FILES', message: expect.stringContaining('ENOENT') });
  });
});

test('opened for other machines without a key by a program, it lets nobody in', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { host: '0.0.0.0' } });
  const origin = world.gateway.origin!.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(`${origin}/mcp`)).status).toBe(401);
  expect((await fetch(`${origin}/mcp`, { headers: { 'x-api-key': 'any' } })).status).toBe(401);
  expect((await fetch(`${origin}/live`)).status).toBe(200);
});

test('wrong keys are counted by the client behind a trusted proxy, and by the proxy when it is not trusted', async () => {
  const guess = (origin: string, i: number, from: string) =>
    fetch(`${origin}/status`, { headers: { 'x-api-key': `guess-${i}`, 'x-forwarded-for': from } }).then(
      ({ status }) => status,
    );
  const trusting = await startGateway({
    ...{ servers: { one: 'basic.mjs' }, gateway: { keys: { an: KEY }, trustProxy: ['127.0.0.1'] } },
  });
  const { origin } = trusting.gateway;
  const first = Array.from({ length: 8 }, (_, i) => guess(origin!, i, '192.0.2.1'));
  expect(await guess(origin!, 9, '192.0.2.2')).toBe(401);
  expect((await Promise.all(first)).filter((status) => status === 429)).toHaveLength(4);
  const other = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { keys: { an: KEY } } });
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, i) => guess(other.gateway.origin!, i, `192.0.2.${i}`)),
  );
  expect(all.filter((status) => status === 429)).toHaveLength(4);
});

test('sessions of one key are bounded, and make room among themselves', async () => {
  const world = await startGateway({
    servers: { one: 'basic.mjs' },
    gateway: { keys: { an: KEY, binh: `${KEY}-2` }, maxSessions: 4, maxSessionsPerKey: 2 },
  });
  const client = (key: string, way: 'http' | 'ws' = 'http') =>
    rawClient(way, world.gateway.origin!, 'one', { headers: { 'x-api-key': key } });
  const other = client(`${KEY}-2`);
  await other.open();
  const [first, second, third] = [client(KEY), client(KEY), client(KEY)];
  for (const one of [first, second, third]) await one.open();
  expect((await first.ask('ping')).error).toMatchObject({ code: 404 });
  for (const one of [second, third, other]) expect((await one.ask('ping')).error).toBeUndefined();
});
