import type { Frame } from '../protocol/frame.js';
import type { Transport } from '../transports/transport.js';
import { Inflight } from './inflight.js';

/** One connection to the endpoint, from open to end. */
export interface Connection {
  readonly transport: Transport;
  /** The endpoint's own `initialize`: `unanswered` since `initializeAt` (clock time in ms). */
  initialize: 'not-asked' | 'unanswered' | 'answered';
  initializeAt: number;
  /** When the first request was answered, `initialize` or any other; undefined until then. */
  answeredAt: number | undefined;
  /** The endpoint sent `notifications/initialized`. */
  initialized: boolean;
  /** The first request told which era the endpoint speaks. */
  eraKnown: boolean;
  /** `initialize` requests that wait for the server's answer: frame and id token. */
  waiting: { frame: Frame; rawId: string }[];
}

export function newConnection(transport: Transport): Connection {
  return {
    transport,
    initialize: 'not-asked',
    initializeAt: 0,
    answeredAt: undefined,
    initialized: false,
    eraKnown: false,
    waiting: [],
  };
}

/** The asker of the `initialize` that mcp-pipe sends by itself. */
export const greeter = Symbol('greeter');

/** One server process, from start to end. */
export interface ServerLife {
  readonly transport: Transport;
  readonly inflight: Inflight<Connection | typeof greeter>;
  /** Requests of the server that the endpoint has not answered: key to id token. */
  readonly asked: Map<string, string>;
  /** Settles when the process can take requests. */
  readonly answers: Promise<void>;
  readonly markReady: () => void;
  ready: boolean;
  /** It was sent an `initialize`, whoever's. */
  greeted: boolean;
  /** It was sent `notifications/initialized`. */
  initialized: boolean;
  /** It was sent anything on behalf of an endpoint. */
  touched: boolean;
  /** Settles when all it wrote has been passed on. */
  pumped: Promise<void>;
}

export function newServerLife(transport: Transport): ServerLife {
  let markReady = () => {};
  const answers = new Promise<void>((resolve) => {
    markReady = resolve;
  });
  return {
    transport,
    inflight: new Inflight(),
    asked: new Map(),
    answers,
    markReady,
    ready: false,
    greeted: false,
    initialized: false,
    touched: false,
    pumped: Promise.resolve(),
  };
}
