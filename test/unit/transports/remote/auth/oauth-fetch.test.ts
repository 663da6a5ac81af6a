import { createServer, type RequestListener } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { oauthFetch } from '../../../../../src/transports/remote/auth/oauth-fetch.js';
import { httpRequests } from '../../../../../src/transports/remote/http-requests.js';
import { listen } from '../../../../helpers/listen.js';

/** Requests of a login to a server on this machine that answers so. */
async function to(answer: RequestListener) {
  const server = createServer(answer);
  const url = `http://127.0.0.1:${await listen(server)}/`;
  onTestFinished(() => server.closeAllConnections());
  const requests = httpRequests({ url, headers: {}, network: {} });
  return { url, fetch: oauthFetch(requests, new URL(url)), requests };
}

const idOf = (result: Promise<unknown>) =>
  result.then(
    () => undefined,
    ({ said }: { said?: { id: string } }) => said?.id,
  );

test('an answer is passed on, whatever its status is', async () => {
  const { url, fetch } = await to((request, response) => {
    response
      .writeHead(418, { 'content-type': 'text/plain', 'x-method': request.method })
      .end('short and stout');
  });
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
  expect([answer.status, answer.headers.get('x-method'), await answer.text()]).toEqual([
    418,
    'POST',
    'short and stout',
  ]);
});

test('nothing goes to an address that is not encrypted, or to this machine on behalf of a server elsewhere', async () => {
  let asked = 0;
  const { url, fetch, requests } = await to((_, response) => {
    asked += 1;
    response.end();
  });
  expect(await idOf(fetch('http://as.test/token'))).toBe('login-insecure');
  expect(await idOf(oauthFetch(requests, new URL('https://x.test/mcp'))(url))).toBe('login-insecure');
  expect(asked).toBe(0);
});

test('a redirection to another place is not followed', async () => {
  const elsewhere = await to((_, response) => response.end('secret'));
  const { url, fetch } = await to((_, response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  );
  expect((await fetch(url, { method: 'POST', body: 'code' })).status).toBe(307);
});

test('an answer without end is read to its bound; one that cannot be had is a failure of the moment', async () => {
  const { url, fetch } = await to((_, response) => {
    response.on('error', () => {});
    const more = () => !response.destroyed && response.write('x'.repeat(65_536), () => setImmediate(more));
    more();
  });
  expect(await idOf(fetch(url))).toBe('login-too-long');
  const failed = await fetch('http://127.0.0.1:1/').catch((error: unknown) => error);
  expect(failed).toMatchObject({
    code: 'LOGIN_FAILED',
    isTemporary: true,
    said: { id: 'login-unreachable' },
  });
});
