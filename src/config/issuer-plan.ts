import type { Grant } from '../protocol/grant.js';
import type { RemoteNetwork } from '../transports/remote/remote-server.js';

/** Signatures that can be checked with a public key (RFC 7518 §3.1, RFC 8037); never `none`, never one with a shared secret. */
export const TOKEN_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
] as const;

/** Which tokens a grant is for: all, those with a scope, or those with a claim of this value, or with it in its list. */
export type TokenCondition =
  | { kind: 'any' }
  | { kind: 'scope'; value: string }
  | { kind: 'claim'; names: readonly string[]; value: string };

/** What tokens of a kind may have and do. */
export interface TokenGrant {
  /** As it is written: `scope:mcp.read`. */
  name: string;
  on: TokenCondition;
  grant: Grant;
}

/** An issuer whose access tokens (JWT, RFC 9068) the gateway takes. Pure data, without secrets. */
export interface IssuerPlan {
  /** Exactly as tokens have it in `iss`. */
  issuer: string;
  /** Values of `aud` that are meant for this gateway; empty: each address of the gateway below `publicUrl` (RFC 8707). */
  audience: readonly string[];
  /** Where its public keys are; undefined: as its metadata says (RFC 8414, OpenID Connect Discovery). */
  keysAt?: { url: string } | { file: string } | undefined;
  /** Of `TOKEN_ALGORITHMS`. */
  algorithms: readonly string[];
  /** By how much the clocks may differ, in milliseconds. */
  clockToleranceMs: number;
  /** Scopes that every token needs. */
  scopes: readonly string[];
  /** The first one that fits counts; a token that none fits is refused. Undefined: every token may do everything. */
  grants?: readonly TokenGrant[] | undefined;
  /** The way to the issuer. */
  network: Pick<RemoteNetwork, 'proxy'>;
}
