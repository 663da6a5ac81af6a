import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reach } from '../../../../src/daemon/doctor/reach.js';
import { HttpProxy } from '../../../../src/protocol/http-proxy.js';
import { ConnectProxy } from '../../../helpers/connect-proxy.js';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), 'utf8');
const tls = { key: fixture('localhost-key.pem'), cert: fixture('localhost-cert.pem') };

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const soon = () => AbortSignal.timeout(5_000);
const target = (port: number, more = {}) => ({
  hostname: '127.0.0.1',
  port,
  isSecure: false,
  path: '/',
  proxy: undefined,
  ...more,
});

describe('a host is reached', () => {
  test('over HTTP, with its time', async () => {
    const asked: string[] = [];
    const port = await listening(
      createHttp((request, response) => {
        asked.push(`${request.method} ${request.url} ${request.headers.host}`);
        response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8' }).end('x'.repeat(100_000));
      }),
    );
    const facts = await reach(target(port), soon());
    expect(facts.failed).toBeUndefined();
    expect(facts.http).toMatchObject({ status: 404, isHtml: true, location: '' });
    expect(Math.abs(facts.http!.at - facts.http!.date!)).toBeLessThan(60_000);
    expect(asked).toEqual([`GET / 127.0.0.1:${port}`]);
  });

  test('over TLS, and the certificate is judged', async () => {
    const port = await listening(createHttps(tls, (_, response) => response.end()));
    const byName = await reach(target(port, { isSecure: true, hostname: 'localhost' }), soon());
    expect(byName.dns!.addresses).toBeGreaterThan(0);
    expect(byName.tls!.certificate).toMatchObject({
      refused: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      subject: 'localhost',
    });
    expect(byName.tls!.certificate.validTo).toBeGreaterThan(Date.now());
    expect(byName.http).toMatchObject({ status: 200 });
  });

  test('through a proxy, which is blamed for what it does', async () => {
    const port = await listening(createHttp((_, response) => response.end()));
    const proxy = await ConnectProxy.start({ login: 'user:secret-word' });
    const through = (login: string) =>
      reach(
        target(port, { hostname: 'endpoint.invalid', proxy: new HttpProxy(`http://${login}${proxy.host}`) }),
        soon(),
      );
    proxy.options.hosts = { 'endpoint.invalid': '127.0.0.1' };
    expect((await through('user:secret-word@')).http).toMatchObject({ status: 200 });
    const rejected = await through('');
    expect(rejected.failed).toMatchObject({
      step: 'proxy',
      failure: { httpStatus: 407, proxy: { hasLogin: false } },
    });
    expect(rejected.dns).toBeUndefined();
  });
});

describe('a host is not reached', () => {
  test('when nothing listens', async () => {
    const server = createTcp();
    const port = await listening(server);
    server.close();
    expect((await reach(target(port), soon())).failed).toMatchObject({
      step: 'tcp',
      failure: { reason: 'ECONNREFUSED' },
      timedOut: false,
    });
  });

  test('when it says nothing in time', async () => {
    const port = await listening(createTcp((socket) => onTestFinished(() => void socket.destroy())));
    const facts = await reach(target(port), AbortSignal.timeout(200));
    expect(facts.failed).toMatchObject({ step: 'http', timedOut: true });
  });

  test('when it speaks no TLS', async () => {
    const port = await listening(createHttp((_, response) => response.end()));
    const facts = await reach(target(port, { isSecure: true }), soon());
    expect(facts.failed).toMatchObject({ step: 'tls', timedOut: false });
    expect(facts.failed!.failure.reason).toMatch(/WRONG_VERSION_NUMBER|PACKET_LENGTH/);
  });

  test('when it closes the connection', async () => {
    const port = await listening(createTcp((socket) => void socket.end()));
    expect((await reach(target(port), soon())).failed).toMatchObject({
      step: 'http',
      failure: { reason: 'ECONNRESET' },
    });
  });
});
