import { type Envelope, rawId, readEnvelope, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { errorResponse } from '../../protocol/jsonrpc.js';
import { Method } from '../../protocol/mcp.js';
import type { Call, CallTable } from './calls.js';
import type { Channel } from './channel.js';
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
  /** A server asked, and there is no caller to ask, or it left before it answered. */
  noCaller: -31010,
  parse: -32700,
  invalidRequest: -32600,
} as const;

/** A server as the relay sees it. */
export interface ServerPeer {
  readonly channel: Channel;
  /** What callers asked of it. */
  readonly calls: CallTable<CallerPeer>;
}

/** A caller as the relay sees it. */
export interface CallerPeer {
  readonly channel: Channel;
  /** What servers asked of it. */
  readonly calls: CallTable<ServerPeer>;
}

/**
 * Carries messages between the callers and the servers of one token. Only ids change, and progress tokens that two
 * callers chose alike. Calls go to the server that connected last; what a server asks goes to the caller that
 * connected last.
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

  /** Idempotent. Every call that still waits for the server is answered with an error at once. */
  removeServer(server: ServerPeer): void {
    remove(this.#servers, server);
    for (const call of server.calls.drain()) {
      const error = errorResponse(
        call.rawId,
        RelayError.serverLost,
        "the server's connection ended before it answered; the call was not repeated",
      );
      call.asker.channel.send(error);
    }
  }

  addCaller(caller: CallerPeer): void {
    this.#callers.push(caller);
  }

  /** Idempotent. What servers asked the caller is answered with an error; replies to the caller will be dropped. */
  removeCaller(caller: CallerPeer): void {
    remove(this.#callers, caller);
    for (const call of caller.calls.drain()) {
      call.asker.channel.send(
        errorResponse(call.rawId, RelayError.noCaller, 'the caller left before it answered'),
      );
    }
  }

  fromCaller(caller: CallerPeer, frame: Frame): void {
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'request') this.#call(caller, frame, envelope);
    else if (envelope.kind === 'notification') this.#notifyServer(caller, frame, envelope);
    else if (envelope.kind === 'response') this.#reply(caller.calls, caller.channel, frame, envelope);
    else if (envelope.kind === 'invalid') {
      caller.channel.send(errorResponse('null', RelayError.parse, 'the frame is not valid JSON'));
    } else {
      const got = envelope.kind === 'batch' ? 'a batch' : 'other JSON';
      const message = `expected one JSON-RPC message per frame, got ${got}`;
      caller.channel.send(errorResponse('null', RelayError.invalidRequest, message));
    }
  }

  /** The call that the frame ended, if it ended one. */
  fromServer(server: ServerPeer, frame: Frame, envelope: Envelope): Call<CallerPeer> | undefined {
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
      caller.channel.send(
        errorResponse(rawId(frame, envelope), RelayError.noServer, message),
        caller.channel,
      );
    }
  }

  #askCaller(server: ServerPeer, frame: Frame, envelope: Envelope): void {
    const caller = newest(this.#callers);
    if (caller) caller.channel.send(caller.calls.enter(frame, envelope, server), server.channel);
    else {
      const message = `no caller is connected that could answer ${envelope.method}`;
      server.channel.send(
        errorResponse(rawId(frame, envelope), RelayError.noCaller, message),
        server.channel,
      );
    }
  }

  /** Back to whoever asked, under the asker's own id, and to nobody else. */
  #reply<Asker extends { channel: Channel }>(
    calls: CallTable<Asker>,
    from: Channel,
    frame: Frame,
    envelope: Envelope,
  ): Call<Asker> | undefined {
    const call = calls.take(frame, envelope);
    if (call?.asker.channel.isOpen) call.asker.channel.send(withId(frame, envelope, call.rawId), from);
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
    const progress = envelope.method === Method.progress ? server.calls.progress(frame) : undefined;
    if (progress) progress.asker.channel.send(progress.frame, server.channel);
    else for (const caller of this.#callers) caller.channel.send(frame, server.channel);
  }
}

function newest<Peer extends { channel: Channel }>(peers: readonly Peer[]): Peer | undefined {
  return peers.findLast((peer) => peer.channel.isOpen);
}

function remove<Peer>(peers: Peer[], peer: Peer): void {
  const at = peers.indexOf(peer);
  if (at >= 0) peers.splice(at, 1);
}
