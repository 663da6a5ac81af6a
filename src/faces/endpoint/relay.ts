import type { PendingCall } from '../../protocol/calls/pending-call.js';
import { type Envelope, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, encodeError, encodeResult } from '../../protocol/jsonrpc.js';
import { Method, SUBSCRIPTION_ID } from '../../protocol/mcp.js';
import type { PausableSender } from '../http/pausable-sender.js';
import { type RelayedCalls, replyFor } from './calls.js';
import type { EndpointStats } from './events.js';

/**
 * Codes of the endpoint's own error replies. The first two are those of the self-hosted endpoint; -32700 and -32600
 * are JSON-RPC 2.0 §5.1.
 */
export const RelayError = {
  /** No server is connected for the token. */
  noServer: -32001,
  /** The server's connection ended before it answered. */
  serverLost: -32002,
  /** For a server's request: no caller is connected, or the caller left before it answered. */
  noCaller: ErrorCode.noCaller,
  parse: -32700,
  invalidRequest: -32600,
} as const;

/** The connection of a peer as the relay sees it. */
export interface PeerChannel extends PausableSender {
  readonly isOpen: boolean;
  /** Sends a frame. `source` is not read while too many bytes wait here. */
  send(frame: Frame, source?: PausableSender): void;
}

/** A server as the relay sees it. */
export interface ServerPeer {
  readonly channel: PeerChannel;
  /** Pending requests of callers to this server. */
  readonly calls: RelayedCalls<CallerPeer>;
}

/** A caller as the relay sees it. */
export interface CallerPeer {
  readonly channel: PeerChannel;
  /**
   * Which messages of a server the caller gets beside replies, progress and its subscriptions. `everything`: all
   * notifications and requests. `session`: the same, except log messages while a call of another caller runs. `own`:
   * none (one request of MCP 2026-07-28). `own-log`: only log messages, which the request has asked for.
   */
  readonly receives: 'everything' | 'session' | 'own' | 'own-log';
  /** Pending requests of servers to this caller. */
  readonly calls: RelayedCalls<ServerPeer>;
}

/**
 * Carries messages between the callers and the servers of one token. Only ids are changed, and progress tokens that two
 * callers chose alike, and the ids that name subscriptions. Calls go to the server that connected last. A server's request
 * goes to the caller whose call began last, because the request probably belongs to that call; without a call it goes to
 * the caller that connected last.
 */
export class Relay {
  readonly #stats: EndpointStats;
  /** In the order in which they connected. */
  readonly #servers: ServerPeer[] = [];
  readonly #callers: CallerPeer[] = [];

  constructor(stats: EndpointStats) {
    this.#stats = stats;
  }

  addServer(server: ServerPeer): void {
    this.#servers.push(server);
  }

