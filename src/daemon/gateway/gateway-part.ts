import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../faces/accept.js';
import type { Rejection } from '../../faces/http/rejection.js';
import type { Lang } from '../../messages/index.js';
import type { RateLimiter } from '../../policy/rate-limiter.js';
import type { Authenticator, Identity, Revocations } from '../http/authenticator.js';
import type { Site } from '../http/site.js';
import type { WrongKeys } from '../http/wrong-keys.js';
import type { KeyStores } from '../keys/key-stores.js';
import type { OnOAuth } from '../oauth/oauth-event.js';
import type { Login } from '../oauth/oauth-store.js';

/** What a part of the gateway may need of its run. */
export interface PartSurroundings {
  /** The state folder of the run; undefined for a gateway without one. */
  folder: string | undefined;
  /** Of mcp-pipe. */
  version: string;
  /** Of the run, for people whose browser says nothing. */
  lang: Lang;
  wrongKeys: WrongKeys;
  onOAuth: OnOAuth;
  /** Counts the calls of callers. */
  limiter?: Pick<RateLimiter, 'look'> | undefined;
  /** Keys of `mcp-pipe key`. */
  stores: KeyStores;
}

/** A key, with which a person may let clients of OAuth in. */
export interface NamedKey extends Identity {
  /** The key itself, or its hash: it is another one when the key is. */
  secret: string;
}

/** Which clients people have let in. */
export interface Logins {
  /** The latest first. */
  readonly all: readonly Login[];
  /** Ends the login of this id, and what is open for it; undefined: there is none. */
  end(id: string): Login | undefined;
}

/** What a section of the plan adds to the gateway: a way to authenticate, addresses of its own, limits. Made for each plan anew. */
export interface GatewayPart {
  /** One word, the same for each plan: `keys`, `jwt`. */
  kind: string;
  authenticator?: Authenticator;
  revocations?: Revocations;
  /** Of keys: what the one of this name may do now; undefined: there is none. */
  keyNamed?(name: string): NamedKey | undefined;
  /**
   * Whether a client that the part of the same kind of the plan before has let in may stay. Lacking: none may. A part that the
   * next plan does not have has no clients either.
   */
  staysIn?(caller: Caller, before: GatewayPart): boolean;
  /** Asked before the front, once `Host` and `Origin` are known to be right: answers what is at its own paths. */
  site?: Site;
  /** Asked for each request that may pass, before it reaches anything: sets headers of the response, or says why it may not. */
  admits?(request: IncomingMessage, response: ServerResponse, caller: Caller): Rejection | undefined;
  /** Logins of clients of OAuth. */
  logins?: Logins;
  /** Another plan has taken its place, or none; or its own never came to be. */
  close?(): void;
}
