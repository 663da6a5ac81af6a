/** The gateway's own authorization server. Pure data. */
export interface OAuthPlan {
  /** How long an access token is good, in milliseconds. */
  accessTokenMs: number;
  /** How long a client stays let in without a request for a token, in milliseconds. */
  refreshTokenMs: number;
  /** Whether clients that are not known register themselves (RFC 7591). */
  registration: boolean;
  /** Whether a client may be named by the address of its metadata document, which is fetched then. */
  clientDocuments: boolean;
  /** Hosts that people are sent back to, beside this machine; empty: any with https. */
  redirectHosts: readonly string[];
}
