import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readLogin } from '../../../../../src/transports/remote/auth/login-store.js';
import { authorizationServer } from '../../../../helpers/authorization-server.js';
import { folder } from '../../../../helpers/cli.js';
import { eventually } from '../../../../helpers/eventually.js';
import { loginClient } from '../../../../helpers/login-world.js';
import { remoteServer } from '../../../../helpers/remote-server.js';

const TOKENS = { access_token: 'access-new', token_type: 'Bearer', refresh_token: 'refresh-new' };

/** A login whose access token the server has ended, at an authorization server that answers renewals as it is told. */
async function ended(reply: (response: ServerResponse) => void) {
  let isReplying = false;
  const as = await authorizationServer({
    intercept: (path, _, response) => {
      if (!isReplying || path !== '/token') return false;
      reply(response);
      return true;
    },
  });
  const server = await remoteServer({ intercept: as.protect() });
  const client = loginClient(join(await folder(), 'logins'), server.url);
  await client.logIn();
  as.valid.clear();
  isReplying = true;
  return { as, client };
}

const page = (status: number) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'text/html' }).end('<html>maintenance');
};
const json = (status: number, body: object) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const stateOf = (client: { ask(): Promise<number> }) =>
  client.ask().catch((error) => (error as { end?: { kind: string } }).end?.kind ?? String(error));

describe('a renewal', () => {
  test.each([
    ['a page', page(200)],
    ['the page of a firewall', page(403)],
    ['a page that is missing', page(404)],
    ['a gateway that finds nothing', json(404, { error: 'Not Found' })],
    ['a gateway that refuses', json(403, { message: 'rate' })],
    ['JSON of something else', json(200, {})],
    ['a wish for time', json(400, { error: 'slow_down' })],
    ['a token that no header can have', json(200, { ...TOKENS, access_token: 'a\r\nX: y' })],
    ['a redirection', (response) => void response.writeHead(302, { location: 'https://x.test/' }).end()],
    [
      'an answer without end',
      (response) => {
        response.writeHead(200, { 'content-length': '100', 'content-type': 'application/json' });
        response.write('{', () => response.destroy());
      },
    ],
  ] as [string, (response: ServerResponse) => void][])(
    'that is answered by %s does not end the login',
    async (_, reply) => {
      const { client } = await ended(reply);
      expect(await stateOf(client)).toBe('unreachable');
      const { tokens, needed } = client.store.read()!;
      expect(tokens!.refreshToken).toMatch(/^refresh-/);
      expect(needed).toBeUndefined();
    },
  );

  test.each([
    ['invalid_grant', json(400, { error: 'invalid_grant' })],
    ['an error with status 200', json(200, { error: 'bad_refresh_token' })],
  ])('that is refused with %s ends it', async (_, reply) => {
    const { client } = await ended(reply);
    expect(await stateOf(client)).toBe(401);
    const { tokens, needed } = client.store.read()!;
    expect(tokens).not.toHaveProperty('refreshToken');
    expect(needed).toBeDefined();
  });

  test('of a client whose secret is wrong can be had again once it is right', async () => {
    const { client } = await ended(json(401, { error: 'invalid_client' }));
    expect(await stateOf(client)).toBe(401);
    expect(client.store.read()).toMatchObject({
      tokens: { refreshToken: expect.stringMatching(/^refresh-/) },
      needed: { why: 'renewal-refused' },
    });
  });

  test.each([0, -5, null, 'never', 1e17, '0'])(
    'whose end is said to be %j gives a token of unknown end',
    async (expires_in) => {
      const { as, client } = await ended(json(200, { ...TOKENS, expires_in }));
      as.valid.add('access-new');
      expect(await stateOf(client)).toBe(200);
      expect(client.store.read()!.tokens).toMatchObject({
        accessToken: 'access-new',
        refreshToken: 'refresh-new',
      });
      expect(client.store.read()!.tokens).not.toHaveProperty('expiresAt');
    },
  );

  test('takes a list of scopes, and keeps the refresh token where none that is one comes', async () => {
    const { client, as } = await ended(json(200, { ...TOKENS, refresh_token: null, scope: ['a', 'b'] }));
    as.valid.add('access-new');
    const { refreshToken } = client.store.read()!.tokens!;
    expect(await stateOf(client)).toBe(200);
    expect(client.store.read()!.tokens).toMatchObject({ refreshToken, scopes: ['a', 'b'] });
  });

  test('that fails again and again is asked for less and less often', async () => {
    let asked = 0;
    const { client } = await ended((response) => {
      asked += 1;
      page(503)(response);
    });
    const startedAt = performance.now();
    for (let i = 0; i < 20; i++) expect(await stateOf(client)).toBe('unreachable');
    // Twice at once, then after half a second, a second, two, and so on.
    expect(asked).toBeLessThanOrEqual(2 + Math.log2((performance.now() - startedAt) / 500 + 1));
  });

  test('that takes long holds up no call whose token is still good', async () => {
    let answer = () => {};
    const { as, client } = await ended((response) => {
      answer = () => json(200, TOKENS)(response);
    });
    const login = client.store.read()!;
    const { accessToken } = login.tokens!;
    as.valid.add(accessToken);
    const now = Date.now();
    const tokens = { ...login.tokens!, obtainedAt: now - 3_600_000, expiresAt: now + 30_000 };
    client.store.write({ ...login, tokens });
    expect(await Promise.race([client.ask(), new Promise((resolve) => setTimeout(resolve, 5_000))])).toBe(
      200,
    );
    expect(await client.ask()).toBe(200);
    answer();
    await eventually(() => client.store.read()?.tokens?.accessToken === 'access-new');
  });

  test('by a client alone keeps the rights that a call has needed', async () => {
    const as = await authorizationServer();
    as.secrets.set('machine', 'its-secret');
    const server = await remoteServer({ intercept: as.protect() });
    const client = loginClient(join(await folder(), 'logins'), server.url, {
      grant: 'client_credentials',
      clientId: 'machine',
      clientSecret: 'its-secret',
    });
    as.neededScope = 'admin';
    expect(await client.ask()).toBe(200);
    as.valid.clear();
    expect(await client.ask()).toBe(200);
    expect(as.requests.at(-1)!.body.get('scope')).toBe('admin');
  });
});

