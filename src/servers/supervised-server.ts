import type { AskOutcome, AskParams } from '../protocol/ask.js';
import type { CopyFacts, RunningCall } from '../protocol/stats.js';
import type { ServerState, StatusEvent } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { Handshake } from './handshake.js';
import { ServerHub } from './hub.js';
import type { KnownServerStore } from './known-server.js';
import type { LifeBounds } from './life-bounds.js';
import type { CopiesSettings } from './life-copies.js';
import { Parking, type ParkingOptions } from './parking.js';
import { SafeCalls } from './safe-calls.js';
import { isUp, ServerStateMachine } from './server-state.js';
import type { OpenContext, ServerSource, ServerTransport } from './server-transport.js';
import {
  type Rest,
  ServerUse,
  type ServerUseOptions,
  type SupervisedServerSettings,
  type UsedServer,
} from './server-use.js';
import type { ToolWatch } from './tool-watch.js';
import { Upstream } from './upstream.js';
import { type ServerRuntime, upstreamSettings } from './upstream-options.js';

/** Options of the configuration that a server's life depends on. */
export interface SupervisedServerOptions extends ParkingOptions {
  /**
   * `speculative`: mcp-pipe initialises each process before the endpoint does (D1); `passthrough`: only the endpoint does.
   */
  handshake: 'speculative' | 'passthrough';
  /** Calls of tools that are safe to repeat are sent once more when they would be lost. */
  retrySafeCalls?: boolean;
  /** It has several processes; undefined: one, as a process of any server. */
  instances?: CopiesSettings | undefined;
}

/** How a server is reached, and its options. */
export interface ConfiguredServer extends ServerSource {
  /** Hears of its tools. */
  tools?: ToolWatch | undefined;
  /** Where its lists outlive a run. Default: they are known for this run only. */
  known?: KnownServerStore | undefined;
  /** What its processes may take; undefined: any amount. */
  bounds?: LifeBounds | undefined;
  options: SupervisedServerOptions;
}

/** Most events of a server that are kept until a link uses it; a server may write any number of lines. */
const MAX_UNHEARD = 1_000;

/** A server that is kept running, and the hub over which its clients reach it. Any number of links use it: `use`. */
// D130, D132
export class SupervisedServer implements UsedServer {
  readonly name: string;
  readonly handshake: Handshake;
  readonly hub: ServerHub;
  readonly upstream: Upstream;
  /** Whether its process runs, or waits for the next call. */
  readonly parking: Parking;
  readonly bounds: LifeBounds | undefined;
  /** True while the plan has the server: it goes on when no link uses it. */
  isPlanned = false;
  /** Its breaker is open, or tries one call: others are refused. */
  isHeldOff = false;
  readonly #clock: Clock;
  /** The links that use the server now, in the order in which they began. */
  readonly #uses: ServerUse[] = [];
  /** Events while no link uses the server. */
  #unheard: StatusEvent[] = [];
  /** When its state last changed, clock time in milliseconds. */
  #movedAt = 0;
  #instances: CopiesSettings | undefined;
  #settings: SupervisedServerSettings;

