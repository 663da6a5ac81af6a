import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import { cancelled, Method } from '../protocol/mcp.js';
import type { CallStats, ConnectionStats } from '../protocol/stats.js';
import type { CloseReason, Transport } from '../transports/transport.js';
import { askServer } from './ask-server.js';
import { type Connection, newConnection } from './connection.js';
import { becomeReady, fromEndpoint } from './from-endpoint.js';
import { fromServer } from './from-server.js';
import { handleBatch } from './handle-batch.js';
import type { Handshake } from './handshake.js';
import { type ErrorReply, type HubOptions, HubState, type WhyReplaced } from './hub-state.js';
import { IdleWait } from './idle-wait.js';
import { greet } from './initialize.js';
import { Liveness, type LivenessSettings, speaksAgain } from './liveness.js';
import { fromEndpointOversize, fromServerOversize } from './oversize.js';
import { type AskOptions, type AskOutcome, failOwnRequests } from './own-request.js';
import { refusalOf } from './refusals.js';
import { mayRestart } from './restarts.js';
import { newServerLife, type ServerLife } from './server-life.js';
import { callStats, connectionStats } from './stats.js';

export interface BridgeOptions extends HubOptions {
  /** A batch came from the endpoint. */
  onHeard: () => void;
}

/** What was learned of a connection by its end. */
export interface ConnectionEnd {
  closed: CloseReason;
  initialize: Connection['initialize'];
  /** How long `initialize` had been unanswered at the end; 0 when it was answered or never came. */
  initializeWaitedMs: number;
  /** The error that was answered to `initialize`, or else the last one; undefined when there was none. */
  refusal: ReturnType<typeof refusalOf>;
  /** How long the connection lived on after its first answered request; 0 when it never answered one. */
  provenForMs: number;
  /** Calls that were still running for it. */
  pending: number;
}

/**
 * Carries frames between two slots, one for the server and one for the endpoint's connection. Each slot is filled
 * anew in its own time: a connection may come and go while the server lives on, and the other way round.
 *
 *     server process --batches--> fromServer   --\        /--> connection
 *                                                 HubState
 *     server process <------------------------  --/        \<-- fromEndpoint <--batches-- connection
 */
export class Bridge {
  readonly #hub: HubState;
  readonly #onHeard: () => void;
  readonly #idle: IdleWait;
  #onPending: ((pending: number) => void) | undefined;
  /** From now on the present connection is read though its server is slow; true when that was waited for. */
  #readOn = (): boolean => false;

  constructor(options: BridgeOptions) {
    this.#hub = new HubState(options);
    this.#idle = new IdleWait(this.#hub, () => this.#onPending?.(this.pending));
    this.#onHeard = options.onHeard;
  }

  /** Calls the endpoint waits for. */
  get pending(): number {
    const { connection, life, held } = this.#hub;
    if (!connection) return 0;
    return (life?.inflight.of(connection).length ?? 0) + held.requests + connection.waitingInitializes.length;
  }

  /** The same without subscriptions, whose answer only says that they have ended. */
  get unfinished(): number {
    const { connection, life } = this.#hub;
    if (!connection) return 0;
    const subscriptions = life?.inflight.of(connection).filter(({ method }) => method === Method.listen);
    return this.pending - (subscriptions?.length ?? 0);
  }

  /** What became of the server's calls, and of those it works on. */
  get calls(): CallStats {
    const { tally, life, options } = this.#hub;
    return callStats(tally, life?.inflight, options.clock.now());
  }

  /** Of the connection that is here. */
  get connectionStats(): ConnectionStats | undefined {
    const { connection, options } = this.#hub;
    return connection && connectionStats(connection, options.clock.now());
  }

  /** Somebody begins to start the server. */
  starts(): void {
    this.#hub.isStarted = true;
  }

