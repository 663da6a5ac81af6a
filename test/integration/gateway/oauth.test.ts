import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CHATGPT, CLAUDE, logIn, post, type Tokens } from '../../helpers/oauth-client.js';
import { initialize, KEY, OAUTH_PLAN, OTHER_KEY, oauthWorld } from '../../helpers/oauth-world.js';

test('as Claude.ai: a client that speaks OAuth only is let in by a person with a key, and begins a session', async () => {
  const spies = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  const { base, events } = await oauthWorld();
  const { tokens, callback, client } = await logIn(base, KEY);
  expect(callback.href).toMatch(/^https:\/\/claude\.ai\/api\/mcp\/auth_callback\?/);
  expect(callback.searchParams.get('state')).toBe('st-1');
  // RFC 9207: the client can tell which server answers.
  expect(callback.searchParams.get('iss')).toBe(base);
  expect(client).not.toHaveProperty('client_secret');
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3_600, scope: 'mcp' });
  expect(await initialize(`${base}/mcp`, tokens.access_token)).toBe(200);
  expect(events).toMatchObject([
    { type: 'registered', client: 'Claude', hosts: ['claude.ai'] },
    { type: 'let-in', client: 'Claude', key: 'an', host: 'claude.ai' },
  ]);
  // The library has something to say about Node 20 and its defaults.
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});

test('as ChatGPT: a client with a secret is let in, and its token changes with each use', async () => {
  const { base } = await oauthWorld();
  const { tokens, client } = await logIn(base, KEY, { metadata: { ...CLAUDE, ...CHATGPT } });
  expect(client.client_secret).toMatch(/^[\w-]{80,}$/);
  const refresh = (refresh_token: string) =>
    post(`${base}/token`, {
      ...{ grant_type: 'refresh_token', refresh_token, client_id: client.client_id },
      client_secret: client.client_secret!,
    });
  const next = (await (await refresh(tokens.refresh_token)).json()) as Tokens;
  expect(next.refresh_token).not.toBe(tokens.refresh_token);
  expect(await initialize(`${base}/mcp`, next.access_token)).toBe(200);
});

test('metadata are where clients look for them, and agree with what is served', async () => {
  const { base } = await oauthWorld();
  const paths = [
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
    '/mcp/.well-known/openid-configuration',
  ];
  for (const path of paths) {
    const response = await fetch(base + path);
    expect(response.status, path).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({
      issuer: base,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      registration_endpoint: `${base}/register`,
      revocation_endpoint: `${base}/revoke`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
    });
  }
  expect((await fetch(`${base}/token`)).status).toBe(405);
});

test('a login outlives a restart; the file of it holds neither tokens nor secrets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-oauth-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const first = await oauthWorld({ folder });
  const port = Number(new URL(first.base).port);
  const { client, tokens, verifier } = await logIn(first.base, KEY, { metadata: { ...CLAUDE, ...CHATGPT } });
  await first.stop();
  const file = join(folder, 'oauth.json');
  const kept = readFileSync(file, 'utf8');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const secret of [tokens.access_token, tokens.refresh_token, client.client_secret!, verifier, KEY])
    expect(kept).not.toContain(secret);

  const { base } = await oauthWorld({ folder, gateway: { port } });
  expect(await initialize(`${base}/mcp`, tokens.access_token)).toBe(200);
  // What is in the file opens nothing.
  for (const { digest } of JSON.parse(kept).tokens) {
    expect(await initialize(`${base}/mcp`, digest)).toBe(401);
    const response = await post(`${base}/token`, {
      ...{ grant_type: 'refresh_token', refresh_token: digest, client_id: client.client_id },
      client_secret: client.client_secret!,
    });
    expect(response.status).toBe(400);
  }
  const keptSecret = JSON.parse(kept).clients[0].metadata.client_secret as string;
  for (const client_secret of [keptSecret, keptSecret.slice('sha256:'.length)]) {
    const { client_id } = client;
    const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id };
    expect((await post(`${base}/token`, { ...fields, client_secret })).status).toBe(401);
  }
  const next = await post(`${base}/token`, {
    ...{ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: client.client_id },
    client_secret: client.client_secret!,
  });
  expect(next.status).toBe(200);
});

test('a key that goes or gets another value takes its logins with it, and no others', async () => {
  const world = await oauthWorld();
  const { base } = world;
  const [an, binh] = [await logIn(base, KEY), await logIn(base, OTHER_KEY)];
  const status = (of: typeof an) => initialize(`${base}/mcp`, of.tokens.access_token);
  const refresh = async ({ client, tokens }: typeof an) => {
    const { client_id } = client;
    const { refresh_token } = tokens;
    return (await post(`${base}/token`, { grant_type: 'refresh_token', refresh_token, client_id })).status;
  };
  const apply = (keys: Record<string, string>) =>
    world.apply({
      servers: { basic: 'basic.mjs', other: 'basic.mjs' },
      gateway: { keys, oauth: OAUTH_PLAN },
    });
  expect([await status(an), await status(binh)]).toEqual([200, 200]);
  await apply({ an: 'an-key-another-1b2c', binh: OTHER_KEY });
  expect([await status(an), await status(binh)]).toEqual([401, 200]);
  expect([await refresh(an), await refresh(binh)]).toEqual([400, 200]);
  await apply({ an: 'an-key-another-1b2c' });
  expect(await status(binh)).toBe(401);
});

test('a client ends its own login, and nobody else does', async () => {
  const { base } = await oauthWorld();
  const [one, other] = [await logIn(base, KEY), await logIn(base, KEY)];
  const revoke = async (token: string, client_id: string) =>
    (await post(`${base}/revoke`, { token, client_id })).status;
  expect(await revoke(one.tokens.refresh_token, other.client.client_id)).toBe(200);
  expect(await initialize(`${base}/mcp`, one.tokens.access_token)).toBe(200);
  expect(await revoke(one.tokens.refresh_token, one.client.client_id)).toBe(200);
  expect(await initialize(`${base}/mcp`, one.tokens.access_token)).toBe(401);
  expect(await initialize(`${base}/mcp`, other.tokens.access_token)).toBe(200);
});
