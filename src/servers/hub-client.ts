import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import { cancelled, Method } from '../protocol/mcp.js';
import type { CallStats, ConnectionStats } from '../protocol/stats.js';
import type { WhyStopped } from '../protocol/status.js';
import type { CloseReason, Transport } from '../transports/transport.js';
import { askServer } from './ask-server.js';
import { tellEffects } from './become-ready.js';
import { type ClientOptions, ClientState, type Connection } from './client-state.js';
import { newConnection } from './connection.js';
import { ForwardedInitialize } from './forwarded-initialize.js';
import { guardContext } from './guard-context.js';
import { GuardedReading } from './guarded-reading.js';
import { batchFromEndpoint } from './handle-batch.js';
import type { Handshake } from './handshake.js';
import type { HubState } from './hub-state.js';
import { IdleWait } from './idle-wait.js';
import type { InflightCall } from './inflight-calls.js';
import type { ListWatch } from './list-watch.js';
import { fromEndpointOversize } from './oversize.js';
import { sendOwnEffects } from './own-effects.js';
import { OwnRequest } from './own-request.js';
import { type ErrorReply, refusalOf, STOPPED } from './refusals.js';
import { mayRestart } from './restarts.js';
import { keep, widened, widenFor } from './shared-initialize.js';
import { callStats, connectionStats } from './stats.js';

/** The facts about a connection that has ended. */
export interface ConnectionEnd {
  closed: CloseReason;
  initialize: Connection['initialize'];
  /** How long `initialize` had been unanswered at the end, in milliseconds; 0 when it was answered or never came. */
  initializeWaitedMs: number;
  /** The error that answered `initialize`, or else the last error sent to the endpoint; undefined when there was none. */
  refusal: ReturnType<typeof refusalOf>;
  /** Milliseconds between the first answered request and the end of the connection; 0 when no request was answered. */
  provenForMs: number;
  /** Number of the connection's requests that were still unanswered. */
  pending: number;
}

/** One client of a server: a link, or one server of a mux. It has one connection at a time. */
export class HubClient {
  readonly #hub: HubState;
  readonly #client: ClientState;
  readonly #idle: IdleWait;
  #isReadPaused = false;
  #onPending: ((pending: number) => void) | undefined;
  /** Of the current connection, or the last one. */
  #reading: GuardedReading | undefined;
  /**
   * Stops backpressure for the current connection: its frames are read even when the server's stdin is full. Returns true
   * if reading was paused.
   */
  #resumeReading = (): boolean => false;

  constructor(hub: HubState, options: ClientOptions) {
    this.#hub = hub;
    this.#client = new ClientState(hub, options);
    this.#idle = new IdleWait(hub, this.#client, () => this.#onPending?.(this.pending));
  }

