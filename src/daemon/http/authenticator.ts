import type { IncomingMessage } from 'node:http';
import type { Grant } from '../../protocol/grant.js';

/** Who a request is from. */
export interface Identity {
  /** Name of the key, or who a token was given to: unique among them, printable, no secret. */
  key: string;
  grant?: Grant | undefined;
  /** Which login of a client with that key, where there are several; see `Revocations`. */
  login?: string | undefined;
  /** When it stops being good, in epoch milliseconds; undefined: never by itself. */
  until?: number | undefined;
}

/** Why a credential is not good (RFC 6750 §3.1), or not now. */
export interface Refused {
  /**
   * `invalid_token`: 401; `insufficient_scope`: 403; `temporarily_unavailable`: 503 with `Retry-After`, as what is needed to look
   * at it cannot be had at the moment.
   */
  error: 'invalid_token' | 'insufficient_scope' | 'temporarily_unavailable';
  /** For the client: what is wrong, and what to do next. Never the credential. */
  message: string;
  /** Scopes to ask the authorization server for, between spaces (RFC 6750 §3). */
  scope?: string | undefined;
  /** When to come again, in seconds. */
  retryAfterS?: number | undefined;
}

/** What a way to authenticate says of a credential; undefined: it is none of its kind, ask the next one. */
export type Known = Identity | Refused | undefined;

/** One way to know callers: keys of the configuration, keys of the store, tokens of an issuer. */
export interface Authenticator {
  /** Whether it has any caller: then a credential is asked for. */
  readonly isAsked: boolean;
  /**
   * Who has this credential (`Authorization: Bearer …`, or `X-API-Key`). At once for one that it has seen lately. Never rejects.
   *
   * @param request for the address that it was sent to (audience of a token); its body is not read
   */
  identify(credential: string, request: IncomingMessage): Known | Promise<Known>;
  /**
   * Whether the credential is right as far as can be seen at once, and could not have been guessed: then it is looked at however many
   * wrong ones its address sends. Lacking: never.
   */
  vouches?(credential: string): boolean;
  /** What a refusal adds to `WWW-Authenticate`: `resource_metadata` (RFC 9728 §5.1), `scope`. */
  challenge?(request: IncomingMessage): Readonly<Record<string, string>>;
}

/** Tells when callers are no longer good, whichever way they are known. */
export interface Revocations {
  /** `isOver` is asked for the identity of each client that is served; those that are over are ended. */
  onRevoked(listener: (isOver: (identity: Pick<Identity, 'key' | 'login'>) => boolean) => void): void;
}
