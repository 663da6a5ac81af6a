import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ClientDocuments } from '../../../../src/daemon/oauth/client-documents.js';
import { makeProvider } from '../../../../src/daemon/oauth/make-provider.js';
import { OAuthStore } from '../../../../src/daemon/oauth/oauth-store.js';
import { OpenPages } from '../../../../src/daemon/oauth/open-pages.js';
import { pkce } from '../../../helpers/oauth-client.js';

const PUBLIC = ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'];

test.each([
  ['https://127.0.0.1/client.json', PUBLIC],
  ['https://[::1]/client.json', PUBLIC],
  ['https://[::ffff:10.0.0.1]/client.json', PUBLIC],
  ['https://169.254.169.254/latest/meta-data', PUBLIC],
  ['https://93.184.216.34/client.json', PUBLIC],
  ['https://localhost/client.json', PUBLIC],
  ['https://nas.local/client.json', PUBLIC],
  ['https://client.example:8443/client.json', PUBLIC],
  ['https://inside.example/client.json', ['10.1.2.3']],
  ['https://loop.example/client.json', ['127.0.0.1']],
  ['https://half.example/client.json', [...PUBLIC, '192.168.1.1']],
  ['https://six.example/client.json', ['fd00::1']],
  ['https://none.example/client.json', []],
])('nothing is fetched from %s, which is at %j', async (id, addresses) => {
  const documents = new ClientDocuments({ resolve: async () => addresses });
  expect(await documents.allows(id)).toBe(false);
});

test('a name that cannot be resolved is refused, and one that is public is not', async () => {
  const failing = new ClientDocuments({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
  expect(await failing.allows('https://client.example/client.json')).toBe(false);
  const documents = new ClientDocuments({ resolve: async () => PUBLIC });
  expect(await documents.allows('https://client.example/client.json')).toBe(true);
});

/** Where a login of a client named by its document leads to; `asked`: what was fetched. */
async function login(id: string, document: object, isOn = true) {
  const asked: string[] = [];
  const documents = new ClientDocuments({
    resolve: async (name) => (name === 'inside.example' ? ['10.1.2.3'] : PUBLIC),
    fetch: async (url, { dispatcher, redirect }) => {
      asked.push(url);
      expect(dispatcher).toBeDefined();
      expect(redirect).toBe('manual');
      return Response.json(document);
    },
  });
  const provider = makeProvider({
    issuer: 'http://127.0.0.1',
    plan: {
      ...{ accessTokenMs: 60_000, refreshTokenMs: 60_000, registration: false },
      ...{ clientDocuments: isOn, redirectHosts: [] },
    },
    ...{ store: new OAuthStore({ keep: () => {} }), pages: new OpenPages(), documents },
    ...{ isResource: () => true, isKey: async () => true, onRegistered: () => {}, onFault: () => {} },
    showError: (context, { error }) => {
      context.body = error;
    },
  });
  const server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const query = new URLSearchParams({
    ...{ response_type: 'code', client_id: id, redirect_uri: 'https://client.example/cb', scope: 'mcp' },
    ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
  });
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/authorize?${query}`, { redirect: 'manual' });
  return { asked, status: response.status, body: await response.text() };
}

const ID = 'https://client.example/client.json';
const DOCUMENT = { client_id: ID, client_name: 'By document', redirect_uris: ['https://client.example/cb'] };

test('a client is taken by its document where they are on', async () => {
  const document = { ...DOCUMENT, token_endpoint_auth_method: 'none' };
  expect(await login(ID, document)).toMatchObject({ asked: [ID], status: 303 });
  expect(await login(ID, document, false)).toMatchObject({ asked: [], status: 400 });
});

test.each([
  ['of another client', ID, { ...DOCUMENT, client_id: 'https://other.example/client.json' }, true],
  ['with another redirect', ID, { ...DOCUMENT, redirect_uris: ['https://client.example/other'] }, true],
  ['with a secret', ID, { ...DOCUMENT, client_secret: 'x' }, true],
  ['inside', 'https://inside.example/client.json', DOCUMENT, false],
])('one %s is refused', async (_, id, document, isAsked) => {
  const { asked, status } = await login(id, { token_endpoint_auth_method: 'none', ...document });
  expect([asked.length > 0, status]).toEqual([isAsked, 400]);
});
