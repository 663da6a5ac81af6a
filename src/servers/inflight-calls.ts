import { CallTable } from '../protocol/calls/call-table.js';
import { cancelledFor, type PendingCall } from '../protocol/calls/pending-call.js';
import { type Envelope, type IdKey, type RawId, rawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { calledName, cursorAsked, Method, paramAsJson, progressTokenAsked } from '../protocol/mcp.js';
import { ForwardedInitialize } from './forwarded-initialize.js';
import { OwnRequest } from './own-request.js';
import type { SafeCall } from './safe-calls.js';
import { isCounted, newTally, type Tally } from './tally.js';

/** A request that a server is working on. */
export interface InflightCall<Asker> extends PendingCall<Asker> {
  /** Name of the tool, prompt or resource; undefined for other requests. */
  name: string | undefined;
  /** Of `tools/list`: which page is asked for; undefined: the first. */
  cursor: string | undefined;
  /** When the request came, clock time in milliseconds. */
  enteredAt: number;
  /** The call was reported as taking long. */
  isSlow: boolean;
  /** Called with the reply before it is sent. */
  onReply: ((reply: Frame) => void) | undefined;
  /** What is needed to send it once more; undefined for nearly every call. */
  safe: SafeCall | undefined;
}

/** Aliases are the next `NUMBERS` numbers above it; all fit into 32 bits. */
const FIRST_NUMBER = 2_000_000_000;
const NUMBERS = 100_000_000;

/** Whether mcp-pipe may have sent a request with this id, and an endpoint surely has not. */
export function isOwnId(raw: RawId): boolean {
  if (typeof raw === 'number') return raw > FIRST_NUMBER && raw <= FIRST_NUMBER + NUMBERS;
  return raw.startsWith('"mcp-pipe-');
}

/** The asker with the most open calls is looked for again after this many calls: each search reads the whole table. */
const BUSIEST_USES = 256;

const OPTIONS = {
  ids: 'keep',
  // The endpoint may be another mcp-pipe, with aliases of its own. The alias of a number is a number: some servers
  // accept no strings.
  newId: (key: IdKey, count: number) =>
    typeof key === 'number' ? FIRST_NUMBER + count : `"mcp-pipe-${count}"`,
  newToken: (count: number) => `"mcp-pipe-token-${count}"`,
  cancelled: 'open',
} as const;

/**
 * Pending requests of one server process, which may outlive several connections. The cloud counts ids from 0 on each
 * connection; replies to requests of an earlier connection are dropped (D2, D35).
 */
export class InflightCalls<Asker> extends CallTable<Asker, InflightCall<Asker>> {
  #hasSubscriptions = false;
  /**
   * Several clients use the server. Each counts its ids and progress tokens from 0, and a server may answer twice, or
   * report progress after its answer. So the server gets ids and tokens that are used once.
   */
  isShared = false;
  /** Called once, with the next call. */
  onCall: (() => void) | undefined;
  #busiest: Asker | undefined;
  #busiestUses = 0;
  readonly #now: () => number;
  readonly #tally: Tally;

  /** Several clients have used the process. Late progress of one that has gone is then not to reach another one. */
  wasShared = false;

  /** @param now Clock time in milliseconds. */
  constructor(now: () => number = () => 0, tally: Tally = newTally()) {
    super({
      ...OPTIONS,
      keepsToken: ({ asker }, other) =>
        other.asker === asker || (other.asker === undefined && !this.wasShared),
    });
    this.#now = now;
    this.#tally = tally;
  }

  /** Enters a request. Returns the frame to send, the same one unless its id is taken. */
  enter(
    frame: Frame,
    envelope: Envelope,
    asker: Asker,
    onReply?: (reply: Frame) => void,
    safe?: SafeCall,
  ): Frame {
    if (envelope.method === Method.listen) this.#hasSubscriptions = true;
    const enteredAt = this.#now();
    if (!isOwn(asker)) {
      if (isCounted(envelope.method!)) this.#tally.lastAt = enteredAt;
      if (this.onCall) this.#notifyCall(this.onCall);
    }
    const call: InflightCall<Asker> = {
      asker,
      rawId: rawId(frame, envelope),
      method: envelope.method!,
      progressToken: progressTokenAsked(frame, envelope),
      alias: undefined,
      cancelled: false,
      name: calledName(frame, envelope),
      cursor: cursorAsked(frame, envelope),
      enteredAt,
      isSlow: false,
      onReply,
      safe,
    };
    // What the server may still say of the first sending is not to be taken for the second one's.
    const isRenamed = (this.isShared && !hasUniqueId(asker)) || safe?.isRepeat === true;
    return this.enterCall(frame, envelope, call, isRenamed);
  }

  /** A cancelled notification with the id that the server knows; undefined when it would cancel a call of another asker. */
  cancel(frame: Frame, asker: Asker): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return frame;
    const call = this.cancelCall(requestId, asker);
    if (call) return cancelledFor(call, frame);
    return this.isKnown(requestId) ? undefined : frame;
  }

  /** Whether a progress notification can only belong to a call whose asker has left. */
  isStaleProgress(frame: Frame): boolean {
    if (this.stale === 0) return false;
    const token = paramAsJson(frame, 'progressToken');
    let isStale = false;
    for (const call of this.values()) {
      if (call.progressToken !== token) continue;
      if (call.asker !== undefined) return false;
      isStale = true;
    }
    return isStale;
  }

  /** Whether a call may be a subscription (MCP 2026-07-28, `subscriptions/listen`), whose notifications name its id. */
  get hasSubscriptions(): boolean {
    return this.#hasSubscriptions;
  }

  /** The call that a subscription's notification belongs to; `id` is the id in the notification, JSON text. */
  subscription(id: string): InflightCall<Asker> | undefined {
    const call = this.peek(id);
    return call?.method === Method.listen ? call : undefined;
  }

  /** The oldest call of the asker with the most calls, not counting mcp-pipe itself. */
  oldestOfBusiest(): InflightCall<Asker> | undefined {
    const isKnown = this.#busiest !== undefined && ++this.#busiestUses < BUSIEST_USES;
    return (isKnown ? this.#oldestOf(this.#busiest) : undefined) ?? this.#oldestOf(this.#findBusiest());
  }

  #oldestOf(asker: Asker | undefined): InflightCall<Asker> | undefined {
    if (asker === undefined) return undefined;
    for (const call of this.values()) if (call.asker === asker) return call;
    return undefined;
  }

  #findBusiest(): Asker | undefined {
    const counts = new Map<Asker, number>();
    for (const { asker } of this.values())
      if (asker !== undefined && !hasUniqueId(asker)) counts.set(asker, (counts.get(asker) ?? 0) + 1);
    const most = Math.max(...counts.values());
    this.#busiest = [...counts.keys()].find((asker) => counts.get(asker) === most);
    this.#busiestUses = 0;
    return this.#busiest;
  }

  override leave(asker: Asker): InflightCall<Asker>[] {
    const left = super.leave(asker);
    if (this.#busiest === asker) this.#busiest = undefined;
    for (const call of left) call.onReply = undefined;
    return left;
  }

  /**
   * Calls that the server works on, oldest first, without those of mcp-pipe's own upkeep and without subscriptions,
   * which last.
   */
  *running(): Generator<InflightCall<Asker>> {
    for (const call of this.unanswered()) if (!call.cancelled) yield call;
  }

  /** As `running`, without lists that mcp-pipe itself asks for: it reads them again, so nothing is lost with them (D27). */
  *calls(): Generator<InflightCall<Asker>> {
    for (const call of this.running()) if (!isOwnList(call)) yield call;
  }

  /** As `running`, with cancelled calls, which need no answer (MCP "Cancellation") and have got none yet. */
  *unanswered(): Generator<InflightCall<Asker>> {
    for (const call of this.values()) if (call.method !== Method.listen && !isOwn(call.asker)) yield call;
  }

  #notifyCall(onNext: () => void): void {
    this.onCall = undefined;
    onNext();
  }
}

/** Whether mcp-pipe itself has chosen the id. */
function hasUniqueId(asker: unknown): boolean {
  return typeof asker === 'symbol' || asker instanceof OwnRequest;
}

/** Whether mcp-pipe itself has sent the request, for upkeep: these askers are symbols. */
function isOwn(asker: unknown): boolean {
  return typeof asker === 'symbol' || asker instanceof ForwardedInitialize;
}

/** Whether mcp-pipe reads a list with it, for the status page or a command. */
function isOwnList({ asker, method }: InflightCall<unknown>): boolean {
  return asker instanceof OwnRequest && method === Method.listTools;
}
