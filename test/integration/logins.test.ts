import { fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AuthorizationServerOptions, authorizationServer } from '../helpers/authorization-server.js';
import { folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { loginClient } from '../helpers/login-world.js';
import { remoteServer } from '../helpers/remote-server.js';

async function world(options: AuthorizationServerOptions = {}) {
  const as = await authorizationServer(options);
  const server = await remoteServer({ intercept: as.protect() });
  const state = join(await folder(), 'logins');
  return { as, server, state, client: loginClient(state, server.url) };
}

/** Another process with the same logins. */
async function renewer(state: string, url: string, times: number) {
  const child = fork(join(import.meta.dirname, '../fixtures/login-renewer.ts'), [state, url, String(times)], {
    execArgv: ['--import', 'tsx'],
    stdio: 'inherit',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return {
    pid: child.pid!,
    run: async () => {
      const answered = once(child, 'message');
      child.send('go');
      return (await answered)[0] as (number | string)[];
    },
    kill: () => child.kill('SIGKILL'),
  };
}

const reasonOf = (result: Promise<unknown>) =>
  result.then(
    () => undefined,
    (error) => error,
  );

describe('a login', () => {
  test('is sent along, renewed before it ends, and its tokens are told to be hidden', async () => {
    const { as, client } = await world();
    expect(await client.ask()).toBe(401);
    await client.logIn();
    expect(await client.ask()).toBe(200);
    const login = client.store.read()!;
    const first = login.tokens!;
    // Of an hour, half a minute is left.
    const late = { ...first, obtainedAt: Date.now() - 3_600_000, expiresAt: Date.now() + 30_000 };
    client.store.write({ ...login, tokens: late });
    expect(await client.ask()).toBe(200);
    const second = await eventually(
      () => {
        const now = client.store.read()!;
        return now.tokens!.accessToken !== first.accessToken && now;
      },
      { what: 'the renewed login' },
    );
    expect(second.tokens!.refreshToken).not.toBe(first.refreshToken);
    expect(second).not.toHaveProperty('renewing');
    expect(client.hidden).toEqual(expect.arrayContaining([first.accessToken, first.refreshToken]));
    expect(
      as.requests.filter(({ path }) => path === '/token').map(({ body }) => body.get('resource')),
    ).toEqual([...[client.store.read()!.resource, client.store.read()!.resource]]);
  });

  test('that the server ends early is renewed once for all requests that were refused', async () => {
    const { as, client } = await world();
    await client.logIn();
    as.valid.clear();
    expect(await Promise.all(Array.from({ length: 20 }, () => client.ask()))).toEqual(Array(20).fill(200));
    expect(as.count('refresh_token')).toBe(1);
    // One that is refused at once again is not renewed for ever.
    as.valid.clear();
    for (let i = 0; i < 5; i++) expect(await client.ask()).toBe(401);
    expect(as.count('refresh_token')).toBeLessThanOrEqual(1);
  });

  test('whose renewal is refused is needed again, once said, until somebody logs in', async () => {
    const { as, client } = await world({ lifetimeS: 0.02 });
    await client.logIn();
    const { refreshToken } = client.store.read()!.tokens!;
    // Somebody else has used the refresh token.
    await fetch(`${as.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken! }),
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const asked = as.requests.length;
    for (let i = 0; i < 3; i++)
      expect(await reasonOf(client.ask())).toMatchObject({ end: { kind: 'unauthorized', wants: 'oauth' } });
    expect(as.requests.length).toBe(asked + 1);
    expect(client.store.read()!.needed).toMatchObject({ why: 'renewal-refused' });
    await client.logIn();
    expect(await client.ask()).toBe(200);
    expect(client.store.read()).not.toHaveProperty('needed');
  });

  test('survives an authorization server that does not work at the moment', async () => {
    let isDown = false;
    const { client } = await world({
      lifetimeS: 0.02,
      intercept: (path, _, response) => isDown && path === '/token' && !!response.writeHead(503).end(),
    });
    await client.logIn();
    isDown = true;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await reasonOf(client.ask())).toMatchObject({ end: { kind: 'unreachable' } });
    expect(client.store.read()!.tokens!.refreshToken).toMatch(/^refresh-/);
    isDown = false;
    expect(await client.ask()).toBe(200);
  });

  test('asks for more rights with those that it has, and says so until then', async () => {
    const { as, client } = await world();
    await client.logIn('Bearer scope="read"');
    as.neededScope = 'write';
    expect(await client.ask()).toBe(403);
    expect(client.store.read()!.needed).toMatchObject({ why: 'scope', scopes: ['write'] });
    const link = await client.logIn('Bearer error="insufficient_scope", scope="write"');
    expect(link.searchParams.get('scope')).toBe('read write');
    expect(await client.ask()).toBe(200);
    expect(as.count('authorization_code')).toBe(2);
    // The client of the first login is used again.
    expect(as.requests.filter(({ path }) => path === '/register')).toHaveLength(1);
  });

  test('of a client alone needs no person: with a secret, with a key, and with more rights', async () => {
    let isDown = false;
    const options = {
      lifetimeS: 0.02,
      intercept: (path: string, _: unknown, response: ServerResponse) =>
        isDown && path === '/token' && !!response.writeHead(503).end(),
    };
    const { as, server, state } = await world(options);
    as.secrets.set('machine', 'its-secret');
    const grant = 'client_credentials' as const;
    const client = loginClient(state, server.url, { grant, clientId: 'machine', clientSecret: 'its-secret' });
    expect(await client.ask()).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 30));
    // The next token lasts: one that ends on the way costs the repetition that more rights need as well.
    options.lifetimeS = 60;
    expect(await client.ask()).toBe(200);
    as.neededScope = 'admin';
    isDown = true;
    expect(await client.ask()).toBe(403);
    isDown = false;
    expect(await client.ask()).toBe(200);
    expect(as.requests.at(-1)!.body.get('scope')).toBe('admin');
    expect(readFileSync(client.store.file, 'utf8')).not.toContain('its-secret');

    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const privateKeyFile = join(state, 'key.pem');
    writeFileSync(privateKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const keyed = loginClient(state, server.url, { grant, clientId: 'keyed', privateKeyFile });
    await reasonOf(keyed.ask());
    const { body } = as.requests.at(-1)!;
    expect(body.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    expect(
      JSON.parse(Buffer.from(body.get('client_assertion')!.split('.')[0]!, 'base64url').toString()),
    ).toMatchObject({ alg: 'ES256' });
  });

  test('is not renewed where its successor could not be written', async () => {
    const { as, client, state } = await world({ lifetimeS: 0.02 });
    await client.logIn();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const write = client.store.write;
    client.store.write = () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    expect(await reasonOf(client.ask())).toMatchObject({
      end: { kind: 'not-started', reason: 'ENOSPC', said: { id: 'login-not-stored' } },
    });
    expect(as.count('refresh_token')).toBe(0);
    client.store.write = write;
    chmodSync(state, 0o755);
    expect(await client.ask()).toBe(200);
    expect(readdirSync(state)).toHaveLength(1);
  });
});

describe('logins of two processes', () => {
  test('are renewed by one at a time: no refresh token is used twice, even when one is killed', async () => {
    const { as, server, client, state } = await world({ lifetimeS: 0.03 });
    await client.logIn();
    const processes = await Promise.all([1, 2].map(() => renewer(state, server.url, 20)));
    const answers = await Promise.all(processes.map((one) => one.run()));
    expect(answers.flat()).toEqual(Array(40).fill(200));
    expect(as.reuses).toBe(0);
    expect(as.count('refresh_token')).toBeGreaterThan(5);
    expect(readdirSync(state)).toHaveLength(1);
  });
});
