import { isHomeAssistant } from '../../messages/server-case.js';
import { loginError } from '../../transports/remote/auth/login-error.js';
import { LoginStore } from '../../transports/remote/auth/login-store.js';
import { isSafeFor } from '../../transports/remote/auth/metadata-urls.js';
import type { OAuthOptions } from '../../transports/remote/auth/oauth-options.js';
import { type SignIn, signIn } from '../../transports/remote/auth/sign-in.js';
import { httpRequests } from '../../transports/remote/http-requests.js';
import { mayLogIn, withoutHeaders } from '../../transports/remote/lazy-login.js';
import { loginFile } from '../../transports/remote/login-file.js';
import { RemoteError } from '../../transports/remote/remote-error.js';
import { type RemoteServer, shownUrl } from '../../transports/remote/remote-server.js';
import type { RemoteKind } from '../../transports/remote/remote-transport.js';
import { askServer } from './ask-server.js';
import { loginsFolder } from './logins-folder.js';

/** A remote server that somebody logs in to. */
export interface LoginSubject {
  /** Its name in the configuration, or its address. */
  name: string;
  kind: RemoteKind;
  remote: RemoteServer;
}

export interface BeginOptions {
  /** Instead of what server and configuration ask for. */
  scopes?: readonly string[] | undefined;
  clientId?: string | undefined;
}

/** A login that can be given now; `unneeded`: the server answers without one, and names none. */
export type Begun = { unneeded: true } | { unneeded: false; signIn: SignIn; close: () => void };

/**
 * Asks the server what login it needs, and finds out who gives it. Nothing is registered or stored yet.
 *
 * @throws LoginError; RemoteError when the server cannot be reached
 */
export async function beginLogin(subject: LoginSubject, given: BeginOptions = {}): Promise<Begun> {
  const { name, kind, remote } = subject;
  if (kind === 'ws') throw loginError('login-of-websocket', { name });
  if (remote.oauth === false) throw loginError('login-switched-off', { name });
  if (!mayLogIn(remote)) throw loginError('login-has-header', { name });
  const options: OAuthOptions = { ...remote.oauth, ...ofCommandLine(given) };
  if (options.grant === 'client_credentials') throw loginError('login-no-person', { name });
  const requests = httpRequests(remote);
  try {
    const asked = await askServer(kind, requests);
    const server = new URL(remote.url);
    if (!isSafeFor(server, server) && asked.challenge?.resourceMetadata === undefined) {
      // Nothing may be asked for there; a server at home is often reached by http, and takes a token or nothing.
      if (asked.status < 300) return { unneeded: true };
      if (isHomeAssistant(remote.url))
        throw loginError('login-home-assistant', { server: shownUrl(remote.url) });
    }
    const way = httpRequests(withoutHeaders(remote));
    const found = await signIn({
      ...{ server, requests: way, options, challenge: asked.challenge },
      store: new LoginStore(loginFile(loginsFolder(), remote)),
    });
    if (!found.isGuessed || asked.status === 401)
      return { unneeded: false, signIn: found, close: () => way.close() };
    way.close();
    if (asked.status < 300) return { unneeded: true };
    throw loginError('login-no-oauth', { server: shownUrl(remote.url) });
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const reason = error.end.kind === 'unreachable' ? error.end.reason : error.end.kind;
    throw loginError('login-unreachable', { url: shownUrl(remote.url), reason }, { cause: error });
  } finally {
    requests.close();
  }
}

/** The error for a login that nobody has given in time. */
export function gaveUp(afterMs: number): Error {
  return loginError('login-gave-up', { afterMs });
}

function ofCommandLine({ scopes, clientId }: BeginOptions): OAuthOptions {
  return {
    ...(scopes === undefined ? {} : { scopes }),
    // The secret of the configuration belongs to the client of the configuration.
    ...(clientId === undefined ? {} : { clientId, clientSecret: undefined, privateKeyFile: undefined }),
  };
}

export type { BrowserSignIn, DeviceSignIn, SignIn } from '../../transports/remote/auth/sign-in.js';