test('an odd answer with a token in it is not carried along in the error', async () => {
  const as = await authorizationServer({
    intercept: (path, _, response) => {
      if (path === '/token') json(200, { ...TOKENS, token_type: 5 })(response);
      return path === '/token';
    },
  });
  const server = await remoteServer({ intercept: as.protect() });
  const client = loginClient(join(await folder(), 'logins'), server.url);
  const error = await client.logIn().catch((reason) => reason);
  expect(error).toMatchObject({ code: 'LOGIN_FAILED' });
  expect(inspect(error, { depth: 20 })).not.toMatch(/access-|refresh-/);
});

test('the secret of a client goes to the authorization server that it was used at first, and to no other', async () => {
  const as = await authorizationServer();
  const other = await authorizationServer();
  as.secrets.set('machine', 'its-secret');
  let issuer = as.issuer;
  const protect = as.protect();
  const server = await remoteServer({
    intercept: (seen, response) => {
      if (!seen.path.startsWith('/.well-known/oauth-protected-resource')) return protect(seen, response);
      json(200, { resource: `http://${seen.headers.host}/mcp`, authorization_servers: [issuer] })(response);
      return true;
    },
  });
  const client = loginClient(join(await folder(), 'logins'), server.url, {
    grant: 'client_credentials',
    clientId: 'machine',
    clientSecret: 'its-secret',
  });
  expect(await client.ask()).toBe(200);
  issuer = other.issuer;
  as.valid.clear();
  expect(await stateOf(client)).toBe(401);
  expect(other.requests.map(({ path }) => path)).not.toContain('/token');
  client.store.remove();
  expect(await stateOf(client)).not.toBe(200);
  expect(other.requests.map(({ path }) => path)).toContain('/token');
});

test.each(['ended', 'refused'])(
  'a login that is %s in a folder that cannot be written costs a server, and says why',
  async (how) => {
    const as = await authorizationServer({ lifetimeS: how === 'ended' ? 0.01 : 3_600 });
    const server = await remoteServer({ intercept: as.protect() });
    const client = loginClient(join(await folder(), 'logins'), server.url);
    await client.logIn();
    if (how === 'refused') as.valid.clear();
    else await new Promise((resolve) => setTimeout(resolve, 15));
    client.store.locked = () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' }));
    await expect(client.ask()).rejects.toMatchObject({
      end: { kind: 'not-started', reason: 'EROFS', said: { id: 'login-not-stored' } },
    });
    // More rights are only noted.
    as.neededScope = 'admin';
    if (how === 'refused') as.valid.add(client.store.read()!.tokens!.accessToken);
    if (how === 'refused') expect(await client.ask()).toBe(403);
  },
);

test.each([
  { tokens: 'x' },
  { tokens: { accessToken: 5 } },
  { scopes: undefined },
  { needed: { why: 'scope', since: 'x' } },
  { needed: { why: 'scope', since: 1, scopes: 5 } },
  { client: null },
])('a file that somebody has changed to %j is no login', async (change) => {
  const file = join(await folder(), 'login.json');
  const login = { version: 1, issuer: 'i', tokenEndpoint: 't', client: { id: 'c' }, scopes: [] };
  writeFileSync(file, JSON.stringify(login));
  expect(readLogin(file)).toBeDefined();
  writeFileSync(file, JSON.stringify({ ...login, ...change }));
  expect(readLogin(file)).toBeUndefined();
});
