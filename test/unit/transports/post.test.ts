import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { expect, test } from 'vitest';
import type { DialError } from '../../../src/protocol/errors.js';
import { HttpProxy } from '../../../src/protocol/http-proxy.js';
import { type PostOptions, postJson } from '../../../src/transports/post.js';
import { ConnectProxy } from '../../helpers/connect-proxy.js';
import { listen } from '../../helpers/listen.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { receiver } from '../../helpers/receiver.js';

const post = (url: string, more: Partial<PostOptions> = {}) =>
  postJson({
    ...{ url, headers: {}, body: '{"a":"à"}', timeoutMs: 10_000 },
    ...{ signal: new AbortController().signal, clock: new ManualClock(), ...more },
  });

/** The facts of a request that gets no answer. */
const failure = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: DialError) => ({ name: error.name, message: error.message, ...error.facts }),
  );

test('a request carries JSON and its headers, and its answer comes back', async () => {
  const { url, received } = await receiver((_, response) => {
    response.writeHead(429, { 'retry-after': '7' }).end('{"slow":true}');
  });
  const answer = await post(`${url}/path?x=1`, { headers: { 'X-Key': 'k' } });
  expect(answer).toMatchObject({ status: 429, retryAfterMs: 7_000, body: '{"slow":true}' });
  expect(answer.headers).toMatchObject({ 'retry-after': '7' });
  expect(received).toMatchObject([
    {
      path: '/path?x=1',
      body: '{"a":"à"}',
      headers: { 'x-key': 'k', 'content-type': 'application/json; charset=utf-8', 'content-length': '10' },
    },
  ]);
});

test('of a long answer only the beginning is read, and a redirection is not followed', async () => {
  const { url, received } = await receiver((_, response) => {
    response.writeHead(302, { location: '/elsewhere' });
    response.end('x'.repeat(1_000_000));
  });
  const { status, body } = await post(url);
  expect([status, body.length]).toEqual([302, 64 * 1024]);
  expect(received).toHaveLength(1);
});

test('a status counts even if its body breaks off', async () => {
  const { url } = await receiver((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('begun', () => response.destroy());
  });
  expect(await post(`${url}/broken`)).toMatchObject({ status: 200, body: 'begun' });
});

test('a receiver that is stuck is given up after the time, and when the caller says so', async () => {
  const { url, received } = await receiver(() => {});
  const clock = new ManualClock();
  const late = failure(post(url, { clock }));
  await expect.poll(() => received.length).toBe(1);
  await clock.advance(10_000);
  expect(await late).toMatchObject({ reason: 'ETIMEDOUT' });
  const caller = new AbortController();
  const given = failure(post(url, { signal: caller.signal }));
  await expect.poll(() => received.length).toBe(2);
  caller.abort();
  expect(await given).toMatchObject({ reason: 'ETIMEDOUT' });
});

test('an error names the reason and the host, and never the address', async () => {
  const { url } = await receiver();
  const port = new URL(url).port;
  expect(await failure(post('http://127.0.0.1:1/secret-path'))).toEqual({
    ...{ name: 'DialError', message: 'no answer from 127.0.0.1:1', reason: 'ECONNREFUSED' },
  });
  expect(await failure(post(`https://127.0.0.1:${port}/secret-path`))).not.toHaveProperty('status');
  expect(await failure(post(url, { headers: { 'X-Key': 'line\nbreak' } }))).toMatchObject({
    reason: 'ERR_INVALID_CHAR',
  });
});

test('a request goes through a proxy, and a proxy that fails is named', async () => {
  const { url, received } = await receiver();
  const proxy = await ConnectProxy.start();
  const { status } = await post(`${url}/x`, { proxy: new HttpProxy(proxy.host) });
  expect([status, received.length]).toEqual([200, 1]);
  expect(await failure(post(url, { proxy: new HttpProxy('http://me:password@127.0.0.1:1') }))).toMatchObject({
    ...{ reason: 'ECONNREFUSED', proxy: { host: '127.0.0.1:1', hasLogin: true } },
  });
});

test('a request over TLS checks who answers, directly and through a proxy, which may speak TLS itself', async () => {
  const read = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8');
  const [key, ca] = [read('localhost-key.pem'), read('localhost-cert.pem')];
  const port = await listen(createServer({ key, cert: ca }, (_, response) => response.end('hello')));
  const url = `https://localhost:${port}/x`;
  expect(await failure(post(url))).toMatchObject({ reason: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/) });
  const [plain, secure] = await Promise.all([
    ConnectProxy.start(),
    ConnectProxy.start({ tls: { key, cert: ca } }),
  ]);
  const proxies = [undefined, new HttpProxy(plain.host), new HttpProxy(`https://localhost:${secure.port}`)];
  for (const proxy of proxies)
    expect(await post(url, { ca, proxy })).toMatchObject({ status: 200, body: 'hello' });
  expect([plain.asked, secure.asked]).toEqual([[`localhost:${port}`], [`localhost:${port}`]]);
  expect(await failure(post(url, { proxy: new HttpProxy(plain.host) }))).toMatchObject({
    reason: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
  });
});
