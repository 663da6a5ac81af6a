import type { InitializeParams } from '../protocol/mcp.js';

/** What an endpoint's `initialize` asks for otherwise than a server process was told. */
export interface Difference {
  /** Another protocol version than the process was asked for, and has answered with. */
  version: boolean;
  /** It has answered with the very version that it was asked for: another one would get another answer. */
  goesByVersion: boolean;
  /** Something that a server may ask an endpoint for is there on one side only. */
  capabilities: boolean;
  /** The same, of something that this server has been seen to ask for. */
  usedCapabilities: boolean;
}

/**
 * The capabilities of an endpoint that allow a server to ask for something, which it does with methods that begin so (MCP
 * lifecycle, "Capability negotiation"). A server may offer tools for them. What stands inside of them,
 * `roots.listChanged` for instance, only says what the endpoint will tell by itself; `experimental` and what is not
 * known binds nobody.
 */
const ASKED_FOR = ['roots', 'sampling', 'elicitation', 'tasks'];

/** The capability that an endpoint must have to be asked so; undefined where it needs none. */
export function capabilityFor(method: string): string | undefined {
  return ASKED_FOR.find((name) => method.startsWith(name) && method[name.length] === '/');
}

/** Which of them an `initialize` declares. Some write null, or false, for what they cannot do. */
export function declared({ capabilities }: InitializeParams): string[] {
  return ASKED_FOR.filter((name) => ![undefined, null, false].includes(capabilities[name] as null));
}

/**
 * @param answered The protocol version in the process's answer; undefined while there is none.
 * @param used Capabilities that the server has been seen to use.
 */
export function differenceOf(
  asked: InitializeParams,
  told: InitializeParams,
  answered: string | undefined,
  used: ReadonlySet<string>,
): Difference {
  const before = declared(told);
  const now = declared(asked);
  const changed = ASKED_FOR.filter((name) => before.includes(name) !== now.includes(name));
  return {
    version: ![told.protocolVersion, answered].includes(asked.protocolVersion),
    goesByVersion: answered === undefined || answered === told.protocolVersion,
    capabilities: changed.length > 0,
    usedCapabilities: changed.some((name) => used.has(name)),
  };
}
