import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import { cancelled, Method } from '../protocol/mcp.js';
import type { CallStats, ConnectionStats } from '../protocol/stats.js';
import type { WhyStopped } from '../protocol/status.js';
import type { CloseReason, Transport } from '../transports/transport.js';
import { askServer } from './ask-server.js';
import { becomeReady } from './become-ready.js';
import { type Connection, newConnection } from './connection.js';
import { batchFromEndpoint, batchFromServer } from './handle-batch.js';
import type { Handshake } from './handshake.js';
import { type HubOptions, HubState, type HubUse } from './hub-state.js';
import { IdleWait } from './idle-wait.js';
import { initializeServer } from './initialize.js';
import { Liveness, type LivenessSettings, reportResponding } from './liveness.js';
import { fromEndpointOversize, fromServerOversize } from './oversize.js';
import { failOwnRequests } from './own-request.js';
import { type ErrorReply, refusalOf, STOPPED } from './refusals.js';
import { mayRestart } from './restarts.js';
import { type LifeOwner, newServerLife, type ServerLife, type WhyReplaced } from './server-life.js';
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

/**
 * Carries frames between a server process and a connection to the endpoint. Each of the two may end and be replaced while
 * the other one goes on (D22).
 *
 *     server process --batches--> fromServer   --\        /--> connection
 *                                                 HubState
 *     server process <------------------------  --/        \<-- fromEndpoint <--batches-- connection
 */
export class Bridge {
  readonly #hub: HubState;
  readonly #idle: IdleWait;
  #onPending: ((pending: number) => void) | undefined;
  /**
   * Stops backpressure for the current connection: its frames are read even when the server's stdin is full. Returns true
   * if reading was paused.
   */
  #resumeReading = (): boolean => false;

  constructor(options: HubOptions) {
    this.#hub = new HubState(options);
    this.#idle = new IdleWait(this.#hub, () => this.#onPending?.(this.pending));
  }

  /** Call it when another link starts to use the server: see `HubState.use`. */
  use(ofLink: HubUse): void {
    this.#hub.use(ofLink);
  }

  /** Whether the running server answers neither calls nor a ping, and that was reported. */
  get isSilent(): boolean {
    return this.#hub.life?.isSilent ?? false;
  }

  /** Number of requests of the current connection that are not answered yet. */
  get pending(): number {
    const { connection, life, held } = this.#hub;
    if (!connection) return 0;
    return (life?.inflight.of(connection).length ?? 0) + held.requests + connection.waitingInitializes.length;
  }

  /** As `pending`, without subscriptions: a subscription is answered only when it ends. */
  get unfinished(): number {
    const { connection, life } = this.#hub;
    if (!connection) return 0;
    const subscriptions = life?.inflight.of(connection).filter(({ method }) => method === Method.listen);
    return this.pending - (subscriptions?.length ?? 0);
  }

  /** Counts of the server's finished calls, and the calls that it works on now. */
  get calls(): CallStats {
    const { tally, life, options } = this.#hub;
    return callStats(tally, life?.inflight, options.clock.now());
  }

  /** Numbers of the current connection; undefined while there is none. */
  get connectionStats(): ConnectionStats | undefined {
    const { connection, options } = this.#hub;
    return connection && connectionStats(connection, options.clock.now());
  }

  /**
   * Attaches a new server process. The process gets `initialize` unless the era forbids it.
   *
   * @param owner Called when the process was initialised, and when it cannot serve the endpoint.
   */
  attach(transport: Transport, owner: LifeOwner): ServerLife {
    const hub = this.#hub;
    const life = newServerLife(transport, owner, () => hub.now, hub.tally);
    hub.life = life;
    hub.downForLong = undefined;
    hub.handshake.serverStarted();
    transport.onOversize = (message) => {
      fromServerOversize(hub, life, message);
      hub.flush();
    };
    life.outputHandled = this.#readServer(life);
    // One reaction on `closed` for each process, not for each own request: reactions would be kept until the process ends.
    // After `outputHandled`, because the last lines of the process may hold an answer.
    void transport.closed
      .then(() => life.outputHandled)
      .then(() => failOwnRequests(life.ownRequests, hub.options.name));
    const { era } = hub.handshake;
    const replay = era === 'passthrough' && hub.connection?.initialize === 'answered';
    if (era === 'legacy' || replay) {
      owner.initialized('initializing');
      initializeServer(hub, life);
    } else {
      owner.initialized('ready');
      becomeReady(hub, life);
    }
    hub.flush();
    return life;
  }

