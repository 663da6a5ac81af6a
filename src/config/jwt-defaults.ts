/** Numbers of tokens of issuers (`"jwt"` of `"gateway"`). */
export const JWT = {
  /** What identity providers sign with; the others have to be asked for. */
  algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  /** Clocks that are kept by NTP differ by less. */
  clockToleranceMs: 5_000,
  mostClockToleranceMs: 300_000,
  /** Of a token, in bytes: Node reads no more than 16 KB of headers, and issuers give a few KB to users of many groups. */
  maxTokenBytes: 12 * 1024,
  /** Keys of an issuer are asked for again after this long, in milliseconds: a key that was withdrawn is believed no longer. */
  keysFreshMs: 600_000,
  /** An issuer that is away: its last keys are believed this long, in milliseconds. Tokens of an hour end before; most outages do. */
  keysKeptMs: 4 * 3_600_000,
  /** An unknown key id asks the issuer at most this often, in milliseconds: made-up ones cannot flood it, and a new key is known soon. */
  keysCooldownMs: 10_000,
  /** For one request to an issuer with its answer, in milliseconds: a client waits. */
  fetchTimeoutMs: 8_000,
  /** No metadata and no set of keys is longer, in bytes. */
  maxFetchedBytes: 256 * 1024,
  /** Its metadata is read again after this long, in milliseconds: an issuer moves its keys rarely. */
  metadataFreshMs: 3_600_000,
  /** Keys of an issuer; more are a mistake. */
  maxKeys: 100,
  /** Tokens that are remembered as verified: one for each client, some 300 bytes each. */
  maxVerified: 10_000,
} as const;
