import type { ServerState, StatusEvent } from '../protocol/status.js';
import { UnreadableAnswers } from '../protocol/unreadable.js';
import type { Transport } from '../transports/transport.js';
import type { Connection } from './connection.js';
import type { ForwardedInitialize } from './forwarded-initialize.js';
import { InflightCalls, type Tally } from './inflight-calls.js';
import type { OwnRequest } from './own-request.js';

/** The asker of the `initialize` that mcp-pipe sends by itself. */
export const initializeAsker = Symbol('greeter');

/** The asker of pings that mcp-pipe sends by itself, to know whether the server lives. */
export const pingAsker = Symbol('pinger');

/** Whoever asks a server. */
export type Asker = Connection | typeof initializeAsker | typeof pingAsker | OwnRequest | ForwardedInitialize;

export type WhyReplaced = Extract<StatusEvent, { type: 'server-replaced' }>['why'];

/** What is learned of a server by initialising it. */
export type InitializeState = Extract<ServerState, 'initializing' | 'ready' | 'refused'>;

/** The supervisor of a server process, as its bridge sees it. */
export interface LifeOwner {
  /** The process cannot serve the endpoint that is connected: ends it and starts a new one. */
  replace(why: WhyReplaced): void;
  /** The process was sent `initialize`, takes requests from now on, or has refused `initialize`. */
  initialized(to: InitializeState): void;
}

/** One server process, from start to end. */
export interface ServerLife {
  readonly transport: Transport;
  readonly owner: LifeOwner;
  readonly inflight: InflightCalls<Asker>;
  /** Finds answers in what it prints beside messages. */
  readonly unreadable: UnreadableAnswers;
  /** It has been seen to print what it answers a second time, for people. */
  printsAnswers: boolean;
  /** Settles when the process can take requests. */
  readonly answers: Promise<void>;
  readonly markReady: () => void;
  /** It was refused requests, because too many are open; said once. */
  isRefusedRequests: boolean;
  /** It was sent an `initialize`, whoever's. */
  wasSentInitialize: boolean;
  /** It was sent `notifications/initialized`. */
  wasSentInitialized: boolean;
  /** An endpoint has asked it something that may leave a trace in it. */
  wasUsed: boolean;
  /** What we ask it ourselves, beside the endpoint; `hadOwnRequests` stays true afterwards. */
  readonly ownRequests: Set<OwnRequest>;
  hadOwnRequests: boolean;
  /** When it last said anything, clock time in milliseconds. */
  heardAt: number;
  /** What it says is not read, because the endpoint is slower. */
  isHeldBack: boolean;
  /** It answers neither calls nor a ping, and that was said. */
  isSilent: boolean;
  /** Settles when all it wrote has been passed on. */
  pumped: Promise<void>;
}

export function newServerLife(
  transport: Transport,
  owner: LifeOwner,
  now: () => number,
  tally: Tally,
): ServerLife {
  let markReady = () => {};
  const answers = new Promise<void>((resolve) => {
    markReady = resolve;
  });
  return {
    transport,
    owner,
    inflight: new InflightCalls(now, tally),
    unreadable: new UnreadableAnswers(),
    printsAnswers: false,
    answers,
    markReady,
    isRefusedRequests: false,
    wasSentInitialize: false,
    wasSentInitialized: false,
    wasUsed: false,
    ownRequests: new Set(),
    hadOwnRequests: false,
    heardAt: Number.NEGATIVE_INFINITY,
    isHeldBack: false,
    isSilent: false,
    pumped: Promise.resolve(),
  };
}
