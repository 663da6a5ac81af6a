import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { SharedBytes } from '../shared-bytes.js';
import { StreamableHttp } from '../streamable-http/streamable-http.js';
import { type BehaviourTable, type CloseWords, INTERNAL_ERROR, REPLACED } from './behaviour.js';
import { CallerSide } from './caller-side.js';
import { Channel, type ChannelOptions } from './channel.js';
import type { CallerConnection, Emit, Ended, EndpointStats, Imitates } from './events.js';
import { overRelay } from './http-caller.js';
import { watchPongs } from './pong-watch.js';
import { Relay } from './relay.js';
import type { EndpointOptions } from './running-endpoint.js';
import { ServerSide } from './server-side.js';

/** All servers and callers that are connected with one token. */
export interface Room {
  relay: Relay;
  /** In the order in which they connected, deaf ones included. */
  servers: ServerSide[];
  callers: CallerSide[];
  /** Callers over HTTP; created with the first one. */
  http: StreamableHttp | undefined;
}

export interface RoomsOptions
  extends Omit<ChannelOptions, 'delayMs' | 'onSent'>,
    Required<
      Pick<EndpointOptions, 'webSocketPingIntervalMs' | 'maxFrameBytes' | 'sessionIdleMs' | 'maxSessions'>
    > {
  behaviours: BehaviourTable;
  stats: EndpointStats;
  emit: Emit;
  /** Counts the bytes of messages that peers have begun to send. */
  unfinished: SharedBytes;
}

/** A WebSocket that was accepted, with the facts of its request. */
export interface AdmittedSocket {
  socket: WebSocket;
  token: string;
  fingerprint: string;
  imitates: Imitates;
}

