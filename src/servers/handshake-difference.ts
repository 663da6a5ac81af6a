import type { InitializeParams } from '../protocol/mcp.js';

/** How an endpoint's `initialize` differs from the last one that a server process was sent. */
export interface HandshakeDifference {
  /** The protocol version is neither the one that the process was asked for nor the one that it answered with. */
  version: boolean;
  /** The process answered with the version that it was asked for, so another version may get another answer. */
  goesByVersion: boolean;
  /** Only one of the two declares some capability of `ASKED_FOR`. */
  capabilities: boolean;
  /** As `capabilities`, for a capability that this server has used. */
  usedCapabilities: boolean;
}

/**
 * Client capabilities that allow a server to send requests, whose methods begin with the same word (MCP lifecycle,
 * "Capability negotiation"). A server may offer tools that need them. Their members, `roots.listChanged` for instance, only
 * announce notifications of the client. `experimental` and unknown capabilities do not count.
 */
const ASKED_FOR = ['roots', 'sampling', 'elicitation', 'tasks'];

/** The client capability that a server's request with this method needs; undefined when it needs none. */
export function capabilityFor(method: string): string | undefined {
  return ASKED_FOR.find((name) => method.startsWith(name) && method[name.length] === '/');
}

/** Which of `ASKED_FOR` an `initialize` declares. Some clients write null or false for a capability that they lack. */
export function declared({ capabilities }: InitializeParams): string[] {
  return ASKED_FOR.filter((name) => ![undefined, null, false].includes(capabilities[name] as null));
}

/**
 * @param answered The protocol version in the process's answer; undefined while there is none.
 * @param used Capabilities that the server has been seen to use.
 */
export function differenceOf(
  asked: InitializeParams,
  lastSent: InitializeParams,
  answered: string | undefined,
  used: ReadonlySet<string>,
): HandshakeDifference {
  const before = declared(lastSent);
  const now = declared(asked);
  const changed = ASKED_FOR.filter((name) => before.includes(name) !== now.includes(name));
  return {
    version: ![lastSent.protocolVersion, answered].includes(asked.protocolVersion),
    goesByVersion: answered === undefined || answered === lastSent.protocolVersion,
    capabilities: changed.length > 0,
    usedCapabilities: changed.some((name) => used.has(name)),
  };
}
