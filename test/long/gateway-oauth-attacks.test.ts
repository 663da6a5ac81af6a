import { afterAll, describe, expect, test } from 'vitest';
import { folder } from '../helpers/cli.js';
import {
  authorizeUrl,
  Browser,
  CLAUDE,
  logIn,
  pkce,
  post,
  type Registered,
  register,
  registered,
  type Tokens,
  tokenIn,
} from '../helpers/oauth-client.js';
import { initialize, KEY, oauthWorld } from '../helpers/oauth-world.js';

const REDIRECT = CLAUDE.redirect_uris[0]!;
const { verifier, challenge } = pkce();

const world = oauthWorld({}, (stop) => afterAll(stop));

/** A login of a client, with what the attack changes. */
function login(base: string, { client_id }: Registered, more: object = {}) {
  return {
    ...{ response_type: 'code', client_id, redirect_uri: REDIRECT, state: 'st', resource: `${base}/mcp` },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
    ...more,
  };
}

/** What an attempt to log in leads to: a page, or an address. */
async function opened(base: string, params: Parameters<typeof authorizeUrl>[1]) {
  const response = await fetch(authorizeUrl(base, params), { redirect: 'manual' });
  const location = response.headers.get('location');
  return { status: response.status, location: location === null ? undefined : new URL(location, base) };
}

async function codeFor(base: string, client: Registered, more: object = {}): Promise<string> {
  const browser = new Browser();
  const page = await browser.open(base, login(base, client, more));
  return (await browser.consent(page, KEY)).searchParams.get('code')!;
}

const exchange = (base: string, { client_id }: Registered, code: string, more: Record<string, string> = {}) =>
  post(`${base}/token`, {
    ...{ grant_type: 'authorization_code', code, client_id },
    ...{ redirect_uri: REDIRECT, code_verifier: verifier },
    ...more,
  });

const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;

