import { type Envelope, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { HubState } from './hub-state.js';
import type { InflightCall } from './inflight-calls.js';
import type { LivenessSettings } from './liveness-settings.js';
import { type ServerLife, upkeepAsker } from './server-life.js';

/** What a watch needs of the hub: to send a ping, and to report. */
export interface WatchedHub {
  readonly options: Pick<HubState['options'], 'clock' | 'onStatus'>;
  readonly toServer: Frame[];
  flush(): unknown;
}

/** What a watch needs to know of a process. */
export interface WatchedLife extends Pick<ServerLife, 'heardAt' | 'isReadPaused' | 'isSilent'> {
  readonly inflight: Pick<ServerLife['inflight'], 'onCall'> & {
    running(): Iterable<InflightCall<unknown>>;
    unanswered(): Iterable<InflightCall<unknown>>;
    /** Returns the frame to send. */
    enter(frame: Frame, envelope: Envelope, asker: typeof upkeepAsker): Frame;
  };
}

/**
 * Checks within the shortest of the times. A check reads the list of pending calls; without pending calls there is
 * none.
 */
const LOOKS = 4;
const LEAST_LOOK_MS = 10;
/**
 * A check that comes this many ms late, and by twice its interval, means that mcp-pipe itself was suspended or blocked and
 * read nothing meanwhile.
 */
const STOOD_STILL_MS = 1_000;

/**
 * Finds out whether a server process still answers. It is judged only while calls wait for it:
 *
 *     call -- callWarnMs --> reported once, ping -- serverPingTimeoutMs --> reported once: silent
 *     call -- callTimeoutMs ----------------------> ping again -- serverPingTimeoutMs --> hung: to be restarted
 *
 * Any message that the server sends after a ping is a sign of life, and calls from before that ping count no longer. A
 * server that is slow at one call answers the ping, or reports progress. A server that is blocked by one call can do
 * neither, and has until `callTimeoutMs` of that call. The early ping tells a call that blocks the server from a call that
 * the server has lost: a server that answers the ping has lost it.
 */
// D26
export class Liveness {
  readonly #hub: WatchedHub;
  readonly #life: WatchedLife;
  readonly #settings: LivenessSettings;
  readonly #onHung: () => void;
  #cancelTimer = (): void => {};
  #cancelSuspicion = (): void => {};
  /** When the next check is due, clock time in ms. */
  #lookAt = 0;
  /** When the ping was sent after which the server has sent nothing; clock time in ms. */
  #pingedAt: number | undefined;
  /** When the second ping was sent, which decides; clock time in ms. */
  #finalPingAt: number | undefined;
  /** Calls that began before this time (clock time in ms) no longer count: the server has sent something since. */
  #excusedBefore = Number.NEGATIVE_INFINITY;

  /** @param settings Read at each check: another link that uses the server changes them. */
  constructor(hub: WatchedHub, life: WatchedLife, settings: LivenessSettings, onHung: () => void) {
    this.#hub = hub;
    this.#life = life;
    this.#settings = settings;
    this.#onHung = onHung;
    this.#rest();
  }

  stop(): void {
    this.#life.inflight.onCall = undefined;
    this.#cancelTimer();
    this.#cancelSuspicion();
  }

  /**
   * Pings the server now, whether calls wait for it or not. `onHung` is called when nothing comes within
   * `serverPingTimeoutMs`.
   */
  suspect(onHung: () => void): void {
    const { clock } = this.#hub.options;
    const asked = clock.now();
    this.#cancelSuspicion();
    this.#ping();
    const { serverPingTimeoutMs } = this.#settings;
    this.#cancelSuspicion = clock.after(serverPingTimeoutMs, () => {
      const { heardAt, isReadPaused } = this.#life;
      if (heardAt < asked && !isReadPaused) onHung();
    });
  }

  get #lookMs(): number {
    const { callWarnMs, callTimeoutMs, serverPingTimeoutMs } = this.#settings;
    const shortest = Math.min(callWarnMs || callTimeoutMs, callTimeoutMs, serverPingTimeoutMs);
    return Math.max(LEAST_LOOK_MS, shortest / LOOKS);
  }

  get #judges(): boolean {
    return this.#settings.restartAfterCalls > 0;
  }

  get #now(): number {
    return this.#hub.options.clock.now();
  }

  /** No checks until the next call comes. */
  #rest(): void {
    this.#pingedAt = undefined;
    this.#life.inflight.onCall = () => this.#lookLater();
  }

  #lookLater(): void {
    const lookMs = this.#lookMs;
    this.#lookAt = this.#now + lookMs;
    this.#cancelTimer = this.#hub.options.clock.after(lookMs, () => this.#look());
  }

  #look(): void {
    const now = this.#now;
    const stoodStill = now - this.#lookAt > Math.max(STOOD_STILL_MS, 2 * this.#lookMs);
    const isWarned = this.#warn(now);
    const isJudged = !this.#judges || this.#judge(now, stoodStill);
    if (isJudged && isWarned) this.#rest();
    else this.#lookLater();
  }

  /** Reports each call that takes long, once. Returns true when every pending call was reported. */
  #warn(now: number): boolean {
    const { callWarnMs } = this.#settings;
    if (callWarnMs === 0) return true;
    const { inflight, heardAt } = this.#life;
    let isDone = true;
    let running: number | undefined;
    for (const call of inflight.running()) {
      if (call.isSlow) continue;
      isDone = false;
      // The oldest calls come first.
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

  /** Pings the server and decides whether it is hung. Returns true when no pending call needs a further check. */
  #judge(now: number, stoodStill: boolean): boolean {
    const { inflight, heardAt, isReadPaused } = this.#life;
    const { callWarnMs, callTimeoutMs, restartAfterCalls, serverPingTimeoutMs } = this.#settings;
    // While a client does not read (`isReadPaused`), or mcp-pipe stood still, the server's messages are not read either.
    if (this.#pingedAt !== undefined && (heardAt > this.#pingedAt || isReadPaused || stoodStill)) {
      if (heardAt > this.#pingedAt) this.#excusedBefore = this.#pingedAt;
      this.#pingedAt = undefined;
      this.#finalPingAt = undefined;
    }
    const calls = [...inflight.unanswered()].filter((call) => this.#counts(call));
    const [oldest] = calls;
    if (!oldest) return true;
    if (isReadPaused) return false;
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
    // A call that came after the ping cannot be what blocked the server at the ping. Each earlier call has its full time.
    const youngest = calls.findLast(({ enteredAt }) => enteredAt <= pingedAt) ?? oldest;
    if (calls.length < restartAfterCalls || now - youngest.enteredAt < callTimeoutMs) return false;
    if (this.#finalPingAt === undefined) {
      if (now > pingedAt) this.#ping();
      this.#finalPingAt = now;
    } else if (now - this.#finalPingAt >= serverPingTimeoutMs) this.#onHung();
    return false;
  }

  /** Whether the call counts. The time for `initialize` is bounded by `Upstream`. */
  #counts({ method, enteredAt }: InflightCall<unknown>): boolean {
    return method !== Method.initialize && enteredAt > this.#excusedBefore;
  }

  /** Sends a ping. Its answer is not awaited: any message of the server is enough. */
  #ping(): void {
    const frame = encodeRequest(`"mcp-pipe-ping-${++pings}"`, Method.ping);
    this.#hub.toServer.push(this.#life.inflight.enter(frame, readEnvelope(frame), upkeepAsker));
    this.#hub.flush();
  }
}

let pings = 0;

/** Reports that a server that was silent has sent a message. */
export function reportResponding(hub: HubState, life: ServerLife): void {
  life.isSilent = false;
  if (hub.life === life) hub.options.onStatus({ type: 'server-responding' });
}
