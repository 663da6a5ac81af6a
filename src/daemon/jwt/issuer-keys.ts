import type { JSONWebKeySet, JWTHeaderParameters } from 'jose';
import { JWT } from '../../config/jwt-defaults.js';
import type { Clock } from '../../time/clock.js';
import type { ReadKeys } from './published-keys.js';

type KeySet = ReturnType<typeof import('jose')['createLocalJWKSet']>;

interface KnownKeys {
  find: KeySet;
  /** As JSON. */
  text: string;
  /** When they were read, by the clock. */
  at: number;
}

/**
 * The public keys of an issuer: read when they are first needed, read again while they are used and when a token names one that is
 * not among them. While the issuer is away, the last ones are good for `JWT.keysKeptMs`.
 */
// D244
export class IssuerKeys {
  readonly #read: ReadKeys;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onChange: () => void;
  #known: KnownKeys | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #reading: Promise<void> | undefined;

  /** @param onChange called when the issuer has other keys than before */
  constructor(read: ReadKeys, clock: Pick<Clock, 'now'>, onChange: () => void) {
    this.#read = read;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether tokens may be believed that were verified with these keys; reads them again in time, without a wait. */
  get areGood(): boolean {
    if (!this.#known) return false;
    const ageMs = this.#clock.now() - this.#known.at;
    if (ageMs > JWT.keysFreshMs && this.#mayAsk) void this.#renew().catch(() => {});
    return ageMs <= JWT.keysKeptMs;
  }

  /**
   * The key of a token.
   *
   * @throws IssuerError when keys cannot be had; JOSEError when no key fits, or several do
   */
  async find(header: JWTHeaderParameters): Promise<Awaited<ReturnType<KeySet>>> {
    if (!this.areGood) await this.#renewNow();
    const known = this.#known!;
    try {
      return await known.find(header);
    } catch (error) {
      const isUnknown = (error as { code?: string }).code === 'ERR_JWKS_NO_MATCHING_KEY';
      if (!isUnknown || !(this.#reading || this.#mayAsk)) throw error;
      // Another key may have been published meanwhile; of an issuer that is away nothing new is learned.
      await this.#renew().catch(() => {});
      if (this.#known === known) throw error;
      return await this.#known!.find(header);
    }
  }

  get #mayAsk(): boolean {
    return this.#clock.now() - this.#triedAt >= JWT.keysCooldownMs;
  }

  async #renewNow(): Promise<void> {
    if (this.#reading || this.#mayAsk || this.#failure === undefined) await this.#renew();
    else throw this.#failure;
  }

  #renew(): Promise<void> {
    this.#triedAt = this.#reading ? this.#triedAt : this.#clock.now();
    this.#reading ??= this.#readAgain().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAgain(): Promise<void> {
    try {
      const keys = await this.#read();
      const text = JSON.stringify(keys);
      const isChanged = this.#known?.text !== text;
      const isOther = isChanged && this.#known !== undefined;
      const find = isChanged ? await keySetOf(keys) : this.#known!.find;
      this.#known = { find, text, at: this.#clock.now() };
      this.#failure = undefined;
      if (isOther) this.#onChange();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

async function keySetOf(keys: JSONWebKeySet): Promise<KeySet> {
  const { createLocalJWKSet } = await import('jose');
  return createLocalJWKSet(keys);
}