  /** A fresh server process takes its slot; it is greeted unless the era forbids it. */
  attach(transport: Transport): ServerLife {
    const hub = this.#hub;
    const life = newServerLife(transport, () => hub.now, hub.tally);
    hub.life = life;
    hub.downForLong = undefined;
    hub.handshake.freshServer();
    transport.onOversize = (message) => {
      fromServerOversize(hub, life, message);
      hub.flush();
    };
    life.pumped = this.#pumpServer(life);
    // Once for each life and not for each ask, whose answers would be kept until then. What it wrote last may hold one.
    void transport.closed
      .then(() => life.pumped)
      .then(() => failOwnRequests(life.ownRequests, hub.options.name));
    const { era } = hub.handshake;
    const replay = era === 'passthrough' && hub.connection?.initialize === 'answered';
    if (era === 'legacy' || replay) greet(hub, life);
    else becomeReady(hub, life);
    hub.flush();
    return life;
  }

  /** From now on the process is judged by what it answers; `onHung` hears that it answers nothing any more. */
  watch(life: ServerLife, settings: LivenessSettings, onHung: () => void): Liveness {
    return new Liveness(this.#hub, life, settings, onHung);
  }

  /**
   * There is no server for the next `nextStartMs`, because of `why`. With `life`, that process has just ended:
   * whoever waits for it hears so at once. The result counts them.
   */
  serverDown(why: string, nextStartMs: number, life?: ServerLife): number {
    const hub = this.#hub;
    // D3: the connection stays; calls in flight fail now and are never repeated.
    const failed = life ? hub.failCalls(life, why) : 0;
    if (hub.life === life) hub.life = undefined;
    if (life && !life.ready && hub.handshake.fallBack()) hub.failWaitingInitializes(why);
    hub.downForLong = nextStartMs > hub.options.holdTimeoutMs ? why : undefined;
    if (hub.refusing) hub.refuseWaitingInitializes(hub.refusing);
    else if (hub.downForLong) hub.held.refuseAll();
    hub.flush();
    return failed;
  }

  /**
   * Lets go of the running server, whose calls hear that `why`; what comes from now on waits for the next one. The result
   * counts those calls.
   */
  release(why: string): number {
    return this.#hub.release(why);
  }

  /** The same, and asks for a fresh server; nothing happens when none runs. */
  replace(why: WhyReplaced): void {
    this.#hub.replace(why);
  }

  /** The endpoint that the server of `other` has served comes to this one, and will initialise as it did there. */
  expectAs(other: Handshake): void {
    const { handshake } = this.#hub;
    const wasModern = handshake.era === 'modern';
    const { version, goesByVersion, usedCapabilities } = handshake.difference(other.greeting);
    handshake.adopt(other);
    const isModern = handshake.era === 'modern';
    if (handshake.era === 'passthrough') return;
    const isOther = !isModern && ((version && goesByVersion) || usedCapabilities);
    const era = isModern ? 'modern-downstream' : 'legacy-downstream';
    const why = wasModern !== isModern ? era : isOther ? 'handshake-differs' : undefined;
    if (why && mayRestart(why, this.#hub, false)) this.replace(why);
  }

  /** Serves one connection until its end. */
  async carry(transport: Transport): Promise<ConnectionEnd> {
    const hub = this.#hub;
    const connection = newConnection(transport, hub.options.clock.now());
    hub.connection = connection;
    transport.onOversize = (message) => {
      this.#onHeard();
      fromEndpointOversize(hub, connection, message);
      hub.flush();
    };
    let isPatient = true;
    let wake: (() => void) | undefined;
    this.#readOn = () => {
      isPatient = false;
      const waited = wake !== undefined;
      wake?.();
      return waited;
    };
    void transport.closed.then(this.#readOn);
    for await (const batch of transport.batches) {
      this.#onHeard();
      // The server's slowness holds the endpoint back, and its own when it does not read what we answer. The end of
      // the connection ends the wait, without piling up reactions on `closed` as a race would.
      for (let at = 0; at < batch.length; ) {
        const { server, unread, handledUpTo } = handleBatch(
          'endpoint',
          fromEndpoint,
          hub,
          connection,
          batch,
          at,
        );
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
    this.#leave(connection);
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
   * Asks the running server under an id of our own, beside the endpoint, which notices nothing. Never rejects: what
   * keeps the server from answering is an `error` with a code of `ErrorCode`.
   */
  ask(method: string, params: Record<string, unknown> | undefined, options: AskOptions): Promise<AskOutcome> {
    return askServer(this.#hub, method, params, options);
  }

  /**
   * Refuses new calls from now on; resolves when nobody waits for an answer, or when `signal` aborts. `onProgress`
   * hears how many still wait, when their number has changed.
   */
  async drain(signal: AbortSignal, onProgress: (pending: number) => void = () => {}): Promise<void> {
    const hub = this.#hub;
    let before = this.pending;
    this.#onPending = (pending) => {
      if (pending !== before) onProgress(pending);
      before = pending;
    };
    hub.refusing = STOPPING;
    // Without a server, none will come any more.
    if (!hub.life) hub.refuseWaitingInitializes(STOPPING);
    hub.flush();
    await this.#idle.until(() => this.pending === 0, signal);
    this.#onPending = undefined;
    await this.#idle.untilRead(signal);
  }

  /**
   * Resolves when nobody waits for an answer, we ourselves included, and the endpoint has read the last one, or when
   * `signal` aborts; calls go on meanwhile.
   */
  async whenIdle(signal: AbortSignal): Promise<void> {
    const isIdle = () => this.unfinished === 0 && (this.#hub.life?.ownRequests.size ?? 0) === 0;
    do await this.#idle.until(isIdle, signal);
    while (await this.#idle.untilRead(signal));
  }

  /** The endpoint's connection is here. */
  get isConnected(): boolean {
    return this.#hub.connection !== undefined;
  }

  /**
   * Ends the present connection so that another bridge may carry the next one: calls that still run, and those that
   * come while it closes, hear `refusal`.
   */
  async handOver(refusal: ErrorReply, reason: string): Promise<void> {
    const hub = this.#hub;
    hub.refusing = refusal;
    // What came while the server did not read is refused as well; nothing of it goes to the server any more.
    if (this.#readOn()) await new Promise((resolve) => setImmediate(resolve));
    if (hub.life) hub.refuseCalls(hub.life, refusal);
    hub.refuseWaitingInitializes(refusal);
    hub.flush();
    await this.closeConnection(1000, reason);
    // The link may be stopping meanwhile.
    if (hub.refusing === refusal) hub.refusing = undefined;
  }

  /** Ends the present connection, if any. */
  async closeConnection(code: number, reason: string, forceSignal?: AbortSignal): Promise<void> {
    await this.#hub.connection?.transport.close({ code, reason, ...(forceSignal ? { forceSignal } : {}) });
  }

  async #pumpServer(life: ServerLife): Promise<void> {
    const hub = this.#hub;
    for await (const batch of life.transport.batches) {
      // The endpoint's slowness holds the server back, while that connection lasts, and its own when it does not read
      // what we answer.
      life.heardAt = hub.options.clock.now();
      if (life.isSilent) speaksAgain(hub, life);
      for (let at = 0; at < batch.length; ) {
        const { endpoint, unread, handledUpTo } = handleBatch('server', fromServer, hub, life, batch, at);
        at = handledUpTo;
        if (unread) await unread;
        if (!endpoint) continue;
        life.isHeldBack = true;
        await endpoint;
        life.isHeldBack = false;
      }
    }
  }

  #leave(connection: Connection): void {
    const hub = this.#hub;
    hub.connection = undefined;
    hub.held.take();
    if (hub.life) {
      // A subscription ends with the connection that it was for (MCP 2026-07-28).
      // D2, D65: the server goes on; replies to these calls are dropped.
      const endless = hub.life.inflight.leave(connection);
      hub.toServer.push(...endless.map((raw) => cancelled(raw, 'the connection has ended')));
      for (const raw of connection.serverRequests.of(hub.life)) {
        const text = 'The endpoint went away before it answered.';
        hub.toServer.push(encodeError(raw, ErrorCode.endpointGone, text));
      }
    }
    hub.flush();
  }
}

const STOPPING: ErrorReply = {
  code: ErrorCode.shuttingDown,
  text: 'mcp-pipe is stopping and takes no more calls.',
};