  /** The client uses the server from now on. */
  join(): void {
    const hub = this.#hub;
    if (hub.clients.includes(this.#client)) return;
    hub.join(this.#client);
    tellEffects(hub);
    hub.flush();
  }

  /** Instead of `join`: this is no client, and the process is kept for those that come; undefined: no longer. */
  keep(as: { name: string; version: string } | undefined): void {
    keep(this.#hub, as);
  }

  /** The client uses the server no longer; its connection is closed, or being closed. */
  leave(): void {
    const hub = this.#hub;
    if (!hub.clients.includes(this.#client)) return;
    const { connection } = this.#client;
    if (connection) this.#connectionEnded(connection);
    hub.leave(this.#client);
    const effects = hub.audience.left(this.#client);
    if (hub.upLife && hub.clients.length > 0) sendOwnEffects(hub, effects);
    hub.flush();
  }

  /** Number of requests of the current connection that are not answered yet. */
  get pending(): number {
    const { connection, held } = this.#client;
    if (!connection) return 0;
    const inflight = this.#hub.life?.inflight.of(connection).length ?? 0;
    const guarded = this.#reading?.held ?? 0;
    return inflight + held.requests + connection.waitingInitializes.length + guarded;
  }

  /** As `pending`, without subscriptions: a subscription is answered only when it ends. */
  get unfinished(): number {
    const { connection } = this.#client;
    if (!connection) return 0;
    const calls = this.#hub.life?.inflight.of(connection) ?? [];
    return this.pending - calls.filter(({ method }) => method === Method.listen).length;
  }

  /** Counts of this client's calls; undefined while no other client uses the server. */
  get calls(): CallStats | undefined {
    const { connection, tally } = this.#client;
    const { life, isShared, options } = this.#hub;
    if (!isShared) return undefined;
    const running = [...(life?.inflight.running() ?? [])].filter(({ asker }) => asker === connection);
    return callStats(tally, connection ? running : [], options.clock.now());
  }

  /** Whether a call came on the current connection, or by `ask`. */
  hasAsked({ asker }: InflightCall<unknown>): boolean {
    const { connection } = this.#client;
    if (asker instanceof OwnRequest) return asker.client === this.#client;
    return connection !== undefined && asker === connection;
  }

  /** Number of messages that wait until the server can take them. */
  get held(): number {
    const { connection, held } = this.#client;
    return held.size + (connection?.waitingInitializes.length ?? 0);
  }

  /** Numbers of the current connection; undefined while there is none. */
  get connectionStats(): ConnectionStats | undefined {
    const { connection } = this.#client;
    return connection && connectionStats(connection, this.#hub.options.clock.now());
  }

  /**
   * The next connection of the endpoint is to this server: the endpoint is expected to send the `initialize` that `other`
   * saw last.
   */
  expectInitializeOf(other: Handshake): void {
    const hub = this.#hub;
    const { handshake } = hub;
    if (hub.hasOthers(this.#client)) return handshake.widen((own) => widened(own, other.params));
    const wasModern = handshake.era === 'modern';
    const { version, goesByVersion, usedCapabilities } = handshake.difference(other.ownInitialize);
    handshake.expectInitializeOf(other);
    const isModern = handshake.era === 'modern';
    if (handshake.era === 'passthrough') return;
    const isOther = !isModern && ((version && goesByVersion) || usedCapabilities);
    const era = isModern ? 'modern-downstream' : 'legacy-downstream';
    const why = wasModern !== isModern ? era : isOther ? 'handshake-differs' : undefined;
    if (why && mayRestart(why, hub, { client: this.#client }, false)) hub.replace(why);
  }

  /** Later processes are to be sent `ownInitialize`, which the endpoint sent; the running process is taken to have answered it. */
  expectInitialize(ownInitialize: Frame): void {
    const hub = this.#hub;
    const { handshake } = hub;
    if (hub.hasOthers(this.#client)) return widenFor(hub, ownInitialize);
    // D20: an `initialize` that the server crashed on is not sent again.
    if (handshake.era !== 'legacy' || handshake.hasExitedOn(ownInitialize)) return;
    handshake.expectAsAnswered(ownInitialize);
  }

  /** Serves one connection until its end. `onHeard` is called for each batch that comes from the endpoint. */
  async serveConnection(
    transport: Transport,
    onHeard: () => void = () => {},
    lists?: ListWatch,
  ): Promise<ConnectionEnd> {
    const hub = this.#hub;
    const client = this.#client;
    const context = guardContext(hub, client, (...one) => this.ask(...one));
    const onGuarded = (guarded: Transport) => Object.assign(connection, { transport: guarded });
    const reading = new GuardedReading(transport, client.options.guard, context, onGuarded);
    const connection = newConnection(client, reading.transport, hub.options.clock.now(), lists);
    client.connection = connection;
    this.#reading = reading;
    transport.onOversize = (message) => {
      onHeard();
      fromEndpointOversize(hub, connection, message);
      hub.flush();
    };
    let isPatient = true;
    let wake: (() => void) | undefined;
    this.#resumeReading = () => {
      isPatient = false;
      const waited = wake !== undefined;
      wake?.();
      return waited;
    };
    void transport.closed.then(this.#resumeReading);
    // Reading the endpoint pauses while the server does not read, or while the endpoint does not read our answers. The
    // end of the connection ends the pause; a race with `closed` would add a reaction to it for each batch.
    const pause = async (server: Promise<void> | undefined, unread: Promise<void> | undefined) => {
      this.#isReadPaused = true;
      if (unread) await unread;
      if (server && isPatient)
        await new Promise<void>((resolve) => {
          wake = resolve;
          void server.then(resolve);
        });
      wake = undefined;
      this.#isReadPaused = false;
    };
    const handle = (batch: readonly Frame[], start = 0): Promise<void> | undefined => {
      if (start === 0) onHeard();
      else if (start === batch.length) return undefined;
      const { server, unread, handledUpTo } = batchFromEndpoint(hub, connection, batch, start);
      return unread || server ? pause(server, unread).then(() => handle(batch, handledUpTo)) : undefined;
    };
    await reading.each((batch) => handle(batch));
    reading.ended();
    const closed = await transport.closed;
    const pending = this.pending;
    const { lostBytes } = closed;
    if (lostBytes !== undefined) client.options.onStatus({ type: 'answers-lost', bytes: lostBytes });
    const now = hub.options.clock.now();
    if (client.connection === connection) this.#connectionEnded(connection);
    return {
      closed,
      initialize: connection.initialize,
      initializeWaitedMs: connection.initialize === 'unanswered' ? now - connection.initializeAt : 0,
      refusal: refusalOf(connection.refused, now),
      provenForMs: connection.answeredAt === undefined ? 0 : now - connection.answeredAt,
      pending,
    };
  }

  /**
   * Sends the running server a request of mcp-pipe's own; the endpoint does not see it (D27). Never rejects: without an
   * answer of the server, the outcome is an `error` with a code of `ErrorCode`.
   */
  ask(method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    return askServer(this.#hub, this.#client, method, params, options);
  }

  /**
   * Rejects new requests from now on, with the reason `why`. Resolves when every pending request is answered and the
   * endpoint has read the answers, or when `signal` aborts. `onProgress` gets each new number of pending requests.
   */
  async drain(
    signal: AbortSignal,
    why: WhyStopped,
    onProgress: (pending: number) => void = () => {},
  ): Promise<void> {
    const hub = this.#hub;
    let before = this.pending;
    this.#onPending = (pending) => {
      if (pending !== before) onProgress(pending);
      before = pending;
    };
    const refusal = STOPPED[why];
    this.#client.refusing = refusal;
    // No server runs, and none will be started for the requests that wait for one.
    if (!hub.life) this.#client.refuseWaitingInitializes(refusal);
    hub.flush();
    await this.#idle.until(() => this.pending === 0, signal);
    this.#onPending = undefined;
    await this.#idle.untilRead(signal);
  }

  /**
   * Resolves when every request is answered, those of `ask` included, the endpoint has read the answers, and no request was
   * on its way when the endpoint answered a ping, or when `signal` aborts. New requests are accepted meanwhile. Subscriptions
   * are not waited for.
   */
  // D137
  async whenIdle(signal: AbortSignal): Promise<void> {
    const isIdle = () => this.unfinished === 0 && !this.isAsking;
    do {
      do await this.#idle.until(isIdle, signal);
      while (await this.#idle.untilRead(signal));
    } while ((await this.#idle.untilHeard(signal)) && !isIdle());
  }

  /** Whether a request of `ask` is not answered yet. */
  get isAsking(): boolean {
    for (const { client } of this.#hub.life?.ownRequests ?? []) if (client === this.#client) return true;
    return false;
  }

  /** Reading from the endpoint is paused, so that requests of it may wait that `pending` does not count. */
  get isReadPaused(): boolean {
    return this.#isReadPaused;
  }

  get isConnected(): boolean {
    return this.#client.connection !== undefined;
  }

  /**
   * Closes the current connection so that another client may serve the next one. Pending requests, and requests that come
   * while the connection closes, are answered with `refusal`. Once `forceSignal` aborts, nothing is waited for.
   */
  async rejectAndClose(refusal: ErrorReply, reason: string, forceSignal?: AbortSignal): Promise<void> {
    const hub = this.#hub;
    const client = this.#client;
    client.refusing = refusal;
    // Requests that were not read because of backpressure are rejected as well; the server gets none of them.
    if (this.#resumeReading() && !forceSignal?.aborted) await new Promise(setImmediate);
    const { connection } = client;
    if (connection)
      for (const { rawId, method } of hub.life?.inflight.of(connection) ?? [])
        if (method !== Method.listen) client.answerWithError(rawId, refusal);
    client.refuseWaitingInitializes(refusal);
    hub.flush();
    await this.closeConnection(1000, reason, forceSignal);
    // If the link began to stop meanwhile, `refusing` is its refusal and stays.
    if (client.refusing === refusal) client.refusing = undefined;
  }

  /** Closes the current connection, if there is one. Resolves when it is closed. */
  async closeConnection(code: number, reason: string, forceSignal?: AbortSignal): Promise<void> {
    await this.#client.connection?.transport.close({ code, reason, ...(forceSignal ? { forceSignal } : {}) });
  }

  #connectionEnded(connection: Connection): void {
    const hub = this.#hub;
    this.#client.connection = undefined;
    this.#client.traffic?.ended(hub.options.clock.now());
    this.#client.held.take();
    const { life } = hub;
    life?.transport.clientLeft?.();
    if (life) {
      // The answer to its `initialize` is that of other connections as well.
      for (const call of life.inflight.of(connection)) {
        if (call.method === Method.initialize && call.onReply)
          call.asker = new ForwardedInitialize(call.onReply);
      }
      // D2, D65: the server goes on, and its replies to requests of this connection are dropped. A subscription ends with its
      // connection (MCP 2026-07-28), so the server is told to cancel it. D132: while others use the server, so are all calls.
      // D203: a client that has connected to mcp-pipe never comes back to its connection.
      const areAllOver = hub.isShared || this.#client.options.isAccepted === true;
      for (const call of life.inflight.of(connection)) {
        const isOver = call.method === Method.listen || (areAllOver && call.method !== Method.initialize);
        if (!isOver) continue;
        // The server need not answer it any more, so it does not count as running.
        life.inflight.markCancelled(call);
        hub.toServer.push(cancelled(call.alias ?? call.rawId, 'the connection has ended'));
      }
      life.inflight.leave(connection);
      for (const raw of connection.serverRequests.of(life)) {
        const text = 'The endpoint went away before it answered.';
        hub.toServer.push(encodeError(raw, ErrorCode.endpointGone, text));
      }
    }
    hub.flush();
  }
}
