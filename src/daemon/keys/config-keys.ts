import type { IncomingMessage } from 'node:http';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { KEYS } from '../../config/key-defaults.js';
import { isKeyHash, readKeyHash } from '../../config/key-hash.js';
import { networkOf } from '../../protocol/network.js';
import type { Authenticator, Identity, Known } from '../http/authenticator.js';
import { clientOf } from '../http/client-address.js';
import { digestOf, Keys } from '../http/keys.js';
import { HashQueue, NO_ROOM } from './hash-queue.js';
import { KnownHash } from './known-hash.js';
import { BUSY, expired } from './refusals.js';

/** Wrong keys that are remembered: who sends one again and again has it computed once. */
const MOST_WRONG = 1_000;

/** The keys of the configuration: those that stand in it, and those of which it has the hash. */
export class ConfigKeys implements Authenticator {
  readonly isAsked: boolean;
  readonly #plain: Keys;
  readonly #hashed: readonly (readonly [name: string, hash: KnownHash])[];
  readonly #terms: GatewayPlan['terms'];
  readonly #queue: HashQueue;
  readonly #wrong = new Set<string>();

  /** @param queue shared with others that compute hashes */
  constructor({ keys, terms }: Pick<GatewayPlan, 'keys' | 'terms'>, queue = new HashQueue()) {
    this.isAsked = Object.keys(keys).length > 0;
    this.#plain = new Keys(keys);
    this.#hashed = Object.entries(keys).flatMap(([name, value]) => {
      const hash = isKeyHash(value) ? readKeyHash(value) : undefined;
      return hash ? [[name, new KnownHash(hash)] as const] : [];
    });
    this.#terms = terms;
    this.#queue = queue;
  }

  identify(credential: string, request: IncomingMessage): Known | Promise<Known> {
    const name = this.#plain.nameOf(credential);
    if (name !== undefined) return this.#known(name);
    const open = this.#hashed.filter(([, hash]) => hash.matches(credential) !== false);
    const [seen] = open.find(([, hash]) => hash.matches(credential)) ?? [];
    if (seen !== undefined) return this.#known(seen);
    return open.length === 0 ? undefined : this.#compute(credential, open, request);
  }

  /** Of a key that was not seen yet. */
  async #compute(
    credential: string,
    open: readonly (readonly [name: string, hash: KnownHash])[],
    request: IncomingMessage,
  ): Promise<Known> {
    const id = digestOf(credential).toString('latin1');
    if (this.#wrong.has(id)) return undefined;
    const options = { address: networkOf(clientOf(request).address), most: KEYS.waitingOfAddress };
    for (const [name, hash] of open) {
      const isRight = await hash.compute(credential, this.#queue, options);
      if (isRight === NO_ROOM) return BUSY;
      if (isRight) return this.#known(name);
    }
    this.#wrong.add(id);
    const [oldest] = this.#wrong;
    if (this.#wrong.size > MOST_WRONG) this.#wrong.delete(oldest!);
    return undefined;
  }

  #known(name: string): Known {
    const { grant, until } = this.#terms && Object.hasOwn(this.#terms, name) ? this.#terms[name]! : {};
    if (until !== undefined && until <= Date.now()) return expired(until);
    const identity: Identity = { key: name };
    if (grant) identity.grant = grant;
    if (until !== undefined) identity.until = until;
    return identity;
  }
}
