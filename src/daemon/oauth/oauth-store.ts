import { createHash } from 'node:crypto';
import {
  MOST_ACCESS_TOKENS,
  MOST_CLIENTS,
  MOST_GRANTS,
  MOST_USED_TOKENS,
  UNUSED_CLIENT_MS,
} from './oauth-bounds.js';
import {
  type ClientRecord,
  digestOf,
  type GrantRecord,
  type OAuthRecords,
  type Payload,
  type TokenKind,
  type TokenRecord,
} from './oauth-records.js';

/** A login whose client was not given a code yet is kept this long, in milliseconds. */
const BEGUN_MS = 600_000;

export interface OAuthStoreOptions {
  /** Of an earlier run. */
  records?: OAuthRecords | undefined;
  /** Keeps what is there now. Must not throw. */
  keep: (records: OAuthRecords) => void;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** A login, for people: `id` is 8 hex digits, and times are milliseconds since 1970. */
export type Login = Omit<GrantRecord, 'payload' | 'mark' | 'clientId'>;

/** Who an access token was given to, and where it is good. */
export interface KnownToken {
  grant: GrantRecord;
  /** The address that it is for (RFC 8707 §2). */
  resource: string;
  until: number;
}

/**
 * Clients, logins and tokens of the authorization server: in memory, and kept with each change that has to outlive a run. All of it
 * is bounded in number. Values of tokens and secrets are never in it.
 */
// D246
export class OAuthStore {
  readonly #clients = new Map<string, ClientRecord>();
  readonly #grants = new Map<string, GrantRecord>();
  readonly #tokens = new Map<string, TokenRecord>();
  readonly #keep: OAuthStoreOptions['keep'];
  readonly #now: () => number;
  /** Times of use have changed, and nothing else. */
  #isBehind = false;

  constructor({ records, keep, now = Date.now }: OAuthStoreOptions) {
    this.#keep = keep;
    this.#now = now;
    for (const client of records?.clients ?? []) this.#clients.set(client.id, client);
    for (const grant of records?.grants ?? []) this.#grants.set(grant.id, grant);
    for (const token of records?.tokens ?? []) this.#tokens.set(token.digest, token);
    this.#removeEnded();
  }

  client(id: string): ClientRecord | undefined {
    return this.#clients.get(id);
  }

  /** Whether one more client can register. */
  get hasRoom(): boolean {
    this.#removeEnded();
    return this.#clients.size < MOST_CLIENTS || this.#idleClient() !== undefined;
  }

  putClient(id: string, metadata: Payload): void {
    const now = this.#now();
    const known = this.#clients.get(id);
    if (!known && this.#clients.size >= MOST_CLIENTS) this.#clients.delete(this.#idleClient() ?? '');
    this.#clients.set(id, { id, at: known?.at ?? now, usedAt: now, metadata });
    this.#changed();
  }

  grant(id: string): GrantRecord | undefined {
    return this.#grants.get(id);
  }

  /** @param facts what the person has seen, and with which key */
  beginGrant(
    id: string,
    facts: Pick<GrantRecord, 'clientId' | 'key' | 'mark' | 'clientName' | 'host'>,
  ): void {
    const now = this.#now();
    const known = this.#grants.get(id);
    this.#grants.set(id, {
      ...{ id, ...facts, at: now, usedAt: now },
      ...{ until: known?.until ?? now + BEGUN_MS, payload: known?.payload ?? {} },
    });
    if (this.#grants.size > MOST_GRANTS) this.#removeGrant(leastUsed(this.#grants.values())!.id);
    this.#changed();
  }

  /** What the library keeps of a login; `beginGrant` says the rest. */
  putGrant(id: string, payload: Payload): void {
    const known = this.#grants.get(id);
    if (known) known.payload = payload;
    else {
      const clientId = String(payload.clientId);
      this.beginGrant(id, { clientId, key: String(payload.accountId), mark: '', clientName: '', host: '' });
      this.#grants.get(id)!.payload = payload;
    }
    this.#changed();
  }