  /** @param settings Apply until a link uses the server, which brings its own. */
  constructor(server: ConfiguredServer, runtime: ServerRuntime, settings: SupervisedServerSettings) {
    const { name, options, tools, known, bounds, ...source } = server;
    const { clock } = runtime;
    const onStatus = (event: StatusEvent) => this.#report(event);
    const state = new ServerStateMachine((from, to) => {
      this.#movedAt = clock.now();
      this.parking.moved();
      onStatus({ type: 'server-state', from, to });
    });
    const { maxFrameBytes } = settings;
    this.#instances = options.instances;
    this.#settings = settings;
    this.name = name;
    this.bounds = bounds;
    this.#clock = clock;
    this.handshake = new Handshake(options.handshake);
    this.hub = new ServerHub({
      name,
      handshake: this.handshake,
      clock,
      maxFrameBytes,
      onStatus,
      server: state,
      isRemote: source.address !== undefined,
      tools,
      safeCalls: options.retrySafeCalls ? new SafeCalls() : undefined,
      onListed: () => this.parking.listed(),
      onWanted: () => this.parking.called(),
    });
    this.upstream = new Upstream({
      ...upstreamSettings(settings),
      mayStart: runtime.mayStart,
      learning: runtime.learning,
      clock,
      random: runtime.random,
      kind: source.kind,
      shown: source.shown,
      address: source.address,
      fetcher: source.fetcher,
      name,
      hub: this.hub,
      handshake: this.handshake,
      state,
      onStatus,
      parking: () => this.parking,
      open: (context) => this.#open({ ...runtime, ...source }, context),
    });
    this.parking = new Parking({
      ...{ hub: this.hub, upstream: this.upstream, handshake: this.handshake, known, ...runtime },
      isBusy: () => this.#uses.some(({ isBusy }) => isBusy),
      isUsed: () => this.#uses.some(({ isWanting }) => isWanting),
      report: onStatus,
    });
    this.parking.idleParkMs = settings.idleParkMs ?? 0;
    this.parking.plan(options);
  }

  /** A use of the server by a link. It begins with `begin` and ends with `stop`. */
  use(options: ServerUseOptions): ServerUse {
    return new ServerUse(this, (ofClient) => this.hub.client(ofClient), options);
  }

  get state(): ServerState {
    return this.upstream.state;
  }

  get stderrTail(): readonly string[] {
    return this.upstream.stderrTail;
  }

  /** The calls that the server works on now, oldest first; `now` is clock time in milliseconds. */
  running(now: number): RunningCall[] {
    return this.hub.running.map((call) => ({
      server: this.name,
      link: this.#uses.find(({ client }) => client.hasAsked(call))?.options.by,
      ...{ method: call.method, name: call.name },
      ...{ ageMs: Math.round(now - call.enteredAt), id: String(call.rawId) },
    }));
  }

  whenReady(signal: AbortSignal): Promise<void> {
    return this.upstream.whenReady(signal);
  }

  soonReady(timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (this.parking.isParked) this.parking.called();
    return this.upstream.soonReady(timeoutMs, clock, signal);
  }

  /**
   * Ends the running process when it has answered its calls, or after `waitMs`, and starts the next one at once; further
   * calls wait for that. A server that waits after a failure starts at once. Returns false when no process is wanted now.
   */
  // D161
  async restart(waitMs: number): Promise<boolean> {
    const { copies, copyFacts = [] } = this.hub;
    if (copies && isUp(this.state) && copyFacts.filter(isReady).length > 1) {
      await copies.restart(waitMs);
      return true;
    }
    if (isUp(this.state)) await this.hub.quiesce(waitMs);
    // It waits for no turn to be started for its lists (D362): a person wants it.
    else if (this.state === 'waiting') this.parking.called();
    return this.upstream.restart();
  }

  /**
   * How many processes it has from now on. A process that was started alone is replaced when it has answered its calls, or
   * after `waitMs`; otherwise further ones are started, or the last ones ended.
   */
  // D351
  setInstances(instances: CopiesSettings | undefined, waitMs: number): void {
    const { copies } = this.hub;
    this.#instances = instances;
    if (copies) copies.apply(instances ?? { count: 1 });
    else if (instances && instances.count > 1 && isUp(this.state)) void this.restart(waitMs);
  }

  /** Something has happened to it that it does not see itself. */
  report(event: StatusEvent): void {
    if (event.type === 'server-breaker') this.isHeldOff = event.to !== 'closed';
    this.#report(event);
  }

  /** What has happened while no link used the server, once; the next link would report it. */
  unheard(): StatusEvent[] {
    return this.#unheard.splice(0);
  }

