import type { EndStart } from '../protocol/end-start.js';
import type { StatusEvent } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import type { Handshake } from './handshake.js';
import type { ServerHub } from './hub.js';
import { IdleTimer } from './idle-timer.js';
import type { KnownServerStore } from './known-server.js';
import { PARK_LEARNED_AGAIN_MS, PARK_LEARNED_TRIES, PARKED_ON_DEMAND_AFTER_MS } from './parking-defaults.js';
import { isResting, isUp } from './server-state.js';
import { StandIn } from './stand-in.js';
import type { Upstream } from './upstream.js';
import type { ServerRuntime } from './upstream-options.js';

/** What the configuration says of when a server runs. */
export interface ParkingOptions {
  /** `demand`: its process is started by the first call, and parked when no call has come for long. Default: `run`. */
  start?: 'run' | 'demand' | undefined;
  /** It is parked after so long without a call, in milliseconds; 0: never; undefined: as `idleParkMs` and `start` say. */
  idlePark?: number | undefined;
  /** The times at which it is kept running. */
  keep?: readonly unknown[] | undefined;
}

/** Why a server is parked: it has had no call for long; its lists were all that it was started for; or what the daemon says. */
export type WhyParked = 'idle' | NonNullable<Extract<StatusEvent, { type: 'server-idle-stopped' }>['why']>;

interface ParkingParts extends Pick<ServerRuntime, 'mayStart' | 'learning'> {
  hub: ServerHub;
  upstream: Upstream;
  handshake: Handshake;
  clock: Clock;
  known: KnownServerStore | undefined;
  /** Something of its clients would be lost. */
  isBusy: () => boolean;
  /** A link or client wants it to run. */
  isUsed: () => boolean;
  report: (event: StatusEvent) => void;
}

/**
 * Stops the process of a server between calls, and starts it with the next one; meanwhile a stand-in answers for it:
 *
 *     parked -- call --> started -- idlePark without a call, and nothing under way --> parked
 *        `initialize`, lists, ping: answered at once, parked or starting
 */
// D334, D336
export class Parking {
  readonly #parts: ParkingParts;
  /** Made when it is needed first: most servers are never parked. */
  #idle: IdleTimer | undefined;
  #options: ParkingOptions = {};
  /** `idleParkMs` of the link that has used the server for longest. */
  #idleParkMs = 0;
  #standIn: StandIn | undefined;
  /** A call has come that needs the process, and none has taken requests since. */
  #isCalled = false;
  #isKeptWarm: boolean | undefined;
  /** When a process took requests last for the first time, clock time in milliseconds. */
  #readyAt = 0;
  /** Its lists have been known before a process gave them. */
  #wasKnown = false;
  /** The process that runs was started for its lists, and has given them. */
  #hasTaught = false;
  /** Ends its turn to be started for its lists alone, or the wait for one. */
  #endTurn: () => void = () => {};

  constructor(parts: ParkingParts) {
    this.#parts = parts;
  }