/** One room for each token. Decides which connections are accepted. A room without connections is removed. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();
  #lastId = 0;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** All rooms, or the one of `token`; empty when no peer is connected. */
  of(token?: string): [token: string, room: Room][] {
    if (token === undefined) return [...this.#rooms];
    const room = this.#rooms.get(token);
    return room ? [[token, room]] : [];
  }

  admitServer({ socket, token, fingerprint, imitates }: AdmittedSocket): void {
    const { behaviours, clock, stats, emit, webSocketPingIntervalMs } = this.#options;
    const behaviour = behaviours.of(token);
    if (behaviour.refuse) return this.refuse(socket, fingerprint, 'server', behaviour.refuse);
    const room = this.#enter(token);
    const known = room.servers.filter((server) => server.channel.isOpen && !server.connection.isDeaf);
    const tooMany = known.length + 1 - behaviour.connectionsPerToken;
    if (tooMany > 0 && behaviour.whenFull === '4004') {
      stats.maxConcurrentPerToken = Math.max(stats.maxConcurrentPerToken, openServers(room) + 1);
      this.#leaveIfEmpty(token, room);
      return this.refuse(socket, fingerprint, 'server', INTERNAL_ERROR);
    }
    const channel = this.#channel(socket, () => behaviours.of(token).delayMs);
    const id = ++this.#lastId;
    const isDeaf = tooMany > 0 && behaviour.whenFull === 'replace-deaf';
    const identity = { id, fingerprint, imitates, isDeaf };
    const server = new ServerSide({
      socket,
      channel,
      relay: room.relay,
      behaviour,
      identity,
      clock,
      stats,
      emit,
    });
    room.servers.push(server);
    stats.maxConcurrentPerToken = Math.max(stats.maxConcurrentPerToken, openServers(room));
    if (imitates === 'self-hosted' || isDeaf) this.#startPings(socket, channel, webSocketPingIntervalMs);
    socket.once('close', (code, reason) => {
      room.servers = room.servers.filter((other) => other !== server);
      this.#leaveIfEmpty(token, room);
      emit('server-close', server.connection, ended(code, reason));
    });
    // The old connection is closed first, as by the self-hosted endpoint.
    if (tooMany > 0) for (const old of known.slice(0, tooMany)) old.close(REPLACED);
    emit('server-open', server.connection);
    server.start();
  }

  admitCaller({ socket, token, fingerprint }: AdmittedSocket): void {
    const { stats, emit, webSocketPingIntervalMs } = this.#options;
    const room = this.#enter(token);
    const channel = this.#channel(socket, () => 0);
    const connection = { id: ++this.#lastId, fingerprint, connectedAt: Date.now() };
    const caller = new CallerSide(socket, channel, room.relay, connection, () => {
      stats.framesIn += 1;
    });
    room.callers.push(caller);
    this.#startPings(socket, channel, webSocketPingIntervalMs);
    socket.once('close', (code, reason) => {
      room.callers = room.callers.filter((other) => other !== caller);
      this.#leaveIfEmpty(token, room);
      emit('caller-close', connection, ended(code, reason));
    });
    emit('caller-open', connection);
  }

  /** Answers one HTTP request of a caller. */
  answerCaller(request: IncomingMessage, response: ServerResponse, token: string, fingerprint: string): void {
    const room = this.#enter(token);
    room.http ??= this.#openHttp(token, room, fingerprint);
    room.http.handle(request, response);
  }

  #openHttp(token: string, room: Room, fingerprint: string): StreamableHttp {
    const { clock, stats, emit, maxFrameBytes, maxQueuedBytes, sessionIdleMs, maxSessions } = this.#options;
    const { unfinished, unread } = this.#options;
    const connections = new WeakMap<object, CallerConnection>();
    return new StreamableHttp({
      backend: overRelay(room.relay, stats),
      clock,
      maxBodyBytes: maxFrameBytes,
      unfinished,
      unread,
      maxQueuedBytes,
      sessionIdleMs,
      maxSessions,
      onSessionOpen: (session) => {
        const connection = { id: ++this.#lastId, fingerprint, connectedAt: Date.now() };
        connections.set(session, connection);
        emit('caller-open', connection);
      },
      onSessionEnd: (session, reason) => {
        emit('caller-close', connections.get(session)!, { code: 1000, reason });
      },
      onReplyLost: () => {
        stats.repliesDropped += 1;
      },
      onIdle: () => this.#leaveIfEmpty(token, room),
    });
  }

  /** Closes an accepted socket at once; endpoints answer 101 before they look at the token. */
  refuse(socket: WebSocket, fingerprint: string, side: 'server' | 'caller', words: CloseWords): void {
    this.#options.stats.rejected += 1;
    this.#channel(socket, () => 0).close(words.code, words.reason);
    this.#options.emit('refused', { fingerprint, side, ...words });
  }

  #enter(token: string): Room {
    let room = this.#rooms.get(token);
    if (!room) {
      room = { relay: new Relay(this.#options.stats), servers: [], callers: [], http: undefined };
      this.#rooms.set(token, room);
    }
    return room;
  }

  #leaveIfEmpty(token: string, room: Room): void {
    if (room.servers.length > 0 || room.callers.length > 0 || room.http?.isBusy) return;
    if (this.#rooms.get(token) === room) this.#rooms.delete(token);
  }

  #channel(socket: WebSocket, delayMs: () => number): Channel {
    const { clock, maxQueuedBytes, unread, closeTimeoutMs, stats } = this.#options;
    const onSent = () => {
      stats.framesOut += 1;
    };
    return new Channel(socket, { clock, maxQueuedBytes, unread, closeTimeoutMs, delayMs, onSent });
  }

  #startPings(socket: WebSocket, channel: Channel, intervalMs: number): void {
    if (intervalMs <= 0) return;
    socket.once('close', watchPongs(socket, channel, this.#options.clock, intervalMs));
  }
}

function openServers(room: Room): number {
  return room.servers.filter((server) => server.channel.isOpen).length;
}

function ended(code: number, reason: Buffer): Ended {
  return { code, reason: reason.toString('utf8') };
}
