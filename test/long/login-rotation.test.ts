import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LoginStore } from '../../src/transports/remote/auth/login-store.js';
import { signIn } from '../../src/transports/remote/auth/sign-in.js';
import { httpRequests } from '../../src/transports/remote/http-requests.js';
import { loginFile } from '../../src/transports/remote/login-file.js';
import { folder } from '../helpers/cli.js';
import { agree, oidcProvider } from '../helpers/oidc-provider.js';
import { remoteServer } from '../helpers/remote-server.js';

const fixtures = join(import.meta.dirname, '../fixtures');

test('two processes share a login that is rotated: no refresh token is used twice, even when one is killed', {
  timeout: 60_000,
}, async () => {
  const issuer = await oidcProvider(2);
  const server = await remoteServer({
    // Any token will do: whether it has expired, its JWT says.
    intercept: ({ path, headers }, response) => {
      const origin = `http://${headers.host}`;
      if (path.startsWith('/.well-known')) {
        const metadata = {
          resource: `${origin}/mcp`,
          authorization_servers: [issuer],
          scopes_supported: ['mcp:tools'],
        };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata));
        return true;
      }
      const [, claims = ''] = /^Bearer [^.]+\.([^.]+)\./.exec(headers.authorization ?? '') ?? [];
      const { exp = 0 } =
        claims === '' ? {} : (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp?: number });
      if (exp * 1_000 > Date.now()) return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return true;
    },
  });
  const state = join(await folder(), 'logins');
  const remote = { url: server.url, headers: {}, network: {} };
  const store = new LoginStore(loginFile(state, remote));
  const way = httpRequests(remote);
  const given = await signIn({
    server: new URL(server.url),
    requests: way,
    store,
    options: {},
    challenge: undefined,
  });
  const redirectUri = 'http://127.0.0.1:33519/callback';
  const browser = await given.inBrowser(redirectUri);
  await browser.finish((await agree(browser.link, redirectUri)).searchParams);
  expect(store.read()!.tokens!.refreshToken).toBeDefined();

  const counts = async () =>
    (await (await fetch(`${issuer}/counts`)).json()) as { refresh: number; refused: number };
  const start = async (times: number) => {
    const child = fork(join(fixtures, 'login-renewer.ts'), [state, server.url, String(times)], {
      execArgv: ['--import', 'tsx'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'message');
    return child;
  };
  const answers = await Promise.all(
    (await Promise.all([1, 2, 3].map(() => start(800)))).map(async (child) => {
      child.send('go');
      return (await once(child, 'message'))[0] as (number | string)[];
    }),
  );
  expect(new Set(answers.flat())).toEqual(new Set([200]));
  const { refresh, refused } = await counts();
  expect(refused).toBe(0);
  expect(refresh).toBeGreaterThanOrEqual(2);

  // One that dies while it waits or holds the lock leaves nothing that keeps others from renewing.
  const [victim, other] = await Promise.all([start(100_000), start(600)]);
  victim!.send('go');
  other!.send('go');
  setTimeout(() => victim!.kill('SIGKILL'), 1_500);
  const after = (await once(other!, 'message'))[0] as (number | string)[];
  expect(new Set(after)).toEqual(new Set([200]));
  expect(readdirSync(state).filter((name) => !name.endsWith('.lock'))).toHaveLength(1);
});
