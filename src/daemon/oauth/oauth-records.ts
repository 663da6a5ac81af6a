import { createHash } from 'node:crypto';

/** What the library keeps of one thing, in its own words. */
export type Payload = Readonly<Record<string, unknown>>;

/** A client that has registered itself. */
export interface ClientRecord {
  id: string;
  /** When it registered, and when it last got a token; in milliseconds since 1970. */
  at: number;
  usedAt: number;
  /** As RFC 7591 §2 names its members; the secret is a digest. */
  metadata: Payload;
}

/** A person has let a client in with a key. */
export interface GrantRecord {
  id: string;
  clientId: string;
  /** Name of the key. */
  key: string;
  /** Of the key as it was then: see `ConsentKeys`. */
  mark: string;
  /** What the client calls itself. */
  clientName: string;
  /** Where the person was sent back to: `claude.ai`. */
  host: string;
  at: number;
  usedAt: number;
  /** The end of its last token. */
  until: number;
  payload: Payload;
}

export const TOKEN_KINDS = ['AccessToken', 'RefreshToken', 'AuthorizationCode'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** A token or code. Its value is not kept: who has the records has no tokens. */
export interface TokenRecord {
  /** Of its value. */
  digest: string;
  kind: TokenKind;
  grantId: string;
  at: number;
  until: number;
  /** It was exchanged for another one. */
  isUsed: boolean;
  /** Without its value; empty for a refresh token that was used. */
  payload: Payload;
}

/** What outlives a run. */
export interface OAuthRecords {
  clients: readonly ClientRecord[];
  grants: readonly GrantRecord[];
  tokens: readonly TokenRecord[];
}

/** Of 256 random bits: a plain digest cannot be turned back. */
export function digestOf(value: string): string {
  return createHash('sha256').update(value, 'utf8').digest('base64url');
}
