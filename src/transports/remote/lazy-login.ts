import { existsSync } from 'node:fs';
import type { GrantLocks } from './auth/grant-locks.js';
import type { Authorizer, HttpRequests } from './http-requests.js';
import { loginFile } from './login-file.js';
import type { RemoteServer } from './remote-server.js';

export interface LoginHost {
  /** The folder of logins, absolute; it need not exist. */
  logins: string;
  /** Called with tokens before they are used. */
  onSecrets: (secrets: readonly string[]) => void;
  /** Other machines that may renew the same login. Default: there are none. */
  grants?: Pick<GrantLocks, 'take'> | undefined;
}

/**
 * The login of a server. The code for it is loaded once there is a login, or the configuration has one; a server without costs
 * a look at the file for each request.
 *
 * @param open Opens the way to the server, for requests to its authorization server: without its headers and login.
 * @returns undefined when the server never has one
 */
export function lazyLogin(
  server: RemoteServer,
  open: (server: RemoteServer) => HttpRequests,
  host: LoginHost | undefined,
): Authorizer | undefined {
  if (!host || !mayLogIn(server)) return undefined;
  const file = loginFile(host.logins, server);
  const isOwn = server.oauth ? server.oauth.grant === 'client_credentials' : false;
  let login: Promise<Authorizer> | undefined;
  const loaded = () => {
    if (!isOwn && !existsSync(file)) return undefined;
    login ??= load(server, file, open, host);
    return login;
  };
  return {
    headers: async (signal) => (await loaded())?.headers(signal) ?? {},
    refused: async (answer, signal) => (await loaded())?.refused(answer, signal) ?? false,
  };
}

/** A token that the configuration has is used as it is, unless a login is configured beside it. */
export function mayLogIn({ oauth, headers }: Pick<RemoteServer, 'oauth' | 'headers'>): boolean {
  if (oauth === false) return false;
  return oauth !== undefined || !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

async function load(
  server: RemoteServer,
  file: string,
  open: (server: RemoteServer) => HttpRequests,
  { onSecrets, grants }: LoginHost,
): Promise<Authorizer> {
  const [{ LoginAuthorizer }, { LoginStore }] = await Promise.all([
    import('./auth/authorizer.js'),
    import('./auth/login-store.js'),
  ]);
  return new LoginAuthorizer({
    ...{ server: new URL(server.url), store: new LoginStore(file), options: server.oauth || {}, onSecrets },
    ...{ requests: open(withoutHeaders(server)), grants },
  });
}

/** The way to a server for requests to others: the configured headers are for it alone. */
export function withoutHeaders({ url, network }: RemoteServer): RemoteServer {
  return { url, headers: {}, network };
}
