import type { ServerState, StatusEvent } from '../protocol/status.js';
import { UnreadableAnswers } from '../protocol/unreadable.js';
import type { Transport } from '../transports/transport.js';
import type { Connection } from './client-state.js';
import type { ForwardedInitialize } from './forwarded-initialize.js';
import { InflightCalls } from './inflight-calls.js';
import type { LifeCopies } from './life-copies.js';
import { OpenTasks } from './open-tasks.js';
import type { OwnRequest } from './own-request.js';
import type { Tally } from './tally.js';

/** The asker of the `initialize` that mcp-pipe sends to a new process. */
export const initializeAsker = Symbol('initialize');

/** The asker of requests whose replies nobody reads: pings, and subscriptions and log levels for several clients. */
export const upkeepAsker = Symbol('upkeep');

/** The asker of the list of tools from which it is learned which of them are safe to call once more. */
export const safeToolsAsker = Symbol('safe tools');

/** The asker of lists that are kept for the time in which the server is parked. */
export const listsAsker = Symbol('lists');

/** The sender of a request to a server: a connection of a client, or a part of mcp-pipe. */
export type Asker =
  | Connection
  | typeof initializeAsker
  | typeof upkeepAsker
  | typeof safeToolsAsker
  | typeof listsAsker
  | OwnRequest
  | ForwardedInitialize;

export type WhyReplaced = Extract<StatusEvent, { type: 'server-replaced' }>['why'];

/** The states that a hub reports after initialising a server. */
export type InitializeState = Extract<ServerState, 'initializing' | 'ready' | 'refused'>;

/** The supervisor of a server process, as its hub sees it. */
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
  /** Finds unreadable answers in lines of the server that are no messages. */
  readonly unreadable: UnreadableAnswers;
  /** The server prints its answers a second time, for people. */
  printsAnswers: boolean;
  /** Settles when the process can take requests. */
  readonly answers: Promise<void>;
  readonly markReady: () => void;
  /** True once a request of the server was rejected, because too many were open; reported once. */
  isRefusedRequests: boolean;
  /** The process was sent an `initialize`, of mcp-pipe or of a client. */
  wasSentInitialize: boolean;
  /** The process was sent `notifications/initialized`. */
  wasSentInitialized: boolean;
  /** The process knows the subscriptions and the log level of its clients; false after a restart for a single client. */
  knowsEffects: boolean;
  /** The process was sent a request that may have left something in its memory. */
  wasUsed: boolean;
  /** Requests of `listsAsker` that the process has not answered yet. */
  listsAsked: number;
  /** Of servers that may be parked. */
  readonly tasks: OpenTasks;
  /** Pending requests of mcp-pipe's own; `hadOwnRequests` stays true after the first one. */
  readonly ownRequests: Set<OwnRequest>;
  hadOwnRequests: boolean;
  /** When the server's last message came, clock time in milliseconds. */
  heardAt: number;
  /** The server is not read at the moment, because a client does not read fast enough. */
  isReadPaused: boolean;
  /** The server answers neither calls nor a ping, and that was reported. */
  isSilent: boolean;
  /** Resolves when all messages that the process wrote have been handled. */
  outputHandled: Promise<void>;
  /** The life is carried by several processes; undefined for nearly every server. */
  copies: LifeCopies | undefined;
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
    knowsEffects: true,
    wasUsed: false,
    listsAsked: 0,
    tasks: new OpenTasks(),
    ownRequests: new Set(),
    hadOwnRequests: false,
    heardAt: Number.NEGATIVE_INFINITY,
    isReadPaused: false,
    isSilent: false,
    outputHandled: Promise.resolve(),
    copies: undefined,
  };
}
