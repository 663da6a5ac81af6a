import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readLogin } from '../../../../../src/transports/remote/auth/login-store.js';
import { requestTokens } from '../../../../../src/transports/remote/auth/token-requests.js';

const LOGIN = {
  ...{ version: 1, server: 'https://x', issuer: 'https://x', tokenEndpoint: 'https://x/token' },
  ...{ client: { id: 'c', authMethod: 'none' }, scopes: [], tokens: { accessToken: 'a', obtainedAt: 1 } },
};

it.each([
  ['a whole one', {}, true],
  ['one without tokens', { tokens: undefined }, true],
  ['a number as token', { tokens: { accessToken: 5 } }, false],
  ['a token with a line break', { tokens: { accessToken: 'a\r\nEvil: 1' } }, false],
  ['tokens that are none', { tokens: null }, false],
  ['no scopes', { scopes: 5 }, false],
  ['an odd refresh token', { tokens: { accessToken: 'a', refreshToken: {} } }, false],
])('a file is a login: %s', (_, change, isLogin) => {
  const file = join(mkdtempSync(join(tmpdir(), 'mcp-pipe-')), 'login.json');
  writeFileSync(file, JSON.stringify({ ...LOGIN, ...change }));
  expect(readLogin(file) !== undefined).toBe(isLogin);
});

it('a token that no header holds is refused before it is stored', async () => {
  const answer = JSON.stringify({ access_token: 'a\r\nEvil: 1', token_type: 'Bearer' });
  const asked = requestTokens(
    {
      as: { issuer: 'https://x', token_endpoint: 'https://x/token' },
      client: { id: 'c', authMethod: 'none' },
      ...{ privateKeyFile: undefined, resource: undefined },
      fetch: async () => new Response(answer, { headers: { 'content-type': 'application/json' } }),
    },
    'refresh_token',
    { refresh_token: 'r' },
  );
  await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('access_token') });
});
