import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SdkLogin } from '../helpers/sdk-login.js';
import { fetchOver, sdkClient, textsOf } from './clients.js';
import { Deployment, KEY } from './deployment.js';

test('a login of OAuth goes through nginx, and its tokens find the replica that knows them', async () => {
  const world = await Deployment.start({ gateway: { oauth: true } });
  // The person's browser believes the certificate as well.
  const fetch = fetchOver(world.ca);
  vi.stubGlobal('fetch', fetch);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const authProvider = new SdkLogin(KEY);
  const transportOf = () =>
    new StreamableHTTPClientTransport(new URL(world.url('one')), { authProvider, fetch });
  const make = () => new Client({ name: 'logs in', version: '1' });
  const first = transportOf();
  await expect(make().connect(first)).rejects.toBeInstanceOf(UnauthorizedError);
  expect(authProvider.issuers).toEqual([world.origin]);
  await first.finishAuth(authProvider.codes[0]!);
  await first.close();
  const { access_token: token } = authProvider.kept.tokens!;
  // What replicas.conf knows them by.
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);

  for (let i = 0; i < 6; i++) {
    const [client, transport] = [make(), transportOf()];
    await client.connect(transport);
    onTestFinished(() => client.close());
    expect(transport.sessionId).toMatch(/^a\./);
    expect(await textsOf(client)('echo', { text: 'logged in' })).toBe('logged in');
  }
  expect(authProvider.logins).toBe(1);
  // The other replica would have refused it, and it would have been renewed.
  expect(authProvider.kept.tokens!.access_token).toBe(token);
  // A token that is over is renewed there.
  authProvider.kept.tokens = { ...authProvider.kept.tokens!, access_token: 'x'.repeat(43) };
  const renewed = make();
  await renewed.connect(transportOf());
  onTestFinished(() => renewed.close());
  expect(authProvider.kept.tokens.access_token).not.toBe('x'.repeat(43));
  expect(authProvider.logins).toBe(1);
  // Keys are good at both.
  const others = await Promise.all(Array.from({ length: 6 }, () => sdkClient(world)));
  expect(new Set(others.map(({ transport }) => transport.sessionId!.slice(0, 2)))).toEqual(
    new Set(['a.', 'b.']),
  );

  // While that replica is away, logins wait: a 401 of the other one would make clients throw theirs away. Keys go on.
  await world.killReplica('a');
  const good = authProvider.kept.tokens.access_token;
  for (const [path, init] of [
    ['/servers/one/mcp', { method: 'POST', headers: { authorization: `Bearer ${good}` }, body: '{}' }],
    [
      '/servers/one/mcp?of=a-session',
      { method: 'POST', headers: { authorization: `Bearer ${good}`, 'mcp-session-id': 'a.1' }, body: '{}' },
    ],
    ['/.well-known/oauth-authorization-server', {}],
    ['/authorize', {}],
    ['/token', { method: 'POST' }],
    ['/register', { method: 'POST' }],
  ] as const) {
    const { status, headers } = await fetch(`${world.origin}${path}`, init);
    expect({ path, status, wait: headers.get('retry-after') }).toEqual({ path, status: 503, wait: '5' });
  }
  const { client: byKey } = await sdkClient(world);
  expect(await textsOf(byKey)('echo', { text: 'by key' })).toBe('by key');
  await world.startReplica('a');
  const again = make();
  await again.connect(transportOf());
  onTestFinished(() => again.close());
  expect(authProvider.kept.tokens.access_token).toBe(good);
  expect(authProvider.logins).toBe(1);
});