  /** Starts to watch whether the process still answers. `onHung` is called once, when the process no longer does. */
  watch(life: ServerLife, settings: LivenessSettings, onHung: () => void): Liveness {
    return new Liveness(this.#hub, life, settings, onHung);
  }

  /**
   * The next start of the server is `nextStartMs` milliseconds away, because of `why`. If `life` is given, that server
   * process has just exited: every pending request of the connection is answered with -31001 (serverExited). `wasUp`: the
   * process took requests until then.
   *
   * @returns how many requests were answered so.
   */
  serverDown(why: string, nextStartMs: number, life?: ServerLife, wasUp = false): number {
    const hub = this.#hub;
    // D3: the connection stays; calls in flight fail now and are never repeated.
    const failed = life ? hub.failCalls(life, why) : 0;
    if (hub.life === life) hub.life = undefined;
    if (life && !wasUp && hub.handshake.fallBack()) hub.failWaitingInitializes(why);
    hub.downForLong = nextStartMs > hub.options.holdTimeoutMs ? why : undefined;
    if (hub.refusing) hub.refuseWaitingInitializes(hub.refusing);
    else if (hub.downForLong) hub.held.refuseAll();
    hub.flush();
    return failed;
  }

  /**
   * Detaches the running server. Its pending requests are answered with -31001 and the text `why`; later messages wait for
   * the next process.
   *
   * @returns how many requests were answered so.
   */
  detach(why: string): number {
    const failed = this.#hub.detach(why);
    this.#hub.flush();
    return failed;
  }

  /** Detaches the running server and has a new process started; does nothing when no server runs. */
  replace(why: WhyReplaced): void {
    this.#hub.replace(why);
  }

  /**
   * The next connection of the endpoint is to this bridge: the endpoint is expected to send the `initialize` that
   * `other` saw last.
   */
  expectInitializeOf(other: Handshake): void {
    const { handshake } = this.#hub;
    const wasModern = handshake.era === 'modern';
    const { version, goesByVersion, usedCapabilities } = handshake.difference(other.ownInitialize);
    handshake.expectInitializeOf(other);
    const isModern = handshake.era === 'modern';
    if (handshake.era === 'passthrough') return;
    const isOther = !isModern && ((version && goesByVersion) || usedCapabilities);
    const era = isModern ? 'modern-downstream' : 'legacy-downstream';
    const why = wasModern !== isModern ? era : isOther ? 'handshake-differs' : undefined;
    if (why && mayRestart(why, this.#hub, false)) this.replace(why);
  }

  /** Serves one connection until its end. `onHeard` is called for each batch that comes from the endpoint. */
  async serveConnection(transport: Transport, onHeard: () => void = () => {}): Promise<ConnectionEnd> {
    const hub = this.#hub;
    const connection = newConnection(transport, hub.options.clock.now());
    hub.connection = connection;
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
    for await (const batch of transport.batches) {
      onHeard();
      // Reading the endpoint pauses while the server does not read, or while the endpoint does not read our answers. The
      // end of the connection ends the pause; a race with `closed` would add a reaction to it for each batch.
      for (let at = 0; at < batch.length; ) {
        const { server, unread, handledUpTo } = batchFromEndpoint(hub, connection, batch, at);
        at = handledUpTo;
        if (unread) await unread;
        if (!server || !isPatient) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
          void server.then(resolve);
        });
        wake = undefined;
      }
    }
    const closed = await transport.closed;
    const pending = this.pending;
    const { lostBytes } = closed;
    if (lostBytes !== undefined) hub.options.onStatus({ type: 'answers-lost', bytes: lostBytes });
    const now = hub.options.clock.now();
    this.#connectionEnded(connection);
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
    return askServer(this.#hub, method, params, options);
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
    hub.refusing = refusal;
    // No server runs, and none will be started for the requests that wait for one.
    if (!hub.life) hub.refuseWaitingInitializes(refusal);
    hub.flush();
    await this.#idle.until(() => this.pending === 0, signal);
    this.#onPending = undefined;
    await this.#idle.untilRead(signal);
  }

  /**
   * Resolves when every request is answered, mcp-pipe's own included, and the endpoint has read the answers, or when
   * `signal` aborts. New requests are accepted meanwhile. Subscriptions are not waited for.
   */
  async whenIdle(signal: AbortSignal): Promise<void> {
    const isIdle = () => this.unfinished === 0 && (this.#hub.life?.ownRequests.size ?? 0) === 0;
    do await this.#idle.until(isIdle, signal);
    while (await this.#idle.untilRead(signal));
  }

  get isConnected(): boolean {
    return this.#hub.connection !== undefined;
  }

  /**
   * Closes the current connection so that another bridge may serve the next one. Pending requests, and requests that come
   * while the connection closes, are answered with `refusal`.
   */
  async rejectAndClose(refusal: ErrorReply, reason: string): Promise<void> {
    const hub = this.#hub;
    hub.refusing = refusal;
    // Requests that were not read because of backpressure are rejected as well; the server gets none of them.
    if (this.#resumeReading()) await new Promise((resolve) => setImmediate(resolve));
    if (hub.life) hub.refuseCalls(hub.life, refusal);
    hub.refuseWaitingInitializes(refusal);
    hub.flush();
    await this.closeConnection(1000, reason);
    // If the link began to stop meanwhile, `refusing` is its refusal and stays.
    if (hub.refusing === refusal) hub.refusing = undefined;
  }

  /** Closes the current connection, if there is one. Resolves when it is closed. */
  async closeConnection(code: number, reason: string, forceSignal?: AbortSignal): Promise<void> {
    await this.#hub.connection?.transport.close({ code, reason, ...(forceSignal ? { forceSignal } : {}) });
  }

  async #readServer(life: ServerLife): Promise<void> {
    const hub = this.#hub;
    for await (const batch of life.transport.batches) {
      // Reading the server pauses while the endpoint's connection does not read, or while the server does not read our
      // answers.
      life.heardAt = hub.options.clock.now();
      if (life.isSilent) reportResponding(hub, life);
      for (let at = 0; at < batch.length; ) {
        const { endpoint, unread, handledUpTo } = batchFromServer(hub, life, batch, at);
        at = handledUpTo;
        if (unread) await unread;
        if (!endpoint) continue;
        life.isReadPaused = true;
        await endpoint;
        life.isReadPaused = false;
      }
    }
  }

  #connectionEnded(connection: Connection): void {
    const hub = this.#hub;
    hub.connection = undefined;
    hub.held.take();
    if (hub.life) {
      // D2, D65: the server goes on, and its replies to requests of this connection are dropped.
      // A subscription ends with its connection (MCP 2026-07-28), so the server is told to cancel it.
      for (const call of hub.life.inflight.leave(connection)) {
        if (call.method !== Method.listen || call.cancelled) continue;
        hub.toServer.push(cancelled(call.alias ?? call.rawId, 'the connection has ended'));
      }
      for (const raw of connection.serverRequests.of(hub.life)) {
        const text = 'The endpoint went away before it answered.';
        hub.toServer.push(encodeError(raw, ErrorCode.endpointGone, text));
      }
    }
    hub.flush();
  }
}
