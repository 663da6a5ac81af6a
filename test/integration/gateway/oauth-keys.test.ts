import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { changeKeys } from '../../../src/daemon/keys/key-file.js';
import { folder } from '../../helpers/cli.js';
import { eventually } from '../../helpers/eventually.js';
import { Browser, CLAUDE, logIn, pkce, post, registered, tokenIn } from '../../helpers/oauth-client.js';
import { initialize, oauthWorld } from '../../helpers/oauth-world.js';
import { addKeys, dropKey, storedKey } from '../../helpers/stored-key.js';

/** A gateway whose keys `mcp-pipe key` has made: `an` has one of the two servers. */
async function world() {
  const keyFile = join(await folder(), 'keys.json');
  const grant = { servers: ['basic'], tools: ['get_*'], readOnly: true, rate: { calls: 100, perMs: 60_000 } };
  const { key, record } = await storedKey('an', { grant });
  await addKeys(keyFile, record);
  return { ...(await oauthWorld({ gateway: { keys: {}, keyFile } })), keyFile, key };
}

test('a client has exactly the rights of its key, and what they are is shown before', async () => {
  const { base, key } = await world();
  const { client_id } = await registered(base);
  const browser = new Browser();
  const page = await browser.open(base, {
    ...{ response_type: 'code', client_id, redirect_uri: CLAUDE.redirect_uris[0] },
    ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
  });
  const token = tokenIn(await (await browser.go(page)).text());
  const shown = await (await browser.submit(page, { token, key, action: 'key' })).text();
  expect(shown).toContain('<dd>basic</dd>');
  expect(shown).toContain('<dd>get_*; only tools that change nothing</dd>');
  expect(shown).toContain('<dd>at most 100 in a minute</dd>');

  const { tokens } = await logIn(base, key);
  const at = (path: string) => initialize(base + path, tokens.access_token);
  expect([await at('/servers/basic/mcp'), await at('/servers/other/mcp')]).toEqual([200, 404]);
});

test('a key that is narrowed narrows its tokens at once, and keeps its clients logged in', async () => {
  const { base, key, keyFile } = await world();
  const { tokens, client } = await logIn(base, key);
  const at = (path: string, token = tokens.access_token) => initialize(base + path, token);
  expect(await at('/servers/basic/mcp')).toBe(200);
  await changeKeys(keyFile, (keys) => ({
    keys: keys.map((one) => ({ ...one, grant: { servers: ['other'] } })),
    result: undefined,
  }));
  await eventually(async () => (await at('/servers/basic/mcp')) === 404);
  expect(await at('/servers/other/mcp')).toBe(200);
  const renewed = await post(`${base}/token`, {
    ...{ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: client.client_id },
  });
  const { access_token } = (await renewed.json()) as { access_token: string };
  expect([
    await at('/servers/other/mcp', access_token),
    await at('/servers/basic/mcp', access_token),
  ]).toEqual([200, 404]);
});

test('a key that is revoked ends its tokens, its logins and what is open; one of the same name does not bring them back', async () => {
  const { base, key, keyFile, gateway } = await world();
  const { tokens, client } = await logIn(base, key);
  const socket = new WebSocket(`${base.replace('http', 'ws')}/servers/basic/ws`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  onTestFinished(() => socket.terminate());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => {});
  expect(gateway.logins?.all).toMatchObject([{ key: 'an', clientName: 'Claude' }]);

  await dropKey(keyFile, 'an');
  await closed;
  expect(await initialize(`${base}/servers/basic/mcp`, tokens.access_token)).toBe(401);
  expect(gateway.logins?.all).toEqual([]);
  await addKeys(keyFile, (await storedKey('an')).record);
  const refresh = await post(`${base}/token`, {
    ...{ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: client.client_id },
  });
  expect(refresh.status).toBe(400);
  expect(await initialize(`${base}/servers/basic/mcp`, tokens.access_token)).toBe(401);
});

test('the end of one login ends what is open for it, and nothing of another login with the same key', async () => {
  const { base, key, gateway } = await world();
  const [one, other] = [await logIn(base, key), await logIn(base, key)];
  const open = async (token: string) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/servers/basic/ws`, {
      headers: { authorization: `Bearer ${token}` },
    });
    onTestFinished(() => socket.terminate());
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => {});
    return socket;
  };
  const [first, second] = [await open(one.tokens.access_token), await open(other.tokens.access_token)];
  const closed = new Promise<void>((resolve) => first.once('close', () => resolve()));
  // The latest is the first of the list.
  const [, { id } = { id: '' }] = gateway.logins?.all ?? [];
  expect(gateway.logins?.end(id)).toMatchObject({ key: 'an' });
  await closed;
  expect(second.readyState).toBe(WebSocket.OPEN);
  expect(await initialize(`${base}/servers/basic/mcp`, one.tokens.access_token)).toBe(401);
  expect(await initialize(`${base}/servers/basic/mcp`, other.tokens.access_token)).toBe(200);
  expect(gateway.logins?.end('ffffffff')).toBeUndefined();
});
