import type { AskOutcome, AskParams } from '../protocol/ask.js';
import { readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import type { CallStats, CopyFacts } from '../protocol/stats.js';
import { BatchQueue } from '../transports/batch-queue.js';
import type { CloseReason, Transport } from '../transports/transport.js';
import { announceList } from './announce-lists.js';
import { becomeReady } from './become-ready.js';
import type { ClientOptions } from './client-state.js';
import { diagnoseServer } from './diagnose-server.js';
import { fromServerFailed } from './failed-request.js';
import { batchFromServer } from './handle-batch.js';
import { HubClient } from './hub-client.js';
import { type HubOptions, HubState } from './hub-state.js';
import type { InflightCall } from './inflight-calls.js';
import { initializeServer } from './initialize.js';
import { askForLists } from './learn-lists.js';
import type { LifeCopies } from './life-copies.js';
import { Liveness, reportResponding } from './liveness.js';
import type { LivenessSettings } from './liveness-settings.js';
import { loseCalls } from './lost-calls.js';
import { fromServerOversize } from './oversize.js';
import { failOwnRequests, readReply } from './own-request.js';
import {
  type LifeOwner,
  newServerLife,
  type ServerLife,
  upkeepAsker,
  type WhyReplaced,
} from './server-life.js';
import type { ServerTransport } from './server-transport.js';
import type { StandIn } from './stand-in.js';
import { callStats } from './stats.js';

/**
 * Carries frames between a server and the clients that use it. The server process, and the connection of each client, may end
 * and be replaced while everything else goes on (D22).
 *
 *                                            /--> client --> connection
 *     server process --batches--> fromServer ---> client
 *                                  HubState
 *     server process <------------ fromEndpoint <--batches-- connection of a client
 */
export class ServerHub {
  readonly #hub: HubState;
  /** The last `quiesce`. */
  #quiet: Promise<void> = Promise.resolve();

  constructor(options: HubOptions) {
    this.#hub = new HubState(options);
  }

  /** A client of the server. It uses the server from `join` to `leave`. */
  client(options: ClientOptions): HubClient {
    return new HubClient(this.#hub, options);
  }

  /** Whether several clients use the server. */
  get isShared(): boolean {
    return this.#hub.isShared;
  }

  /** Whether the running server answers neither calls nor a ping, and that was reported. */
  get isSilent(): boolean {
    return this.#hub.life?.isSilent ?? false;
  }

  /** Counts of the server's finished calls, and the calls that it works on now, of all clients. */
  get calls(): CallStats {
    const { tally, life, options } = this.#hub;
    return callStats(tally, life?.inflight.calls() ?? [], options.clock.now());
  }

  /** The processes that carry the present life, when it has several. */
  get copies(): LifeCopies | undefined {
    return this.#hub.life?.copies;
  }

  /** Facts of them. */
  get copyFacts(): CopyFacts[] | undefined {
    return this.copies?.facts(this.#hub.options.clock.now());
  }

  /** See `quiesce`. */
  get isHolding(): boolean {
    return this.#hub.isHolding;
  }

  /** The calls that the server works on now, oldest first; without lists that mcp-pipe itself asks for. */
  get running(): readonly InflightCall<unknown>[] {
    return [...(this.#hub.life?.inflight.calls() ?? [])];
  }

  /**
   * Attaches a new server process. The process gets `initialize` unless the era forbids it.
   *
   * @param owner Called when the process was initialised, and when it cannot serve the endpoint.
   */
  attach(transport: Transport, owner: LifeOwner): ServerLife {
    const hub = this.#hub;
    const life = newServerLife(transport, owner, () => hub.now, hub.tally);
    life.inflight.wasShared = hub.isShared;
    life.inflight.isShared = hub.isShared;
    const { copies } = transport as Partial<ServerTransport>;
    life.copies = copies;
    copies?.attached(life, (raws, why) => loseCalls(hub, life, raws, why));
    hub.begin(life);
    hub.handshake.serverStarted();
    hub.options.tools?.started();
    transport.onOversize = (message) => {
      fromServerOversize(hub, life, message);
      hub.flush();
    };
    transport.onFailedRequest = (failed) => {
      fromServerFailed(hub, life, failed);
      hub.flush();
    };
    life.outputHandled = this.#readServer(life);
    // One reaction on `closed` for each process, not for each own request: reactions would be kept until the process ends.
    // After `outputHandled`, because the last lines of the process may hold an answer.
    void transport.closed.then((closed) =>
      life.outputHandled.then(() =>
        failOwnRequests(
          life.ownRequests,
          hub.options,
          whyEnded(transport as Partial<ServerTransport>, closed),
        ),
      ),
    );
    const { era } = hub.handshake;
    const isAnswered = hub.clients.some(({ connection }) => connection?.initialize === 'answered');
    if (era === 'legacy' || (era === 'passthrough' && isAnswered)) {
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
  watch(
    life: ServerLife,
    settings: LivenessSettings,
    onHung: () => void,
  ): Pick<Liveness, 'stop' | 'suspect'> {
    if (life.copies) return { stop: life.copies.watch(settings, onHung), suspect: () => {} };
    return new Liveness(this.#hub, life, settings, onHung);
  }

  /**
   * The next start of the server is `nextStartMs` milliseconds away, because of `why`. If `life` is given, that server
   * process has just exited: every pending request of the clients is answered with -31001 (serverExited). `wasUp`: the
   * process took requests until then.
   *
   * @returns how many requests were answered so.
   */
  serverDown(why: string, nextStartMs: number, life?: ServerLife, wasUp = false): number {
    const hub = this.#hub;
    // D3: the connections stay; calls in flight fail now and are never repeated.
    const failed = life ? hub.failCalls(life, why) : 0;
    if (hub.life === life) hub.life = undefined;
    hub.isHolding = false;
    hub.options.tools?.ended();
    const isFallenBack = life !== undefined && !wasUp && hub.handshake.fallBack();
    hub.down = { why, nextStartMs };
    for (const client of hub.clients) {
      if (isFallenBack || client.options.isAccepted) client.failWaitingInitializes(why);
      if (client.refusing) client.refuseWaitingInitializes(client.refusing);
      // D337: the caller that a start was for hears why it has failed; the next call tries again.
      else if (client.downForLong || (!wasUp && hub.standsIn)) client.held.refuseAll();
    }
    hub.waiters.look();
    hub.flush();
    return failed;
  }

  /** The next start of the server has been brought forward: messages wait for it. */
  startsSoon(): void {
    const hub = this.#hub;
    if (hub.down) hub.down = { ...hub.down, nextStartMs: 0 };
  }

  /** The server is parked: messages wait for a process from now on. */
  startsOnCall(): void {
    this.#hub.down = undefined;
    this.#hub.hasStoodIn = true;
  }

  /** What answers for a server that is parked. */
  set standIn(standIn: StandIn) {
    const hub = this.#hub;
    hub.standIn = standIn;
    if (!hub.upLife) return;
    askForLists(hub, hub.upLife);
    hub.flush();
  }

  /** See `ServerUse.known`. */
  known(method: string, params: AskParams): AskOutcome | undefined {
    const { standsIn, handshake } = this.#hub;
    if (!standsIn) return undefined;
    const frame = encodeRequest('0', method, params);
    const reply = standsIn.answer(frame, readEnvelope(frame), handshake.era === 'modern');
    return reply && readReply(reply);
  }

  /** See `HubState.calledAt`. */
  get calledAt(): number {
    return this.#hub.calledAt;
  }

  /** Whether messages of clients wait for a process. */
  get isAwaited(): boolean {
    return this.#hub.clients.some(
      ({ held, connection }) => held.requests > 0 || (connection?.waitingInitializes.length ?? 0) > 0,
    );
  }

  /** Whether the process could be ended without a loss: nothing is pending in either direction, and nothing was subscribed to. */
  get isIdle(): boolean {
    const { life, isHolding, clients, audience, options } = this.#hub;
    if (!life || isHolding || life.listsAsked > 0 || audience.hasSubscriptions) return false;
    if (life.tasks.areOpen(options.clock.now())) return false;
    // A cancelled call need not be answered any more.
    if (life.inflight.has(({ asker, cancelled }) => asker !== upkeepAsker && !cancelled)) return false;
    return !clients.some(({ connection }) => connection?.serverRequests.isAwaitedBy(life));
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

  /** Tells every connected client that the server's tools have changed, as the server would. */
  announceTools(): void {
    announceList(this.#hub, 'tools');
    this.#hub.flush();
  }

  /**
   * Holds further messages for the next process. Resolves when the running one has answered its calls, when it has ended, or
   * after `waitMs`. `replace` or the end of the process has to follow. While it lasts, further calls join it.
   */
  quiesce(waitMs: number): Promise<void> {
    const { life, isHolding } = this.#hub;
    if (!life) return Promise.resolve();
    if (!isHolding) this.#quiet = this.#untilQuiet(life, waitMs);
    return this.#quiet;
  }

  async #untilQuiet(life: ServerLife, waitMs: number): Promise<void> {
    const hub = this.#hub;
    hub.isHolding = true;
    hub.options.tools?.ended();
    let hasEnded = false;
    const isDone = () => hasEnded || hub.life !== life || life.inflight.running().next().done === true;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!isDone()) return;
        cancelTimer();
        hub.looks.delete(look);
        resolve();
      };
      const cancelTimer = hub.options.clock.after(waitMs, () => {
        hub.looks.delete(look);
        resolve();
      });
      hub.looks.add(look);
      // A process that ends because mcp-pipe stops is not detached; any other one is, before this.
      const ended = Promise.all([life.transport.closed, life.outputHandled]);
      void ended.then(() =>
        setImmediate(() => {
          hasEnded = true;
          look();
        }),
      );
      look();
    });
  }

  async #readServer(life: ServerLife): Promise<void> {
    const { batches } = life.transport;
    const handle = (batch: readonly Frame[]) => {
      life.heardAt = this.#hub.options.clock.now();
      if (life.isSilent) reportResponding(this.#hub, life);
      return this.#handle(life, batch, 0);
    };
    if (batches instanceof BatchQueue) await batches.drain(handle);
    else for await (const batch of batches) await handle(batch);
  }

  /** Reading the server pauses while a client does not read, or while the server does not read our answers. */
  #handle(life: ServerLife, batch: readonly Frame[], start: number): Promise<void> | undefined {
    const { clients, unread, handledUpTo } = batchFromServer(this.#hub, life, batch, start);
    // Then all was handled.
    if (!unread && !clients) return undefined;
    const rest = () => (handledUpTo < batch.length ? this.#handle(life, batch, handledUpTo) : undefined);
    return this.#pause(life, unread, clients).then(rest);
  }

  async #pause(
    life: ServerLife,
    unread: Promise<void> | undefined,
    clients: Promise<unknown> | undefined,
  ): Promise<void> {
    if (unread) await unread;
    if (!clients) return;
    life.isReadPaused = true;
    await new Promise<void>((resolve) => {
      this.#hub.resumeServer = resolve;
      void clients.then(() => resolve());
    });
    life.isReadPaused = false;
  }
}

/** See `ServerDiagnosis.forCallers`; a router's transport has no process. */
function whyEnded(transport: Partial<Pick<ServerTransport, 'endOf'>>, closed: CloseReason): string {
  return transport.endOf ? diagnoseServer(transport.endOf(closed)).forCallers : 'it ended';
}