  /** Removes a server. Its pending requests are answered with an error at once. Idempotent. */
  removeServer(server: ServerPeer): void {
    remove(this.#servers, server);
    for (const call of server.calls.clear()) {
      const error = encodeError(
        call.rawId,
        RelayError.serverLost,
        "the server's connection ended before it answered; the call was not repeated",
      );
      call.asker?.channel.send(error);
    }
  }

  addCaller(caller: CallerPeer): void {
    this.#callers.push(caller);
  }

  /**
   * Removes a caller. Requests of servers to it are answered with an error, and its own requests are cancelled.
   * Idempotent.
   */
  removeCaller(caller: CallerPeer): void {
    remove(this.#callers, caller);
    for (const server of this.#servers) {
      for (const frame of server.calls.abandon(caller)) server.channel.send(frame);
    }
    for (const call of caller.calls.clear()) {
      call.asker?.channel.send(
        encodeError(call.rawId, RelayError.noCaller, 'the caller left before it answered'),
      );
    }
  }

  fromCaller(caller: CallerPeer, frame: Frame, envelope = readEnvelope(frame)): void {
    if (envelope.kind === 'request') this.#call(caller, frame, envelope);
    else if (envelope.kind === 'notification') this.#notifyServer(caller, frame, envelope);
    else if (envelope.kind === 'response') this.#reply(caller.calls, caller.channel, frame, envelope);
    else if (envelope.kind === 'invalid') {
      caller.channel.send(encodeError('null', RelayError.parse, 'the frame is not valid JSON'));
    } else {
      const got = envelope.kind === 'batch' ? 'a batch' : 'other JSON';
      const message = `expected one JSON-RPC message per frame, got ${got}`;
      caller.channel.send(encodeError('null', RelayError.invalidRequest, message));
    }
  }

  /** Handles a frame of a server. Returns the call that the frame answers, if it answers one. */
  fromServer(server: ServerPeer, frame: Frame, envelope: Envelope): PendingCall<CallerPeer> | undefined {
    if (envelope.kind === 'response') return this.#reply(server.calls, server.channel, frame, envelope);
    if (envelope.kind === 'request') this.#askCaller(server, frame, envelope);
    else if (envelope.kind === 'notification') this.#notifyCallers(server, frame, envelope);
    else this.#stats.framesIgnored += 1;
    return undefined;
  }

  #call(caller: CallerPeer, frame: Frame, envelope: Envelope): void {
    const server = newest(this.#servers);
    if (server) server.channel.send(server.calls.enter(frame, envelope, caller), caller.channel);
    else {
      const message = 'no server is connected for this token';
      caller.channel.send(encodeError(rawId(frame, envelope), RelayError.noServer, message), caller.channel);
    }
  }

  #askCaller(server: ServerPeer, frame: Frame, envelope: Envelope): void {
    const caller = server.calls.newestAsker(isAnswering) ?? this.#callers.findLast(isAnswering);
    const own = OWN_ANSWERS.get(envelope.method ?? '');
    if (caller) caller.channel.send(caller.calls.enter(frame, envelope, server), server.channel);
    else if (own) server.channel.send(encodeResult(rawId(frame, envelope), own), server.channel);
    else {
      const message = `no client is connected that could answer ${envelope.method}`;
      server.channel.send(encodeError(rawId(frame, envelope), RelayError.noCaller, message), server.channel);
    }
  }

  /** Sends a reply to the peer that sent the request, with the id that this peer chose. */
  #reply<Asker extends { channel: PeerChannel }>(
    calls: RelayedCalls<Asker>,
    from: PausableSender,
    frame: Frame,
    envelope: Envelope,
  ): PendingCall<Asker> | undefined {
    const call = calls.take(frame, envelope);
    if (call?.asker?.channel.isOpen) call.asker.channel.send(replyFor(call, frame, envelope), from);
    else this.#stats.repliesDropped += 1;
    return call;
  }

  #notifyServer(caller: CallerPeer, frame: Frame, envelope: Envelope): void {
    if (envelope.method !== Method.cancelled)
      return newest(this.#servers)?.channel.send(frame, caller.channel);
    for (const server of this.#servers) {
      const mapped = server.calls.cancel(frame, caller);
      if (mapped) return server.channel.send(mapped, caller.channel);
    }
  }

  #notifyCallers(server: ServerPeer, frame: Frame, envelope: Envelope): void {
    if (envelope.method === Method.cancelled) {
      for (const caller of this.#callers) {
        const mapped = caller.calls.cancel(frame, server);
        if (mapped) return caller.channel.send(mapped, server.channel);
      }
      return;
    }
    const own = this.#ownNotification(server, frame, envelope);
    if (own) return own.call.asker?.channel.send(own.frame, server.channel);
    // A notification of an unknown subscription is dropped: no other caller may get it (MCP 2026-07-28 "Subscriptions").
    if (frame.includes(SUBSCRIPTION_ID)) return;
    const isLog = envelope.method === Method.log;
    const worker = isLog ? server.calls.newestAsker(receivesLog) : undefined;
    for (const caller of this.#callers) {
      const { receives } = caller;
      const isMeant = receives === 'everything' || (worker ? caller === worker : receives === 'session');
      if (isMeant) caller.channel.send(frame, server.channel);
    }
  }

  /**
   * The one caller that a notification belongs to, by the token, request or subscription that it names, with the frame
   * for it.
   */
  #ownNotification({ calls }: ServerPeer, frame: Frame, { method }: Envelope) {
    if (method === Method.progress) return calls.progressed(frame);
    return frame.includes(SUBSCRIPTION_ID) ? calls.subscribed(frame) : undefined;
  }
}

/**
 * Answers of the endpoint itself to requests of servers, while no caller is connected. The endpoint declares roots, so
 * servers request them as soon as they are initialised; an error would look like a fault in their log.
 */
const OWN_ANSWERS: ReadonlyMap<string, object> = new Map([
  [Method.ping, {}],
  [Method.listRoots, { roots: [] }],
]);

function isAnswering({ receives, channel }: CallerPeer): boolean {
  return channel.isOpen && (receives === 'everything' || receives === 'session');
}

function receivesLog({ receives, channel }: CallerPeer): boolean {
  return channel.isOpen && receives !== 'own';
}

function newest<Peer extends { channel: PeerChannel }>(peers: readonly Peer[]): Peer | undefined {
  return peers.findLast((peer) => peer.channel.isOpen);
}

function remove<Peer>(peers: Peer[], peer: Peer): void {
  const at = peers.indexOf(peer);
  if (at >= 0) peers.splice(at, 1);
}
