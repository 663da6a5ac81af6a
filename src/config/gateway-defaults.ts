/** Numbers of the gateway; the section "gateway" overrides them. */
export const GATEWAY = {
  /** Where supergateway, punkpeye/mcp-proxy and the documentation of others expect a gateway, or nearly so. */
  port: 8_080,
  /** A client that is only quiet keeps its session over a break; an abandoned one is gone within the hour. */
  sessionIdleMs: 1_800_000,
  /** Shorter ones end between two questions of one conversation. */
  leastSessionIdleMs: 1_000,
  /** A session costs some kilobytes; a thousand clients are more than one machine serves by hand. */
  maxSessions: 1_000,
  mostSessions: 1_000_000,
  /** As long as the largest message to a server (`maxFrameBytes`): a larger body could not be handed on. */
  maxBodyBytes: 64 * 1024 * 1024,
  leastBodyBytes: 1_024,
  mostBodyBytes: 1024 ** 3,
  /** A session has up to six. Each costs some kilobytes, and a file descriptor of usually 1 024 or more. */
  maxConnections: 10_000,
  mostConnections: 1_000_000,
  /** Of all connections, and of all sessions, as much as one address, or one key, may have: others still get in beside it. */
  largestPart: 0.5,
  /** Characters of a key, below which it can be guessed. */
  shortKey: 16,
  /** The same for the key that signs ids of sessions, which is no word that a person types: 16 bytes in hexadecimal. */
  shortSessionKey: 32,
} as const;
