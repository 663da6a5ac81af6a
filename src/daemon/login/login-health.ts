import type { Settings } from '../../config/defaults.js';
import { texts } from '../../messages/commands/status.js';
import type { Lang } from '../../messages/index.js';
import { readLogin } from '../../transports/remote/auth/login-store.js';
import type { StoredLogin } from '../../transports/remote/auth/stored-login.js';
import { mayLogIn } from '../../transports/remote/lazy-login.js';
import { loginFile } from '../../transports/remote/login-file.js';
import type { RemoteServer } from '../../transports/remote/remote-server.js';
import { loginsFolder } from './logins-folder.js';

/**
 * The login of a server. `ending`: it ends soon, and only a person can give another; `needed`: a person has to log in;
 * `rights-needed`: it works, but a call needed more rights. Times are milliseconds since 1970. Without secrets.
 */
export interface LoginHealth {
  server: string;
  state: 'valid' | 'ending' | 'needed' | 'rights-needed';
  /** Whether it is renewed without a person. */
  renews: boolean;
  /** When the present token ends, which is renewed before if `renews`; undefined: not known. */
  expiresAt: number | undefined;
  /** Since when a person has to log in; undefined: nobody has to. */
  neededSince: number | undefined;
  /** What there is to do, in the language of the report; undefined: nothing. */
  text: string | undefined;
}

interface LoginServer {
  name: string;
  /** Undefined: it is reached in another way. */
  remote?: Pick<RemoteServer, 'url' | 'headers' | 'oauth'> | undefined;
}

/** The part of a plan that logins need. */
interface LoginPlan {
  servers: readonly LoginServer[];
  links: readonly { servers: readonly string[]; settings: Pick<Settings, 'loginWarnMs'> }[];
}

/** The logins of a plan's servers, as far as there are any. */
export function loginsHealth(
  { servers, links }: LoginPlan,
  lang: Lang,
  now = Date.now(),
  folder = loginsFolder(),
): LoginHealth[] {
  return servers.flatMap((server): LoginHealth[] => {
    const login = loginOf(server, folder);
    if (!login) return [];
    const warnMs = links.find((link) => link.servers.includes(server.name))?.settings.loginWarnMs ?? 0;
    return [healthOf(server.name, login, { lang, now, warnMs })];
  });
}

function loginOf({ remote }: LoginServer, folder: string): StoredLogin | undefined {
  if (!remote || !URL.canParse(remote.url) || !mayLogIn(remote)) return undefined;
  // What a client gets with its own secret is no login of a person.
  if (remote.oauth && remote.oauth.grant === 'client_credentials') return undefined;
  return readLogin(loginFile(folder, remote));
}

function healthOf(
  server: string,
  { tokens, needed }: StoredLogin,
  { lang, now, warnMs }: { lang: Lang; now: number; warnMs: number },
): LoginHealth {
  const words = texts[lang].logins;
  // The name that commands know: an agent's own process has the login of the entry.
  const name = server.replace(/@[^@]*$/, '');
  const expiresAt = tokens?.expiresAt;
  const renews = tokens?.refreshToken !== undefined;
  const facts = { server, renews, expiresAt };
  const leftMs = expiresAt === undefined || renews ? Number.POSITIVE_INFINITY : expiresAt - now;
  if (needed?.why === 'scope') {
    const { since } = needed;
    const text = words.rights({ name, forMs: now - since, names: needed.scopes ?? [] });
    return { ...facts, state: 'rights-needed', neededSince: since, text };
  }
  const since = needed?.since ?? (leftMs <= 0 ? expiresAt : undefined);
  if (since !== undefined)
    return {
      ...facts,
      state: 'needed',
      neededSince: since,
      text: words.needed({ name, forMs: now - since }),
    };
  if (leftMs <= warnMs)
    return { ...facts, state: 'ending', neededSince: undefined, text: words.ending({ name, leftMs }) };
  return { ...facts, state: 'valid', neededSince: undefined, text: undefined };
}
