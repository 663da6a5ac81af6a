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
  /** When the endpoint first asked anything on it; undefined until then. */
  askedAt: number | undefined;
  /** The endpoint's own `initialize`: `unanswered` since `initializeAt` (clock time in ms). */
  initialize: 'not-asked' | 'unanswered' | 'answered';
  initializeAt: number;
  firstInitialize: Frame | undefined;
  /** When the first request was answered, `initialize` or any other; undefined until then. */
  answeredAt: number | undefined;
  /** Errors that the endpoint got for an answer: to its `initialize`, unless a later one fared better, and the last. */
  readonly refused: RefusedRequests;
  /** The endpoint sent `notifications/initialized`. */
  initialized: boolean;
  /** The first request told which era the endpoint speaks. */
  eraKnown: boolean;
  /** The endpoint has put several messages into one array (MCP 2025-03-26). */
  sendsBatches: boolean;
  /** A server process has been sent something of this connection. */
  hasReachedServer: boolean;
  /** What it declared that it may be asked for; undefined while that is not known of all its callers. */
  capabilities: Set<string> | undefined;
  /** What servers asked this endpoint, by their lives (see `ServerLife`). */
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
