import { LoginAuthorizer } from '../../src/transports/remote/auth/authorizer.js';
import { bearerChallenge } from '../../src/transports/remote/auth/challenge.js';
import type { GrantLocks } from '../../src/transports/remote/auth/grant-locks.js';
import { LoginStore } from '../../src/transports/remote/auth/login-store.js';
import type { OAuthOptions } from '../../src/transports/remote/auth/oauth-options.js';
import { signIn } from '../../src/transports/remote/auth/sign-in.js';
import { type HttpRequests, httpRequests } from '../../src/transports/remote/http-requests.js';
import { loginFile } from '../../src/transports/remote/login-file.js';
import type { RemoteServer } from '../../src/transports/remote/remote-server.js';

/** A client of a remote server with a login in `folder`, as a life of the server is. */
export interface LoginClient {
  store: LoginStore;
  authorizer: LoginAuthorizer;
  /** Tokens that it has told to hide. */
  hidden: string[];
  /** Sends a request, and returns the status. */
  ask(): Promise<number>;
  /** Logs in, as a person who agrees to everything does. Returns the link that was opened. */
  logIn(challenge?: string): Promise<URL>;
}

const REDIRECT = 'http://127.0.0.1:33519/callback';

export function loginClient(
  folder: string,
  url: string,
  options: OAuthOptions = {},
  grants?: Pick<GrantLocks, 'take'>,
): LoginClient {
  const remote: RemoteServer = { url, headers: {}, network: {}, oauth: options };
  const store = new LoginStore(loginFile(folder, remote));
  const hidden: string[] = [];
  const way = httpRequests(remote);
  const server = new URL(url);
  const authorizer = new LoginAuthorizer({
    ...{ server, requests: way, store, options, grants },
    onSecrets: (secrets) => hidden.push(...secrets),
  });
  const requests: HttpRequests = httpRequests(remote, authorizer);
  return {
    ...{ store, authorizer, hidden },
    async ask() {
      const { status, body } = await requests.send({
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: Buffer.from('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'),
      });
      body.resume();
      return status;
    },
    async logIn(challenge) {
      const given = await signIn({
        server,
        requests: way,
        store,
        options,
        challenge: bearerChallenge(challenge),
      });
      const browser = await given.inBrowser(REDIRECT);
      const { headers } = await fetch(browser.link, { redirect: 'manual' });
      await browser.finish(new URL(headers.get('location')!).searchParams);
      return new URL(browser.link);
    },
  };
}