  #newIdleTimer(): IdleTimer {
    const { hub, upstream, clock, isBusy } = this.#parts;
    return new IdleTimer(
      {
        get isUp() {
          return isUp(upstream.state);
        },
        get calledAt() {
          return hub.calledAt;
        },
        get isIdle() {
          return hub.isIdle && !isBusy();
        },
        onIdle: (idleMs) => this.park('idle', idleMs),
      },
      clock,
    );
  }

  /** Follows the options from now on; what runs goes on until it is idle. */
  plan(options: ParkingOptions): void {
    this.#options = options;
    this.#changed();
  }

  /** See `idleParkMs` in `config/defaults.ts`. */
  set idleParkMs(ms: number) {
    if (ms === this.#idleParkMs) return;
    this.#idleParkMs = ms;
    this.#changed();
  }

  /** Its lists are learned, so that it can be parked. Without it, only servers learn that park by themselves. */
  learn(): void {
    const { handshake, hub, known } = this.#parts;
    // In passthrough there is no answer to `initialize` that could be given again.
    if (this.#standIn || handshake.era === 'passthrough') return;
    this.#standIn = new StandIn(handshake, known);
    hub.standIn = this.#standIn;
  }

  /** Whether the server is parked: no process runs, and the first call starts one. */
  get isParked(): boolean {
    return this.#parts.upstream.state === 'idle-stopped' && this.#standIn?.isReady === true;
  }

  /** Whether the server can be used without waiting: its process runs, or a stand-in answers until it does. */
  get isServing(): boolean {
    return isUp(this.#parts.upstream.state) || this.#standIn?.isReady === true;
  }

  /** Whether no process is to be started before a call comes. */
  get mayStayParked(): boolean {
    return this.#isOnDemand && !this.#isNeeded && this.#standIn?.isReady === true;
  }

  /** Whether anything but its lists needs a process. */
  get #isNeeded(): boolean {
    return this.#isCalled || this.#isKeptWarm === true || this.#parts.hub.isAwaited;
  }

  /**
   * Resolves when a process may be started, or when `signal` aborts: one that is for its lists alone waits for its turn among
   * such servers, until it is needed. The returned function lets the next server start.
   */
  // D362
  async mayStart(signal: AbortSignal): Promise<EndStart> {
    const { mayStart, learning } = this.#parts;
    if (learning && this.#isOnDemand && !this.#isNeeded && !this.#standIn?.isReady) {
      const needed = new AbortController();
      this.#endTurn = () => needed.abort();
      const end = await withAnySignal([signal, needed.signal], (first) => learning.acquire(first));
      this.#endTurn = end;
      if (needed.signal.aborted) end();
    }
    return mayStart(signal);
  }

  /** Its process has ended, or could not be started. */
  ended(): void {
    this.#endTurn();
  }

  /** Whether clients may have been answered before the first process. */
  get wasKnown(): boolean {
    return this.#wasKnown;
  }

  /** While true, the process is started, and not parked by itself. Undefined: it has not been set. */
  get isKeptWarm(): boolean | undefined {
    return this.#isKeptWarm;
  }

  set isKeptWarm(isKeptWarm: boolean) {
    const wasSet = this.#isKeptWarm !== undefined;
    this.#isKeptWarm = isKeptWarm;
    if (isKeptWarm) this.warm();
    else {
      if (!wasSet) this.#parkUnused();
      this.#idle?.look();
    }
  }

  /** Starts the process of a parked server, as a call would. */
  warm(): void {
    const { upstream, isUsed } = this.#parts;
    this.#endTurn();
    if (!isUsed() || !(upstream.state === 'idle-stopped' || upstream.state === 'stopped')) return;
    upstream.wakeUp();
    upstream.start();
  }

  /**
   * Ends the process now; the next call starts another one. Returns false, and does nothing, while anything is under way that
   * would be lost, while the server's lists are not known, and when no process takes requests.
   */
  park(why: WhyParked, idleMs = 0): boolean {
    const { hub, upstream, isBusy, report } = this.#parts;
    const standIn = this.#standIn;
    if (!standIn?.isAble || upstream.state !== 'ready' || !hub.isIdle || isBusy()) return false;
    if (this.#isKeptWarm && (why === 'idle' || why === 'learned')) return false;
    standIn.isOn = true;
    standIn.keep();
    hub.detach('it was stopped because nobody had called it');
    upstream.rest('idle-stopped');
    report(
      why === 'idle' ? { type: 'server-idle-stopped', idleMs } : { type: 'server-idle-stopped', idleMs, why },
    );
    return true;
  }

  /** A link wants the server. Returns true when no process is needed for that. */
  wanted(): boolean {
    const { upstream } = this.#parts;
    if (!this.mayStayParked) return false;
    const { state } = upstream;
    if (state === 'stopped' || isResting(state)) {
      upstream.rest('idle-stopped', true);
    }
    return true;
  }

  /** A request has come that only a process can answer. */
  called(): void {
    const { upstream } = this.#parts;
    this.#isCalled = true;
    this.#endTurn();
    if (this.#standIn?.isOn) this.warm();
    upstream.wake('call');
  }

  /** The state of the server has moved. */
  moved(): void {
    const { state } = this.#parts.upstream;
    // Its callers have been told; a call that comes from now on has it started again.
    if (state === 'waiting') this.#isCalled = false;
    else if (state === 'idle-stopped') this.#parts.hub.startsOnCall();
    if (isUp(state)) {
      this.#isCalled = false;
      this.#readyAt = this.#parts.clock.now();
      // What ends by itself from now on is a failure, as of any server.
      if (this.#standIn && !this.#isOnDemand) this.#standIn.isOn = false;
    }
    this.#idle?.moved();
  }

  /** The process has given all its lists. */
  listed(): void {
    this.#standIn?.keep();
    this.#hasTaught = !this.#wasKnown;
    this.#wasKnown = true;
    this.#parkUnused();
  }

  /** Parks the server when no call has come to the process that has given its lists. */
  #parkUnused(): void {
    if (!this.#isOnDemand || !this.#hasTaught) return;
    // The times of servers are looked at a moment after the start.
    const isKept = this.#isKeptWarm ?? (this.#options.keep ?? []).length > 0;
    const readyAt = this.#readyAt;
    const mayPark = !isKept && this.#parts.hub.calledAt < this.#readyAt;
    // One that goes on running lets the next one learn.
    if (!mayPark) return this.#endTurn();
    setImmediate(() => {
      if (this.park('learned')) return;
      this.#endTurn();
      this.#parkLater(readyAt);
    });
  }

  /** An endpoint that has just connected may be asking for its lists. */
  #parkLater(readyAt: number, tries = PARK_LEARNED_TRIES): void {
    const { clock, hub, upstream } = this.#parts;
    clock.after(PARK_LEARNED_AGAIN_MS, () => {
      const isUncalled = readyAt === this.#readyAt && hub.calledAt < readyAt && upstream.state === 'ready';
      if (isUncalled && this.#isOnDemand && !this.park('learned') && tries > 1)
        this.#parkLater(readyAt, tries - 1);
    });
  }

  get #isOnDemand(): boolean {
    return this.#options.start === 'demand' && this.#parts.handshake.era !== 'passthrough';
  }

  /** Of a server with several processes: whether the calls decide how many run, and when one of them ends. */
  get ofCopies(): { isLazy: boolean; idleParkMs: number } {
    return { isLazy: this.#isOnDemand, idleParkMs: this.#idleMs };
  }

  get #idleMs(): number {
    const { start, idlePark } = this.#options;
    return idlePark ?? (this.#idleParkMs || (start === 'demand' ? PARKED_ON_DEMAND_AFTER_MS : 0));
  }

  #changed(): void {
    const { start } = this.#options;
    const idleMs = this.#idleMs;
    if (!this.#isOnDemand) this.#endTurn();
    if (idleMs > 0 || start === 'demand') this.learn();
    const standIn = this.#standIn;
    if (standIn && this.#isOnDemand && !standIn.isOn) {
      standIn.isOn = true;
      standIn.recall();
      this.#wasKnown = standIn.isAble;
    }
    if (!this.#isOnDemand && idleMs === 0 && this.isParked) this.warm();
    if (idleMs > 0) this.#idle ??= this.#newIdleTimer();
    this.#idle?.setTo(idleMs);
  }
}
