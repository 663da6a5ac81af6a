import type { RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { UnreadableAnswers } from '../protocol/unreadable.js';
import type { Transport } from '../transports/transport.js';
import { Inflight, type Tally } from './inflight.js';
import type { LocalAsk } from './own-request.js';
import { Questions } from './questions.js';
import type { RefusedRequests } from './refusals.js';
import type { Teller } from './teller.js';

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
  served: boolean;
  /** What it declared that it may be asked for; undefined while that is not known of all its callers. */
  capabilities: Set<string> | undefined;
  /** What servers asked this endpoint. */
  readonly questions: Questions<ServerLife>;
  /** `initialize` requests that wait for the server's answer: frame and id token. */
  waiting: { frame: Frame; rawId: RawId }[];
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
    served: false,
    capabilities: undefined,
    questions: new Questions(),
    waiting: [],
  };
}

/** The asker of the `initialize` that mcp-pipe sends by itself. */
export const greeter = Symbol('greeter');

/** The asker of pings that mcp-pipe sends by itself, to know whether the server lives. */
export const pinger = Symbol('pinger');

/** Whoever asks a server. */
export type Asker = Connection | typeof greeter | typeof pinger | LocalAsk | Teller;

/** One server process, from start to end. */
export interface ServerLife {
  readonly transport: Transport;
  readonly inflight: Inflight<Asker>;
  /** Finds answers in what it prints beside messages. */
  readonly unreadable: UnreadableAnswers;
  /** It has been seen to print what it answers a second time, for people. */
  printsAnswers: boolean;
  /** Settles when the process can take requests. */
  readonly answers: Promise<void>;
  readonly markReady: () => void;
  ready: boolean;
  /** It answered the greeting with an error: the endpoint's own `initialize` may fare better, and is passed on. */
  refused: boolean;
  /** It was refused questions, because too many are open; said once. */
  isRefusedQuestions: boolean;
  /** It was sent an `initialize`, whoever's. */
  greeted: boolean;
  /** It was sent `notifications/initialized`. */
  initialized: boolean;
  /** An endpoint has asked it something that may leave a trace in it. */
  used: boolean;
  /** What we ask it ourselves, beside the endpoint; `asked` stays true afterwards. */
  readonly asks: Set<LocalAsk>;
  asked: boolean;
  /** When it last said anything, clock time in milliseconds. */
  heardAt: number;
  /** What it says is not read, because the endpoint is slower. */
  isHeldBack: boolean;
  /** It answers neither calls nor a ping, and that was said. */
  isSilent: boolean;
  /** Settles when all it wrote has been passed on. */
  pumped: Promise<void>;
}

export function newServerLife(transport: Transport, now: () => number, tally: Tally): ServerLife {
  let markReady = () => {};
  const answers = new Promise<void>((resolve) => {
    markReady = resolve;
  });
  return {
    transport,
    inflight: new Inflight(now, tally),
    unreadable: new UnreadableAnswers(),
    printsAnswers: false,
    answers,
    markReady,
    ready: false,
    refused: false,
    isRefusedQuestions: false,
    greeted: false,
    initialized: false,
    used: false,
    asks: new Set(),
    asked: false,
    heardAt: Number.NEGATIVE_INFINITY,
    isHeldBack: false,
    isSilent: false,
    pumped: Promise.resolve(),
  };
}
