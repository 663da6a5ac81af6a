import { expect, test, vi } from 'vitest';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { CHATGPT, CLAUDE, logIn, post, type Tokens } from '../../helpers/oauth-client.js';
import { initialize, OAUTH_PLAN } from '../../helpers/oauth-world.js';

const KEY = 'an-key-5f2b8c1d9e7a';
const OTHER = 'binh-key-0c4e6a8d2f1b';

function world(more: { oauth?: Partial<typeof OAUTH_PLAN>; events?: unknown[] } = {}): Promise<GatewayWorld> {
  return startGateway({
    servers: { basic: 'basic.mjs' },
    gateway: { keys: { an: KEY, binh: OTHER }, oauth: { ...OAUTH_PLAN, ...more.oauth } },
    options: { onOAuth: (event) => more.events?.push(event) },
  });
}

test('as Claude.ai: a client that speaks OAuth only is let in by a person with a key, and begins a session', async () => {
  const spies = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  const events: unknown[] = [];
  const { gateway } = await world({ events });
  const base = gateway.origin!;
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
  const { gateway } = await world();
  const base = gateway.origin!;
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
