/** The scopes of a text that lists them (RFC 6749 §3.3), each once. */
export function scopesOf(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))];
}

export interface ScopeFacts {
  /** What a person or the configuration asks for; it goes before everything else. */
  wanted: readonly string[] | undefined;
  /** Of the server's 401 or 403. */
  challenge: readonly string[];
  /** `scopes_supported` of the server's metadata. */
  ofResource: readonly string[] | undefined;
  /** `scopes_supported` of the authorization server's. */
  ofIssuer: readonly string[] | undefined;
  /** Scopes of the login so far that the server found too narrow: they are asked for again beside the new ones. */
  former: readonly string[];
  /** A login that a person gives should last. */
  isLasting: boolean;
}

/**
 * The scopes to ask for, as MCP "Authorization" has it: those of the challenge, else all that the server knows, else none, which
 * leaves the choice to the authorization server. `offline_access` is added where it is offered: without it some issue no refresh token.
 */
export function chooseScopes(facts: ScopeFacts): string[] {
  const { wanted, challenge, ofResource = [], ofIssuer = [], former, isLasting } = facts;
  const base = wanted ?? (challenge.length > 0 ? challenge : ofResource);
  const all = [...new Set([...former, ...base])];
  const isAdded = isLasting && wanted === undefined && all.length > 0 && ofIssuer.includes('offline_access');
  return isAdded ? [...new Set([...all, 'offline_access'])] : all;
}