  /** Ends the process when no link uses it. The next one that does starts another. */
  restUnused(): void {
    if (this.#uses.length > 0 || this.state === 'stopped') return;
    this.hub.detach('it was stopped because nobody used it');
    this.upstream.rest('idle-stopped', true);
  }

  /** Call it when the plan has the server, with these options from now on. */
  planned(options: ParkingOptions): void {
    this.isPlanned = true;
    this.parking.plan(options);
  }

  /** Call it when the plan has the server no more, or mcp-pipe stops. Ends the process when no link uses it. */
  async unplan(forceSignal: AbortSignal): Promise<void> {
    this.isPlanned = false;
    if (this.#uses.length === 0) await this.upstream.stop(forceSignal);
  }

  // Members of `UsedServer`, for its uses.
  begun(use: ServerUse): void {
    this.#uses.push(use);
    this.#takeSettings();
    for (const event of this.unheard()) use.options.onStatus(event, []);
    this.tellState(use);
  }

  tellState(use: ServerUse): void {
    const others = this.#uses.length - 1;
    const { state } = this;
    if (state === 'stopped') return;
    const sinceMs = Math.round(this.#clock.now() - this.#movedAt);
    const { isSilent } = this.hub;
    const kept = { type: 'server-kept', state, sinceMs, ...this.upstream.facts, isSilent } as const;
    use.options.onStatus(others > 0 ? { ...kept, others } : kept, []);
  }

  known(method: string, params: AskParams): AskOutcome | undefined {
    return this.hub.known(method, params);
  }

  wanted(): void {
    if (this.parking.wanted()) return;
    this.upstream.wakeUp();
    this.upstream.start();
  }

  rested(use: ServerUse, { as, why, immediately, idleMs }: Rest): void {
    if (this.isWantedBesides(use)) return;
    this.hub.detach(why);
    this.upstream.rest(as, immediately);
    if (idleMs !== undefined && this.state === 'idle-stopped')
      this.#report({ type: 'server-idle-stopped', idleMs });
  }

  isWantedBesides(use: ServerUse): boolean {
    return this.#uses.some((other) => other !== use && other.isWanting);
  }

  retired(forceSignal: AbortSignal): void {
    if (!this.isPlanned && this.#uses.every(({ isEnding }) => isEnding)) this.upstream.retire(forceSignal);
  }

  async ended(use: ServerUse, forceSignal: AbortSignal): Promise<void> {
    const isLast = this.#uses.length === 1 && this.#uses[0] === use;
    // Its link reports how the server ends.
    if (isLast && !this.isPlanned) await this.upstream.stop(forceSignal);
    const at = this.#uses.indexOf(use);
    if (at >= 0) this.#uses.splice(at, 1);
    this.#takeSettings();
    this.retired(forceSignal);
    const other = this.#uses.find(({ resting }) => resting);
    if (other?.resting) this.rested(other, other.resting);
  }

  /** The settings of the link that has used the server for longest. */
  #takeSettings(): void {
    const [first] = this.#uses;
    if (!first) return;
    this.#settings = first.options.settings;
    this.upstream.use(this.#settings);
    this.parking.idleParkMs = this.#settings.idleParkMs ?? 0;
  }

  /** One process, or several as one life: their code is loaded when a configuration has them. */
  async #open(
    how: ServerRuntime & Pick<ServerSource, 'kind' | 'open'>,
    context: OpenContext,
  ): Promise<ServerTransport> {
    if (!this.#instances) return how.open(context);
    const { openCopies } = await import('./copies/open-copies.js');
    const { ofCopies } = this.parking;
    return openCopies({ ...how, ...this.#settings, ...this.#instances, ...ofCopies }, context);
  }

  /** Tells every link; the first one reports the event for all. */
  #report(event: StatusEvent): void {
    const [first, ...others] = this.#uses;
    if (!first) {
      if (this.#unheard.length < MAX_UNHEARD) this.#unheard.push(event);
      return;
    }
    first.options.onStatus(
      event,
      others.map(({ options }) => options.by),
    );
    for (const { options } of [...this.#uses]) options.onServerEvent?.(event);
  }
}

function isReady({ state }: CopyFacts): boolean {
  return state === 'ready';
}
