import type { Frame } from '../../protocol/frame.js';

/** Which of the two kinds of endpoint a path imitates. */
export type Imitates = 'cloud' | 'self-hosted';

/** `serverInfo` of a connected server's answer to `initialize` (MCP `Implementation`). */
export interface ServerInfo {
  name?: string;
  version?: string;
  [member: string]: unknown;
}

/** One entry of `tools/list` (MCP `Tool`). */
export interface ToolInfo {
  name: string;
  [member: string]: unknown;
}

/** One server's connection, in its current state. Holds no token. */
export interface ServerConnection {
  /** Unique for the life of the endpoint, counted from 1, callers included. */
  id: number;
  /** The fingerprint that the dialling side sees in its own log (`Endpoint.fingerprint`). */
  fingerprint: string;
  imitates: Imitates;
  /** Milliseconds since 1970. */
  connectedAt: number;
  /** Undefined until `initialize` was answered. */
  serverInfo: ServerInfo | undefined;
  /** Every page of `tools/list`; undefined until it was answered. An error counts as no tools. */
  tools: readonly ToolInfo[] | undefined;
  /** True when the connection is open but gets no messages, by the imitated fault of `replace-deaf`. */
  isDeaf: boolean;
}

/** One caller's WebSocket, or its session over HTTP. Holds no token. */
export interface CallerConnection {
  id: number;
  fingerprint: string;
  /** Milliseconds since 1970. */
  connectedAt: number;
}

/**
 * How a connection ended: code and reason of the close frame; 1006 without a close frame. For a session over HTTP: 1000,
 * and why it ended.
 */
export interface Ended {
  code: number;
  reason: string;
}

/** Everything an endpoint reports, with the arguments of each event. */
export interface EndpointEvents {
  'server-open': [ServerConnection];
  /** A server answered `initialize`, of the endpoint or of a caller. */
  'server-initialized': [ServerConnection];
  /** The whole list of tools has been read, or read again. */
  'server-tools': [ServerConnection];
  /** Every text frame of a server, byte for byte, before it is handled. */
  'server-frame': [ServerConnection, Frame];
  'server-close': [ServerConnection, Ended];
  'caller-open': [CallerConnection];
  'caller-close': [CallerConnection, Ended];
  /** An upgrade, or a caller over HTTP, was rejected with this HTTP status. */
  'upgrade-rejected': [{ path: string; status: number }];
  /** A connection was accepted and then refused. */
  refused: [{ fingerprint: string; side: 'server' | 'caller'; code: number; reason: string }];
}

export type Emit = <Name extends keyof EndpointEvents>(name: Name, ...args: EndpointEvents[Name]) => void;

/** Counters since the start of the endpoint. */
export interface EndpointStats {
  /** Upgrades answered with 101, on both sides, also those closed right after. */
  accepted: number;
  /** Upgrades answered with another status, and connections refused after 101. */
  rejected: number;
  /** The highest number of server connections that one token had open at once. */
  maxConcurrentPerToken: number;
  /** Text frames received from servers and callers, and sent to them. */
  framesIn: number;
  framesOut: number;
  /** MCP pings that a server answered. */
  pingsAnswered: number;
  /** Replies that were dropped: their caller has left, or no request is pending. */
  repliesDropped: number;
  /** Frames of servers that are no JSON-RPC message, and all frames of connections with `isDeaf`. */
  framesIgnored: number;
}
