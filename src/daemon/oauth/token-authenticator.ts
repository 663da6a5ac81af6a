import type { IncomingMessage } from 'node:http';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Authenticator, Identity, Known, Refused } from '../http/authenticator.js';
import { publicBaseOf } from '../http/public-url.js';
import { pathIn } from '../http/site.js';
import type { ConsentKeys } from './consent-keys.js';
import type { OAuthStore } from './oauth-store.js';
import { isGoodAt } from './resource-address.js';

const ELSEWHERE: Refused = {
  error: 'invalid_token',
  message: 'this token is for another address: log in anew to this one',
};

/** Knows clients by the access tokens of the gateway's own authorization server. */
export class TokenAuthenticator implements Authenticator {
  readonly isAsked = true;
  readonly #plan: Pick<GatewayPlan, 'publicUrl' | 'paths'>;
  readonly #store: OAuthStore;
  readonly #keys: ConsentKeys;

  constructor(plan: Pick<GatewayPlan, 'publicUrl' | 'paths'>, store: OAuthStore, keys: ConsentKeys) {
    this.#plan = plan;
    this.#store = store;
    this.#keys = keys;
  }

  /** The caller is the key with which a person has let the client in, with what that key allows now. */
  identify(credential: string, request: IncomingMessage): Known | Promise<Known> {
    const known = this.#store.knownBy(credential);
    const key = known && this.#keys.named(known.grant.key);
    if (!key) return undefined;
    const base = publicBaseOf(request, this.#plan);
    if (!isGoodAt(known.resource, pathIn(request), base, this.#plan)) return ELSEWHERE;
    const identity: Identity = {
      ...{ key: key.key, grant: key.grant, login: known.grant.id },
      until: Math.min(known.until, key.until ?? Number.POSITIVE_INFINITY),
    };
    const mark = this.#keys.markOf(key);
    const checked = (one: string) => (one === known.grant.mark ? identity : undefined);
    return typeof mark === 'string' ? checked(mark) : mark.then(checked);
  }
}
