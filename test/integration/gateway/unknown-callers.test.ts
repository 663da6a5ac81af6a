import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { oauthWorld } from '../../helpers/oauth-world.js';
import { rawHttp, rawSocket } from '../../helpers/raw-http.js';
import { inSeconds, tokenOf } from '../../helpers/token-issuer.js';

// What callers that nobody has let in can make a gateway hold, or find out.

const portOf = (world: GatewayWorld) => Number(new URL(world.gateway.origin!).port);
const get = (headers: readonly string[]) =>
  ['GET /mcp HTTP/1.1', 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n');

/** An issuer that takes connections, and says nothing. */
async function silentIssuer(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

it('while an issuer says nothing, a bounded number of made-up tokens waits for its keys, whatever one connection sends', async () => {
  const issuer = await silentIssuer();
  const world = await startGateway({
    servers: { one: 'basic.mjs' },
    gateway: {
      jwt: [
        {
          ...{ issuer, audience: ['x'], algorithms: ['ES256'], clockToleranceMs: 0 },
          ...{ scopes: [], network: {} },
        },
      ],
    },
  });
  const claims = { iss: issuer, sub: 's', aud: 'x', exp: inSeconds(600) };
  const forged = (i: number) => tokenOf({ alg: 'ES256', kid: `k${i}` }, claims, () => 'x'.repeat(64));
  const flood = await rawSocket(portOf(world));
  flood.write(Array.from({ length: 600 }, (_, i) => get([`Authorization: Bearer ${forged(i)}`])).join(''));
  const crowded = await eventually(async () => {
    const one = await fetch(`${world.gateway.origin}/mcp`, {
      headers: { authorization: `Bearer ${forged(1_000)}` },
      signal: AbortSignal.timeout(2_000),
    });
    const text = await one.text();
    return text.includes('too many credentials') && one;
  });
  expect([crowded.status, crowded.headers.get('retry-after')]).toEqual([503, '5']);
});

it('who has a network of IPv6 tries keys no faster with all of its addresses', async () => {
  const world = await startGateway({
    servers: { one: 'basic.mjs' },
    gateway: { keys: { an: 'key-of-an-that-nobody-guesses' }, trustProxy: ['127.0.0.1'] },
  });
  // In one piece: none of them comes after another one was answered.
  const tries = Array.from({ length: 12 }, (_, i) =>
    get([
      `Authorization: Bearer guess-${i}`,
      `X-Forwarded-For: 2001:db8:1:2::${i}`,
      ...(i === 11 ? ['Connection: close'] : []),
    ]),
  );
  const { text } = await rawHttp(portOf(world), tries.join(''));
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
  expect(statuses).toEqual([...Array(4).fill('401'), ...Array(8).fill('429')]);
});

it('forms and metadata that never end are cut off, and hold a bounded number of bytes', async () => {
  const world = await oauthWorld();
  const body = 'a'.repeat(50_000);
  let cut = 0;
  await Promise.all(
    Array.from({ length: 220 }, async () => {
      const socket = await rawSocket(portOf(world));
      socket.once('close', () => (cut += 1));
      socket.write(
        [
          ...['POST /token HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/x-www-form-urlencoded'],
          ...['Content-Length: 50001', '', body],
        ].join('\r\n'),
      );
    }),
  );
  // 8 MiB are 167 of them.
  await eventually(() => cut >= 220 - 167);
  const one = await fetch(`${world.base}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: 'x', code: 'y' }),
  });
  expect(one.status).toBe(401);
});