  /** Ends a login: its tokens are no longer good. */
  endGrant(id: string): void {
    if (this.#removeGrant(id)) this.#changed();
  }

  grantsWhere(is: (grant: GrantRecord) => boolean): GrantRecord[] {
    return [...this.#grants.values()].filter(is);
  }

  /** Ends logins; returns those. */
  endGrants(isOver: (grant: GrantRecord) => boolean): Login[] {
    const over = this.grantsWhere(isOver);
    for (const { id } of over) this.#removeGrant(id);
    if (over.length > 0) this.#changed();
    return over.map(shown);
  }

  /** Logins that have tokens, the latest first. */
  get logins(): Login[] {
    this.#removeEnded();
    const withTokens = new Set([...this.#tokens.values()].map(({ grantId }) => grantId));
    return [...this.#grants.values()]
      .filter(({ id }) => withTokens.has(id))
      .sort((a, b) => b.at - a.at)
      .map(shown);
  }

  putToken(kind: TokenKind, value: string, payload: Payload, until: number): void {
    const grantId = String(payload.grantId);
    const grant = this.#grants.get(grantId);
    // It ended meanwhile: its client was not fast enough.
    if (!grant) return;
    const now = this.#now();
    const { jti, ...kept } = payload;
    this.#tokens.set(digestOf(value), {
      ...{ digest: digestOf(value), kind, grantId, at: now },
      ...{ until, isUsed: false, payload: kept },
    });
    grant.until = Math.max(grant.until, until);
    this.#used(grant);
    this.#removeSurplus(grantId);
    this.#changed();
  }

  /** A token of this kind that is not over, with what the library keeps of it; of one that was used, no more than that it was. */
  token(kind: TokenKind, value: string): (TokenRecord & { whole: Payload }) | undefined {
    const token = this.#tokens.get(digestOf(value));
    if (token?.kind !== kind || token.until <= this.#now()) return undefined;
    const grant = this.#grants.get(token.grantId);
    if (!grant) return undefined;
    const { clientId, key } = grant;
    const used = { clientId, accountId: key, grantId: grant.id, consumed: true };
    const exp = Math.floor(token.until / 1_000);
    const whole = { kind, exp, ...token.payload, ...(token.isUsed ? used : {}), jti: value };
    return { ...token, whole };
  }

  /** Notes that it was exchanged; false: it was already. */
  useToken(value: string): boolean {
    const token = this.#tokens.get(digestOf(value));
    if (!token || token.isUsed) return false;
    Object.assign(token, { isUsed: true, at: this.#now() });
    // A code is checked against what it was made for before it counts as one that comes twice.
    if (token.kind === 'RefreshToken') token.payload = {};
    this.#removeSurplus(token.grantId);
    this.#changed();
    return true;
  }

  endToken(value: string): void {
    if (this.#tokens.delete(digestOf(value))) this.#changed();
  }

  /** Ends all tokens of a login. */
  endTokens(grantId: string, kind: TokenKind): void {
    for (const token of this.#tokens.values())
      if (token.grantId === grantId && token.kind === kind) this.#tokens.delete(token.digest);
    this.#changed();
  }

  /** Who has this access token; undefined when it is none, or over. */
  knownBy(value: string): KnownToken | undefined {
    const token = this.#tokens.get(digestOf(value));
    if (token?.kind !== 'AccessToken' || token.until <= this.#now()) return undefined;
    const grant = this.#grants.get(token.grantId);
    if (!grant) return undefined;
    grant.usedAt = this.#now();
    this.#isBehind = true;
    return { grant, resource: String(token.payload.aud ?? ''), until: token.until };
  }

  /** Keeps times of use. */
  flush(): void {
    if (this.#isBehind) this.#changed();
  }

  #used(grant: GrantRecord): void {
    grant.usedAt = this.#now();
    const client = this.#clients.get(grant.clientId);
    if (client) client.usedAt = grant.usedAt;
  }

  #changed(): void {
    this.#isBehind = false;
    this.#removeEnded();
    this.#keep({
      clients: [...this.#clients.values()],
      grants: [...this.#grants.values()],
      // A code is good for a minute: it need not outlive a run.
      tokens: [...this.#tokens.values()].filter(({ kind }) => kind !== 'AuthorizationCode'),
    });
  }

  #removeEnded(): void {
    const now = this.#now();
    for (const { digest, until, grantId } of this.#tokens.values())
      if (until <= now || !this.#grants.has(grantId)) this.#tokens.delete(digest);
    for (const { id, until } of this.#grants.values()) if (until <= now) this.#grants.delete(id);
    const letIn = this.#letIn();
    for (const { id, at, usedAt } of this.#clients.values())
      if (!letIn.has(id) && usedAt === at && now - at > UNUSED_CLIENT_MS) this.#clients.delete(id);
  }

  #removeGrant(id: string): boolean {
    for (const { digest, grantId } of this.#tokens.values()) if (grantId === id) this.#tokens.delete(digest);
    return this.#grants.delete(id);
  }

  #removeSurplus(grantId: string): void {
    const own = [...this.#tokens.values()].filter((token) => token.grantId === grantId);
    const used = own.filter(({ isUsed, kind }) => isUsed && kind === 'RefreshToken');
    const open = own.filter(({ kind }) => kind === 'AccessToken');
    for (const { digest } of [...oldest(used, MOST_USED_TOKENS), ...oldest(open, MOST_ACCESS_TOKENS)])
      this.#tokens.delete(digest);
  }

  #letIn(): Set<string> {
    return new Set([...this.#grants.values()].map(({ clientId }) => clientId));
  }

  /** The client to be forgotten first: one that was never let in; else one that nobody is logged in with. */
  #idleClient(): string | undefined {
    const letIn = this.#letIn();
    const idle = [...this.#clients.values()].filter(({ id }) => !letIn.has(id));
    const never = idle.filter(({ at, usedAt }) => at === usedAt);
    return leastUsed(never.length > 0 ? never : idle)?.id;
  }
}

/** Those of them that are more than `most`, the oldest. */
function oldest(tokens: readonly TokenRecord[], most: number): TokenRecord[] {
  return [...tokens].sort((a, b) => a.at - b.at).slice(0, Math.max(0, tokens.length - most));
}

function leastUsed<Of extends { usedAt: number }>(all: Iterable<Of>): Of | undefined {
  return [...all].sort((a, b) => a.usedAt - b.usedAt)[0];
}

function shown(grant: GrantRecord): Login {
  const { payload, mark, clientId, ...login } = grant;
  return { ...login, id: loginId(grant) };
}

/** What a login is called. */
export function loginId({ id }: Pick<GrantRecord, 'id'>): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8);
}
