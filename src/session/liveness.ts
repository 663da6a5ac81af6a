import { readEnvelope } from '../protocol/envelope.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { HubState } from './hub-state.js';
import type { InflightCall } from './inflight-calls.js';
import { pingAsker, type ServerLife } from './server-life.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface LivenessSettings {
  callWarnMs: number;
  callTimeoutMs: number;
  restartAfterCalls: number;
  serverPingTimeoutMs: number;
}

/** Of the shortest of its times; a look costs a glance at the calls that run, and none is taken while none does. */
const LOOKS = 4;
const LEAST_LOOK_MS = 10;
/** A look that comes so much later than it was meant to, and three times as late: this process stood still, and heard nobody. */
const STOOD_STILL_MS = 1_000;

/**
 * Whether one server process still lives, judged only while calls wait for it:
 *
 *     call -- callWarnMs --> said once, ping -- serverPingTimeoutMs --> said once: silent
 *     call -- callTimeoutMs ----------------------> ping again -- serverPingTimeoutMs --> hung: to be restarted
 *
 * Whatever it says, on whatever matter, is a sign of life, and those calls are held against it no longer: a server that
 * is only slow at one call answers the ping, or reports progress. One that is busy with a single blocking call can do
 * neither; it has until the time of that call is over. The early ping is what tells a call that it sits on from one
 * that it lost long ago.
 */
// D26
export class Liveness {
  readonly #hub: HubState;
  readonly #life: ServerLife;
  readonly #settings: LivenessSettings;
  readonly #onHung: () => void;
  readonly #lookMs: number;
  #cancelTimer = (): void => {};
  #lookedAt = 0;
  /** When the ping was sent that nothing was heard after. */
  #pingedAt: number | undefined;
  /** When the last ping was sent, the one that decides. */
  #finalPingAt: number | undefined;
  /** Calls from before this time are held against nobody. */
  #excusedBefore = Number.NEGATIVE_INFINITY;

  constructor(hub: HubState, life: ServerLife, settings: LivenessSettings, onHung: () => void) {
    this.#hub = hub;
    this.#life = life;
    this.#settings = settings;
    this.#onHung = onHung;
    const { callWarnMs, callTimeoutMs, serverPingTimeoutMs } = settings;
    const shortest = Math.min(callWarnMs || callTimeoutMs, callTimeoutMs, serverPingTimeoutMs);
    this.#lookMs = Math.max(LEAST_LOOK_MS, shortest / LOOKS);
    if (callWarnMs > 0 || this.#judges) this.#rest();
  }

  stop(): void {
    this.#life.inflight.onNext = undefined;
    this.#cancelTimer();
  }

  get #judges(): boolean {
    return this.#settings.restartAfterCalls > 0;
  }

  get #now(): number {
    return this.#hub.options.clock.now();
  }

  /** Until the next call comes. */
  #rest(): void {
    this.#pingedAt = undefined;
    this.#life.inflight.onNext = () => this.#lookLater();
  }

  #lookLater(): void {
    this.#lookedAt = this.#now;
    this.#cancelTimer = this.#hub.options.clock.after(this.#lookMs, () => this.#look());
  }

  #look(): void {
    const now = this.#now;
    const lateMs = now - this.#lookedAt - this.#lookMs;
    const stoodStill = lateMs > Math.max(STOOD_STILL_MS, 2 * this.#lookMs);
    const isWarned = this.#warn(now);
    const isJudged = !this.#judges || this.#judge(now, stoodStill);
    if (isJudged && isWarned) this.#rest();
    else this.#lookLater();
  }

  /** Says of each call once that it takes long; true when there is nothing left to say of those that run. */
  #warn(now: number): boolean {
    const { callWarnMs } = this.#settings;
    if (callWarnMs === 0) return true;
    const { inflight, heardAt } = this.#life;
    let isDone = true;
    let running: number | undefined;
    for (const call of inflight.running()) {
      if (call.isSlow) continue;
      isDone = false;
      // The oldest come first.
      if (now - call.enteredAt < callWarnMs) break;
      call.isSlow = true;
      running ??= [...inflight.running()].length;
      const { method, name, enteredAt } = call;
      this.#hub.options.onStatus({
        type: 'call-unanswered',
        ...{ method, name, waitedMs: Math.round(now - enteredAt) },
        silentMs: heardAt > enteredAt ? Math.round(now - heardAt) : undefined,
        running,
      });
    }
    return isDone;
  }

  /** Whether the server is known to live, as far as its calls ask. */
  #judge(now: number, stoodStill: boolean): boolean {
    const { inflight, heardAt, isHeldBack } = this.#life;
    const { callWarnMs, callTimeoutMs, restartAfterCalls, serverPingTimeoutMs } = this.#settings;
    // While the endpoint does not read, nobody listens to the server.
    if (this.#pingedAt !== undefined && (heardAt > this.#pingedAt || isHeldBack || stoodStill)) {
      if (heardAt > this.#pingedAt) this.#excusedBefore = this.#pingedAt;
      this.#pingedAt = undefined;
      this.#finalPingAt = undefined;
    }
    const calls = [...inflight.owed()].filter((call) => this.#counts(call));
    const [oldest] = calls;
    if (!oldest) return true;
    if (isHeldBack) return false;
    if (this.#pingedAt === undefined) {
      if (now - oldest.enteredAt < Math.min(callWarnMs || callTimeoutMs, callTimeoutMs)) return false;
      this.#ping();
      this.#pingedAt = now;
      return false;
    }
    const pingedAt = this.#pingedAt;
    if (now - pingedAt >= serverPingTimeoutMs && !this.#life.isSilent) {
      this.#life.isSilent = true;
      this.#hub.options.onStatus({
        type: 'server-silent',
        ...{ unanswered: calls.length, pingMs: Math.round(now - pingedAt) },
        ...{ method: oldest.method, name: oldest.name, waitedMs: Math.round(now - oldest.enteredAt) },
      });
    }
    // What came after the ping cannot be what it is busy with; of what came before, everything has its full time.
    const youngest = calls.findLast(({ enteredAt }) => enteredAt <= pingedAt) ?? oldest;
    if (calls.length < restartAfterCalls || now - youngest.enteredAt < callTimeoutMs) return false;
    if (this.#finalPingAt === undefined) {
      if (now > pingedAt) this.#ping();
      this.#finalPingAt = now;
    } else if (now - this.#finalPingAt >= serverPingTimeoutMs) this.#onHung();
    return false;
  }

  /** How long a server takes to be initialised is judged elsewhere. */
  #counts({ method, enteredAt }: InflightCall<unknown>): boolean {
    return method !== Method.initialize && enteredAt > this.#excusedBefore;
  }

  /** Nobody waits for the answer itself: whatever the server says next will do. */
  #ping(): void {
    const frame = encodeRequest(`"mcp-pipe-ping-${++pings}"`, Method.ping);
    this.#hub.toServer.push(this.#life.inflight.enter(frame, readEnvelope(frame), pingAsker));
    this.#hub.flush();
  }
}

let pings = 0;

/** A server that was silent has said something. */
export function speaksAgain(hub: HubState, life: ServerLife): void {
  life.isSilent = false;
  if (hub.life === life) hub.options.onStatus({ type: 'server-speaks' });
}