describe('codes', () => {
  test('one that comes twice is worth nothing, and ends what it was exchanged for', async () => {
    const { base } = await world;
    const client = await registered(base);
    const code = await codeFor(base, client);
    const first = (await (await exchange(base, client, code)).json()) as Tokens;
    expect(await initialize(`${base}/mcp`, first.access_token)).toBe(200);
    expect(await errorOf(await exchange(base, client, code))).toBe('invalid_grant');
    expect(await initialize(`${base}/mcp`, first.access_token)).toBe(401);
  });

  test('of many exchanges of one code at a time, at most one succeeds', async () => {
    const { base } = await world;
    const client = await registered(base);
    const code = await codeFor(base, client);
    const all = await Promise.all(Array.from({ length: 8 }, () => exchange(base, client, code)));
    expect(all.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test.each([
    ['another client', {}, true],
    ['no verifier', { code_verifier: '' }, false],
    ['another verifier', { code_verifier: 'x'.repeat(43) }, false],
    ['the challenge as the verifier', { code_verifier: challenge }, false],
    ['another redirect_uri', { redirect_uri: `${REDIRECT}/` }, false],
    ['a resource of another gateway', { resource: 'https://other.example/mcp' }, false],
  ])('with %s it is not exchanged', async (_, more: Record<string, string>, isForeign) => {
    const { base } = await world;
    const client = await registered(base);
    const code = await codeFor(base, client);
    const response = await exchange(base, isForeign ? await registered(base) : client, code, more);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(code);
  });
});

describe('logins', () => {
  let client: Registered | undefined;
  const known = async (base: string) => {
    client ??= await registered(base, {
      ...CLAUDE,
      redirect_uris: [REDIRECT, 'http://127.0.0.1:3000/callback', 'http://localhost/callback'],
    });
    return client;
  };

  test.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['a plain challenge', { code_challenge: verifier, code_challenge_method: 'plain' }],
    ['a challenge without its method', { code_challenge_method: undefined }],
    ['the implicit flow', { response_type: 'token' }],
    ['an ID token', { response_type: 'id_token', nonce: 'n' }],
    ['a resource of another gateway', { resource: 'https://other.example/mcp' }],
    ['a resource that only begins as ours', { resource: 'http://127.0.0.1:1/mcp' }],
    ['a page of the gateway as resource', { resource: 'BASE/health' }],
    ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }],
    ['a request_uri', { request_uri: 'https://evil.example/request' }],
    ['the answer in the fragment', { response_mode: 'fragment' }],
  ])('with %s they are refused, and the client is told so by its own address', async (_, more) => {
    const { base } = await world;
    const changed = Object.fromEntries(
      Object.entries(more).map(([name, value]) => [name, value?.replace('BASE', base)]),
    );
    const { location } = await opened(base, login(base, await known(base), changed));
    expect(location?.origin).toBe('https://claude.ai');
    const answer = new URLSearchParams(location!.search || location!.hash.slice(1));
    expect(answer.get('error')).toMatch(/^(invalid_|unsupported_|request_)/);
    // RFC 9207 §2: of errors as well.
    expect(answer.get('iss')).toBe(base);
    expect(answer.get('code')).toBeNull();
  });

  test.each([
    ['a longer path', `${REDIRECT}/more`],
    ['a query', `${REDIRECT}?next=https://evil.example`],
    ['a fragment', `${REDIRECT}#x`],
    ['a user', 'https://claude.ai@evil.example/api/mcp/auth_callback'],
    ['a host that begins as it', 'https://claude.ai.evil.example/api/mcp/auth_callback'],
    ['another port', 'https://claude.ai:8443/api/mcp/auth_callback'],
    ['http', 'http://claude.ai/api/mcp/auth_callback'],
    ['a way up', 'https://claude.ai/api/mcp/x/../auth_callback'],
    ['capital letters', 'https://CLAUDE.ai/api/mcp/auth_callback'],
    ['a backslash', 'https://claude.ai\\@evil.example/api/mcp/auth_callback'],
    ['a script', 'javascript:alert(1)'],
    ['this machine by another name', 'http://127.0.0.1.evil.example/callback'],
    ['this machine with another path', 'http://127.0.0.1:3000/other'],
    ['this machine with a user', 'http://a@127.0.0.1:3000/callback'],
    ['nothing', undefined],
  ])('to an address with %s nobody is sent', async (_, redirect_uri) => {
    const { base } = await world;
    const { status, location } = await opened(base, login(base, await known(base), { redirect_uri }));
    expect(status).toBe(400);
    expect(location).toBeUndefined();
  });

  test('to this machine the port does not count (RFC 8252 §7.3)', async () => {
    const { base } = await world;
    for (const redirect_uri of ['http://127.0.0.1:51234/callback', 'http://localhost:7/callback']) {
      const { status, location } = await opened(base, login(base, await known(base), { redirect_uri }));
      expect([status, location?.pathname.slice(0, 9)]).toEqual([303, '/consent/']);
    }
  });

  test('of a client that is not known are no redirects', async () => {
    const { base } = await world;
    const params = login(base, { client_id: 'unknown' }, { redirect_uri: 'https://evil.example/' });
    const { status, location } = await opened(base, params);
    expect([status, location]).toEqual([400, undefined]);
  });

  test('twice the same parameter is refused', async () => {
    const { base } = await world;
    const params = login(base, await known(base), { redirect_uri: [REDIRECT, 'https://evil.example/'] });
    const { location } = await opened(base, params);
    expect(location?.host ?? 'none').toMatch(/^(none|claude\.ai)$/);
  });

  test('the issuer is not what a request says', async () => {
    const { base } = await world;
    const response = await fetch(`${base}/.well-known/oauth-authorization-server`, {
      headers: {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
      },
    });
    expect(await response.json()).toMatchObject({ issuer: base, token_endpoint: `${base}/token` });
    const { location } = await opened(base, login(base, await known(base)));
    expect(location?.origin).toBe(base);
  });
});

