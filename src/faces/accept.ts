import type { Grant } from '../protocol/grant.js';
import type { Transport } from '../transports/transport.js';

/** Who sends an HTTP request, as the guard in front of the faces has found out. It decides what the client may have. */
export interface Caller {
  /** Name of the API key, as the configuration has it; undefined when no key is asked for. */
  key?: string;
  /** What the caller's request headers give to servers of its own (`callerEnv`): values, by the name of the header in lower case. */
  headers?: Readonly<Record<string, string>>;
  /** What the key allows; undefined: everything. It goes with the key. */
  grant?: Grant | undefined;
  /** Where the client connects from, without its port; it may change within a session. */
  address?: string | undefined;
  /** The network that its calls count for, where limits go by address: requests without a session from others are not its. */
  network?: string | undefined;
  /** Which way to authenticate has known the caller; it goes with the key. */
  by?: string | undefined;
  /** Which login with that key, of a client of OAuth. */
  login?: string | undefined;
  /** When what the caller has shown stops being good, in epoch milliseconds; undefined: never. See `renew`. */
  until?: number | undefined;
}

/** A client that has connected, as a face hands it over. */
export interface Arrival {
  /** Frames from and to the client. The face ends it when the client leaves; closing it makes the client leave. */
  transport: Transport;
  /** For its name. */
  kind: 'http' | 'sse' | 'ws';
  caller: Caller;
  /**
   * False for requests without a session (MCP 2026-07-28, or `stateless`): one such client of an address carries the requests of
   * many callers that have equal keys and headers.
   */
  hasSession: boolean;
  /**
   * How long the client has had neither a stream nor a request open, in milliseconds; 0 while it has. One that has left without a
   * word cannot be told from it. Lacking: it is always in use.
   */
  idleMs?: () => number;
  /** Called with the reason, in words for the client, before the client is refused. */
  onRefused?: (why: string) => void;
}

/** Serves a client from now on. Returns false when there is nothing for it, or no room: the face answers so. */
export type AcceptClient = (arrival: Arrival) => boolean;

/** Equal for requests of one caller, as `isSameCaller` has it, that count together. */
export function callerKey({ key, by, grant, network, headers = {} }: Caller): string {
  return JSON.stringify([
    ...[key ?? null, by ?? null, grant ?? null, network ?? null],
    Object.entries(headers).sort(),
  ]);
}

/**
 * Whether two requests are of one caller: of equal keys that allow the same, and with equal values for servers of its own. A
 * token of the same name that allows less does not get what the other one has opened.
 */
export function isSameCaller(one: Caller, other: Caller): boolean {
  const [a, b] = [Object.entries(one.headers ?? {}), other.headers ?? {}];
  return (
    one.key === other.key &&
    one.by === other.by &&
    isSameGrant(one.grant, other.grant) &&
    a.length === Object.keys(b).length &&
    a.every(([name, value]) => Object.hasOwn(b, name) && b[name] === value)
  );
}

function isSameGrant(one: Caller['grant'], other: Caller['grant']): boolean {
  return one === other || JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

/** A later request of the same caller, with a credential of its own, has come to what the first one has opened. */
export function renew(first: Caller, later: Caller): void {
  if (first.until === undefined) return;
  if (later.until === undefined) delete first.until;
  else if (later.until > first.until) first.until = later.until;
}
