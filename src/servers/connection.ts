import type { RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { Transport } from '../transports/transport.js';
import type { ListWatch } from './list-watch.js';
import type { RefusedRequests } from './refusals.js';
import { ServerRequests } from './server-requests.js';

/** One connection of a client, from open to end: to the endpoint, or the channel of a router. */
export interface ConnectionOf<Client> {
  readonly client: Client;
  /** A guard's around the client's own, if there is one. */
  transport: Transport;
  /** Clock time in milliseconds, as all times here. */
  readonly openedAt: number;
  /** When the first request came; undefined until then. */
  askedAt: number | undefined;
  /** The endpoint's own `initialize`: `unanswered` since `initializeAt` (clock time in ms). */
  initialize: 'not-asked' | 'unanswered' | 'answered';
  initializeAt: number;
  firstInitialize: Frame | undefined;
  /** What it declares is in the `initialize` for the next process, with that of the other clients. */
  isInUnion: boolean;
  /** When the first request was answered, `initialize` or any other; undefined until then. */
  answeredAt: number | undefined;
  /** Errors that the endpoint got as answers; see `RefusedRequests`. */
  readonly refused: RefusedRequests;
  /** The endpoint sent `notifications/initialized`. */
  initialized: boolean;
  /** True once the first request has shown whether the endpoint speaks the era with `initialize` or MCP 2026-07-28. */
  eraKnown: boolean;
  /** The first request was of MCP 2026-07-28: such a client is sent no requests, and only what it has subscribed to. */
  isModern: boolean;
  /** A request of MCP 2026-07-28 has asked for log messages (`io.modelcontextprotocol/logLevel` in its `_meta`). */
  wantsLog: boolean;
  /** The endpoint has put several messages into one array (MCP 2025-03-26). */
  sendsBatches: boolean;
  /** A message of this connection has been sent to a server process. */
  hasReachedServer: boolean;
  /** Capabilities that the endpoint declared; undefined while they are not known of all callers behind it. */
  capabilities: Set<string> | undefined;
  /** Requests of servers to this endpoint, by server process. */
  readonly serverRequests: ServerRequests<object>;
  /** Undefined where nothing depends on what the endpoint does with changed lists. */
  readonly lists: ListWatch | undefined;
  /** `initialize` requests that wait for the server's answer: frame and id token. */
  waitingInitializes: { frame: Frame; rawId: RawId }[];
}

export function newConnection<Client>(
  client: Client,
  transport: Transport,
  openedAt: number,
  lists?: ListWatch,
): ConnectionOf<Client> {
  return {
    client,
    transport,
    openedAt,
    askedAt: undefined,
    initialize: 'not-asked',
    initializeAt: 0,
    firstInitialize: undefined,
    isInUnion: false,
    answeredAt: undefined,
    refused: { initialize: undefined, last: undefined },
    initialized: false,
    eraKnown: false,
    isModern: false,
    wantsLog: false,
    sendsBatches: false,
    hasReachedServer: false,
    capabilities: undefined,
    serverRequests: new ServerRequests(),
    lists,
    waitingInitializes: [],
  };
}