describe('tokens', () => {
  test('a refresh token that comes twice ends the login, whoever had it first', async () => {
    const { base } = await world;
    const { client, tokens } = await logIn(base, KEY);
    const refresh = (refresh_token: string) =>
      post(`${base}/token`, { grant_type: 'refresh_token', refresh_token, client_id: client.client_id });
    const next = (await (await refresh(tokens.refresh_token)).json()) as Tokens;
    expect(await initialize(`${base}/mcp`, next.access_token)).toBe(200);
    expect(await errorOf(await refresh(tokens.refresh_token))).toBe('invalid_grant');
    expect(await initialize(`${base}/mcp`, next.access_token)).toBe(401);
    expect(await errorOf(await refresh(next.refresh_token))).toBe('invalid_grant');
  });

  test('of many uses of one refresh token at a time, at most one succeeds', async () => {
    const state = await folder();
    const first = await oauthWorld({ folder: state });
    const { client, tokens } = await logIn(first.base, KEY);
    await first.stop();
    // After a restart, all of them wait for the hash of the key, and go on together.
    const { base } = await oauthWorld({ folder: state, gateway: { port: Number(new URL(first.base).port) } });
    const { refresh_token } = tokens;
    const { client_id } = client;
    const fields = { grant_type: 'refresh_token', refresh_token, client_id };
    const all = await Promise.all(Array.from({ length: 8 }, () => post(`${base}/token`, fields)));
    expect(all.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test('one for the address of a server is good there only', async () => {
    const { base } = await world;
    const { tokens } = await logIn(base, KEY, { resource: `${base}/servers/basic/mcp` });
    const at = (path: string) => initialize(base + path, tokens.access_token);
    expect(await at('/servers/basic/mcp')).toBe(200);
    expect([await at('/mcp'), await at('/servers/other/mcp')]).toEqual([401, 401]);
  });

  test('one of another gateway is not known', async () => {
    const [{ base }, other] = [await world, await oauthWorld()];
    const { tokens } = await logIn(other.base, KEY);
    expect(await initialize(`${base}/mcp`, tokens.access_token)).toBe(401);
  });

  test('a refresh token, a code and the id of a client open nothing', async () => {
    const { base } = await world;
    const { client, tokens } = await logIn(base, KEY);
    const code = await codeFor(base, client);
    for (const credential of [tokens.refresh_token, code, client.client_id])
      expect(await initialize(`${base}/mcp`, credential)).toBe(401);
  });

  test.each(['password', 'client_credentials', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code'])(
    'there is none for %s',
    async (grant_type) => {
      const { base } = await world;
      const { client_id } = await registered(base);
      const response = await post(`${base}/token`, {
        ...{ grant_type, client_id, username: 'an', password: KEY },
      });
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toBe('unsupported_grant_type');
    },
  );

  test('no access token can be pasted as a key', async () => {
    const { base } = await oauthWorld();
    const { client, tokens } = await logIn(base, KEY);
    const browser = new Browser();
    const page = await browser.open(base, login(base, client));
    const token = tokenIn(await (await browser.go(page)).text());
    const answer = await browser.submit(page, { token, key: tokens.access_token, action: 'key' });
    expect(answer.status).toBe(403);
  });
});

describe('registrations', () => {
  test.each([
    'http://claude.ai/callback',
    'http://192.168.1.5/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'cursor://anysphere/callback',
    'https://a:b@claude.ai/callback',
    'https://claude.ai/callback#x',
    'https://claude.ai\\@evil.example/callback',
    'https://CLAUDE.ai/callback',
    ' https://claude.ai/callback',
    'https://claude.ai/\tcallback',
    `https://claude.ai/${'x'.repeat(2_000)}`,
    '/callback',
    '',
    7,
  ])('with %j are refused', async (uri) => {
    const { base } = await registrations;
    const response = await register(base, { ...CLAUDE, redirect_uris: [uri] });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe('invalid_redirect_uri');
  });
  const registrations = oauthWorld({}, (stop) => afterAll(stop));

  test('what a client says of itself is not believed further than needed', async () => {
    const { base } = await oauthWorld();
    const client = await registered(base, {
      ...CLAUDE,
      ...{ grant_types: ['password', 'implicit', 'client_credentials'], response_types: ['token'] },
      ...{
        scope: 'admin openid',
        logo_uri: 'https://evil.example/x.png',
        jwks_uri: 'http://169.254.169.254/',
      },
      ...{ client_id: 'chosen', client_secret: 'chosen', sector_identifier_uri: 'http://127.0.0.1:1/' },
    });
    expect(client.client_id).not.toBe('chosen');
    expect(client).toMatchObject({
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'mcp',
    });
    for (const name of ['logo_uri', 'jwks_uri', 'client_secret', 'sector_identifier_uri'])
      expect(client).not.toHaveProperty(name);
  });

  test('a flood is slowed down by address, and logs nobody out', async () => {
    const { base } = await oauthWorld();
    const { tokens } = await logIn(base, KEY);
    const all = await Promise.all(Array.from({ length: 60 }, () => register(base, CLAUDE)));
    const statuses = all.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(29);
    expect(statuses.filter((status) => status === 429)).toHaveLength(31);
    const refused = all.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(await initialize(`${base}/mcp`, tokens.access_token)).toBe(200);
  });

  test('closed, they are refused, and clients that are known go on', async () => {
    const folderWorld = await oauthWorld();
    const { client } = await logIn(folderWorld.base, KEY);
    await folderWorld.apply({
      servers: { basic: 'basic.mjs', other: 'basic.mjs' },
      gateway: {
        ...folderWorld.plan.gateway,
        oauth: { ...folderWorld.plan.gateway!.oauth!, registration: false },
      },
    });
    const { base } = folderWorld;
    expect((await register(base, CLAUDE)).status).toBe(403);
    const metadata = await (await fetch(`${base}/.well-known/oauth-authorization-server`)).json();
    expect(metadata).not.toHaveProperty('registration_endpoint');
    expect((await opened(base, login(base, client))).status).toBe(303);
  });

  test('with "redirectHosts", only to those and to this machine', async () => {
    const { base } = await oauthWorld({ oauth: { redirectHosts: ['claude.ai'] } });
    const uris = [REDIRECT, 'http://localhost:1/cb', 'https://evil.example/cb', 'https://claude.ai:444/cb'];
    const statuses = [];
    for (const uri of uris) {
      const response = await register(base, { ...CLAUDE, redirect_uris: [uri] });
      statuses.push(response.status);
    }
    expect(statuses).toEqual([201, 201, 400, 400]);
  });
});
