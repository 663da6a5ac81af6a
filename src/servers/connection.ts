import type { RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { Transport } from '../transports/transport.js';
import type { RefusedRequests } from './refusals.js';
import { ServerRequests } from './server-requests.js';

/** One connection to the endpoint, from open to end. */
export interface Connection {
  readonly transport: Transport;
  /** Clock time in milliseconds, as all times here. */
  readonly openedAt: number;
  /** When the first request came; undefined until then. */
  askedAt: number | undefined;
  /** The endpoint's own `initialize`: `unanswered` since `initializeAt` (clock time in ms). */
  initialize: 'not-asked' | 'unanswered' | 'answered';
  initializeAt: number;
  firstInitialize: Frame | undefined;
  /** When the first request was answered, `initialize` or any other; undefined until then. */
  answeredAt: number | undefined;
  /** Errors that the endpoint got as answers; see `RefusedRequests`. */
  readonly refused: RefusedRequests;
  /** The endpoint sent `notifications/initialized`. */
  initialized: boolean;
  /** True once the first request has shown whether the endpoint speaks the era with `initialize` or MCP 2026-07-28. */
  eraKnown: boolean;
  /** The endpoint has put several messages into one array (MCP 2025-03-26). */
  sendsBatches: boolean;
  /** A message of this connection has been sent to a server process. */
  hasReachedServer: boolean;
  /** Capabilities that the endpoint declared; undefined while they are not known of all callers behind it. */
  capabilities: Set<string> | undefined;
  /** Requests of servers to this endpoint, by server process. */
  readonly serverRequests: ServerRequests<object>;
  /** `initialize` requests that wait for the server's answer: frame and id token. */
  waitingInitializes: { frame: Frame; rawId: RawId }[];
}

export function newConnection(transport: Transport, openedAt: number): Connection {
  return {
    transport,
    openedAt,
    askedAt: undefined,
    initialize: 'not-asked',
    initializeAt: 0,
    firstInitialize: undefined,
    answeredAt: undefined,
    refused: { initialize: undefined, last: undefined },
    initialized: false,
    eraKnown: false,
    sendsBatches: false,
    hasReachedServer: false,
    capabilities: undefined,
    serverRequests: new ServerRequests(),
    waitingInitializes: [],
  };
}
