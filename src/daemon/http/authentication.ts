import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Rejection, refusal } from '../../faces/http/rejection.js';
import type { Authenticator, Identity, Known, Refused } from './authenticator.js';
import { keyIn } from './keys.js';
import { OpenLooks } from './open-looks.js';
import type { WrongKeys } from './wrong-keys.js';

/** A way to authenticate, and what it is called: `keys`, `jwt`. */
export interface Way {
  kind: string;
  authenticator: Authenticator;
}

/** A request that may pass: who it is from, where a credential is asked for. */
export interface Passed {
  identity?: Identity;
  /** Kind of the way that has known it. */
  by?: string;
}

export type Admission = Passed | Rejection;

/** Credentials that were good lately, of all addresses; a client has one or two. */
const MAX_GOOD = 10_000;
/** When it is worth while to try again, in seconds. */
const RETRY_AFTER_S = 5;
/** The name of what is protected (RFC 9110 §11.5). */
const REALM = 'mcp-pipe';

const ANYONE: Passed = {};
const UNAVAILABLE: Refused = {
  error: 'temporarily_unavailable',
  message: 'what is needed to look at this credential cannot be had at the moment: try again',
};

/** Finds out who requests are from: asks each way to authenticate in turn, and slows down who tries credentials. */
export class Authentication {
  readonly #ways: readonly Way[];
  readonly #wrongKeys: WrongKeys;
  readonly #open = new OpenLooks();
  /** Digests of credentials that were good: their clients do not wait for others that try at the same address. */
  readonly #good = new Set<string>();
  readonly #salt = randomBytes(32);
  #isAsked: boolean;

  /** @param isAsked whether a credential is asked for even while there is none: then nobody is let in */
  constructor(ways: readonly Way[], wrongKeys: WrongKeys, isAsked = false) {
    this.#isAsked = isAsked;
    this.#ways = ways;
    this.#wrongKeys = wrongKeys;
  }

  /** Whether a credential is asked for. Once it is, it stays so: the last key that is revoked opens nothing. */
  get isAsked(): boolean {
    this.#isAsked ||= this.#ways.some(({ authenticator }) => authenticator.isAsked);
    return this.#isAsked;
  }

  /**
   * Who the request is from, or why it may not pass; of a wrong credential only after a while. Never rejects.
   *
   * @param address of the client; wrong credentials are counted by it
   */
  admit(request: IncomingMessage, address: string): Admission | Promise<Admission> {
    if (!this.isAsked) return ANYONE;
    const credential = keyIn(request.headers);
    if (credential === undefined) return this.#refuse(request, NO_CREDENTIAL);
    const mayTry = this.#wrongKeys.mayTry(address);
    const hasRoom = this.#open.hasRoom(address);
    if (!(mayTry && hasRoom) && !this.#goesFirst(credential)) return mayTry ? CROWDED : TOO_MANY;
    const known = this.#ask(0, credential, request);
    const settle = (one: Found) => this.#settle(one, credential, request, address);
    return known instanceof Promise ? this.#open.until(address, known).then(settle) : settle(known);
  }

  /** Whether others at its address do not hold it up. */
  #goesFirst(credential: string): boolean {
    return (
      this.#good.has(this.#digestOf(credential)) ||
      this.#ways.some(({ authenticator }) => authenticator.vouches?.(credential))
    );
  }

  /** Who has the credential of a request, whatever follows from it. Never rejects. */
  async identify(request: IncomingMessage): Promise<Known> {
    const credential = keyIn(request.headers);
    return credential === undefined ? undefined : (await this.#ask(0, credential, request))?.known;
  }

  #ask(from: number, credential: string, request: IncomingMessage): Found | Promise<Found> {
    for (let i = from; i < this.#ways.length; i++) {
      const { kind, authenticator } = this.#ways[i]!;
      if (!authenticator.isAsked) continue;
      const known = identified(authenticator, credential, request);
      if (known instanceof Promise)
        return known.then((one) => (one ? { kind, known: one } : this.#ask(i + 1, credential, request)));
      if (known) return { kind, known };
    }
    return undefined;
  }

  #settle(
    found: Found,
    credential: string,
    request: IncomingMessage,
    address: string,
  ): Admission | Promise<Admission> {
    if (!found) {
      // Not in `#good` any more: it may have been, and a key that was revoked is as wrong as any.
      this.#good.delete(this.#digestOf(credential));
      const rejection = this.#refuse(request, WRONG);
      return new Promise((resolve) => this.#wrongKeys.wrong(address, () => resolve(rejection)));
    }
    const { known, kind } = found;
    if ('error' in known) return this.#refuse(request, known);
    if (known.until !== undefined && known.until <= Date.now()) return this.#refuse(request, EXPIRED);
    this.#remember(credential);
    return { identity: known, by: kind };
  }

  #refuse(request: IncomingMessage, refused: Partial<Refused> & { message: string }): Rejection {
    const { error, message, scope, retryAfterS = RETRY_AFTER_S } = refused;
    if (error === 'temporarily_unavailable')
      return refusal(503, message, { 'retry-after': String(retryAfterS) });
    const added = this.#ways.map(({ authenticator }) => authenticator.challenge?.(request) ?? {});
    const parameters = Object.entries({
      ...{ realm: REALM, ...Object.assign({}, ...added) },
      ...(error === undefined ? {} : { error }),
      ...(scope === undefined ? {} : { scope }),
    }).map(([name, value]) => `${name}=${quoted(String(value))}`);
    return refusal(error === 'insufficient_scope' ? 403 : 401, message, {
      'www-authenticate': `Bearer ${parameters.join(', ')}`,
    });
  }

  #remember(credential: string): void {
    const digest = this.#digestOf(credential);
    if (this.#good.has(digest)) return;
    const [oldest] = this.#good;
    if (this.#good.size >= MAX_GOOD) this.#good.delete(oldest!);
    this.#good.add(digest);
  }

  #digestOf(credential: string): string {
    return createHmac('sha256', this.#salt).update(credential, 'utf8').digest('base64');
  }
}

type Found = { kind: string; known: Identity | Refused } | undefined;

const NO_CREDENTIAL = {
  message: 'an API key is needed: send "Authorization: Bearer KEY" or "X-API-Key: KEY"',
};
const WRONG: Refused = {
  error: 'invalid_token',
  message: 'this API key is not one of those of this gateway',
};
const EXPIRED: Refused = { error: 'invalid_token', message: 'this credential has expired: get another one' };
const TOO_MANY = refusal(429, 'too many wrong keys came from this address: try again in a while', {
  'retry-after': String(RETRY_AFTER_S),
});
const CROWDED = refusal(503, 'too many credentials are being looked at: try again', {
  'retry-after': String(RETRY_AFTER_S),
});

/** What fails to know callers lets none in. */
function identified(authenticator: Authenticator, credential: string, request: IncomingMessage) {
  try {
    const known = authenticator.identify(credential, request);
    return known instanceof Promise ? known.catch((): Known => UNAVAILABLE) : known;
  } catch {
    return UNAVAILABLE;
  }
}

/** A quoted string (RFC 9110 §5.6.4) of what may stand in a header. */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
