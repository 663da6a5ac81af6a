import type { Clock } from '../../time/clock.js';
import type { Behaviour } from './behaviour.js';
import type { EndpointEvents, EndpointStats, ServerConnection } from './events.js';

/** How an embedded endpoint behaves. Times are milliseconds, sizes bytes. */
export interface EndpointOptions extends Partial<Behaviour> {
  /** Address to listen on; default 127.0.0.1. Every client that reaches it may connect unless `tokens` is given. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** The only tokens that are accepted; default: every non-empty one. */
  tokens?: readonly string[];
  /** Settings for single tokens; they override the others. */
  byToken?: Readonly<Record<string, Partial<Behaviour>>>;
  /** Interval of WebSocket pings to callers and self-hosted servers; 0 for none. Default 20 000. */
  webSocketPingIntervalMs?: number;
  /** A larger frame is answered with 1009. Default 16 MiB, the self-hosted endpoint's bound. */
  maxFrameBytes?: number;
  /** While more bytes than this wait for one peer, their senders are not read. Default 1 MiB. */
  maxQueuedBytes?: number;
  /**
   * Bound of the bytes of unfinished messages of all peers together, and of the bytes that wait for all peers. Default
   * 64 MiB each.
   */
  maxSharedBytes?: number;
  /** How long a peer may take to answer a close frame. Default 2 000. */
  closeTimeoutMs?: number;
  /** A caller's session over HTTP ends when it is not used for this long. Default 30 minutes. */
  sessionIdleMs?: number;
  /** Sessions over HTTP that one token may have at a time. Default 1 000. */
  maxSessions?: number;
  /** Default: the system's clock. */
  clock?: Clock;
}

/**
 * An embedded endpoint that listens. Without `token`, a function acts on every token. Functions that act on connections return
 * their number.
 */
export interface RunningEndpoint {
  /** Address that it listens on. */
  readonly host: string;
  /** Port that it listens on; never 0. */
  readonly port: number;
  /** Address for servers: the path that imitates the cloud. */
  serverUrl(token: string): string;
  /** Address for servers: the path that imitates the self-hosted endpoint. */
  selfHostedUrl(token: string): string;
  /** Address for callers over WebSocket. */
  callerUrl(token: string): string;
  /** Address for callers over MCP "Streamable HTTP", of any revision. */
  httpUrl(token: string): string;
  /** Every server connection, oldest first. */
  connections(): ServerConnection[];
  /** Counters since the start. */
  readonly stats: Readonly<EndpointStats>;
  /** When servers requested an upgrade with this token, in milliseconds of the clock; the last 1 000. */
  dials(token: string): readonly number[];
  /** Calls `fn` at every event of this name, until the returned function is called. */
  on<Name extends keyof EndpointEvents>(name: Name, fn: (...args: EndpointEvents[Name]) => void): () => void;
  /** Changes settings of all tokens or of one, for later connections; `delayMs` at once. */
  set(settings: Partial<Behaviour>, token?: string): void;
  /** Closes servers' connections, all or those of one token; returns how many. Default 1000 without a reason. */
  closeServers(token?: string, code?: number, reason?: string): number;
  /** Destroys the TCP connections of servers. Returns how many. */
  dropServers(token?: string): number;
  /** Neither reads from servers nor sends to them, not even pongs, until `resumeServers`. Returns how many. */
  pauseServers(token?: string): number;
  /** Ends `pauseServers`. Returns how many. */
  resumeServers(token?: string): number;
  /** Sends the text, which need not be JSON, to servers. Returns how many. */
  sendToServers(text: string, token?: string): number;
  /** Closes every connection with 1001 and stops listening. Idempotent. */
  close(): Promise<void>;
}
