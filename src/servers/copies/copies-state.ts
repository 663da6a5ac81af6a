import { type Envelope, type RawId, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { BatchQueue } from '../../transports/batch-queue.js';
import { openConnection } from '../hub-state.js';
import type { CarriedLife } from '../life-copies.js';
import { CallsOfCopies } from './calls-of-copies.js';
import type { CopiesOptions } from './copies-options.js';
import type { Copy } from './copy.js';
import type { CopyStarts } from './copy-starts.js';
import { KeptEffects } from './kept-effects.js';
import { leastBusy } from './least-busy.js';
import { clientOf, Stickiness } from './stickiness.js';
import { TaskPlaces } from './task-places.js';
import { WaitingCalls } from './waiting-calls.js';

/** What is known of the processes of a life, and of what they work on. */
export class CopiesState {
  readonly options: CopiesOptions;
  readonly starts: CopyStarts;
  /** What they have sent, for the hub. */
  readonly batches: BatchQueue;
  readonly calls = new CallsOfCopies();
  readonly waiting = new WaitingCalls();
  #cancelWait: (() => void) | undefined;
  readonly tasks = new TaskPlaces();
  readonly effects = new KeptEffects();
  readonly sticky: Stickiness;
  /** The process that has sent a request or notification which the hub has not handled yet. */
  readonly senders = new WeakMap<Frame, Copy>();
  life: CarriedLife | undefined;
  /** Lists, subscriptions and the first `initialize` are its. */
  lead: Copy;
  /** The process whose requests clients know by its own ids: there was no other one then. */
  plain: Copy;
  /** The `initialize`, or `server/discover`, that the lead was sent last, and what it has answered. */
  asked: Frame | undefined;
  answer: Frame | undefined;

  constructor(options: CopiesOptions, starts: CopyStarts, batches: BatchQueue, lead: Copy) {
    this.options = options;
    this.starts = starts;
    this.batches = batches;
    this.lead = lead;
    this.plain = lead;
    this.sticky = new Stickiness(options.sticky);
  }

  /** Clock time in milliseconds. */
  get now(): number {
    return this.options.clock.now();
  }

  /** Whether the ids of its requests may be those of another process as well. */
  isOneOfSeveral(copy: Copy): boolean {
    for (const other of this.starts.copies()) if (other !== copy) return true;
    this.plain = copy;
    return false;
  }

  /** The others that may be sent calls. */
  others(copy: Copy): Copy[] {
    return [...this.starts.up()].filter((other) => other !== copy);
  }

  /** Notes that the process gets a request. */
  enter(copy: Copy, frame: Frame, envelope: Envelope): void {
    const raw = rawId(frame, envelope);
    const asker = this.#askerOf(raw);
    const connection = openConnection(asker);
    if (connection) copy.lastCaller = connection;
    this.calls.enter(raw, envelope.method!, copy, this.now);
  }

  /**
   * The process for a call: the one that its client stays with, or the least busy one. Undefined when the call is to wait for one
   * that is being started.
   */
  choose(frame: Frame, envelope: Envelope, mayWait = true): Copy | undefined {
    const { sticky, starts, waiting, lead } = this;
    const { isLazy } = this.options;
    const client = sticky.by && clientOf(this.#askerOf(rawId(frame, envelope)));
    const own = client && sticky.of(client);
    if (own?.isUp) return own;
    const how = client ? 'stick' : isLazy ? 'pack' : 'spread';
    const least = leastBusy(starts.up(), how) ?? lead;
    const isTaken = least.busy > 0 || (client !== undefined && !isLazy && least.sticking > 0);
    if (isTaken && mayWait && !waiting.isFull) {
      starts.wantMore();
      if (starts.isGrowing) return undefined;
    }
    if (client) sticky.stay(client, least);
    return least;
  }

  /** The call is sent when a process is free for it. */
  wait(frame: Frame, envelope: Envelope): void {
    this.waiting.push(rawId(frame, envelope), frame, this.now);
    this.#watchWaiting();
  }

  /** Sends calls that wait: to processes that are free, and to any when no further one is being started. */
  dispatch(): void {
    const { waiting, sticky, now } = this;
    if (waiting.size === 0) return;
    for (const { frame, until } of waiting) {
      const envelope = readEnvelope(frame);
      // Timers may fire a fraction early.
      const copy = this.choose(frame, envelope, until > now + 1);
      if (copy) {
        waiting.remove(rawId(frame, envelope));
        this.enter(copy, frame, envelope);
        copy.out.push(frame);
      } else if (sticky.by === undefined) break;
    }
    void this.flush();
  }

  #watchWaiting(): void {
    const { until } = this.waiting;
    if (until === undefined || this.#cancelWait) return;
    this.#cancelWait = this.options.clock.after(Math.max(0, until - this.now), () => {
      this.#cancelWait = undefined;
      this.dispatch();
      this.#watchWaiting();
    });
  }

  /** The life is over: the hub answers the calls that wait. */
  stop(): void {
    this.#cancelWait?.();
    this.waiting.clear();
  }

  /** The process answers no more of this request, or has answered it. */
  answered(copy: Copy, frame: Frame, envelope: Envelope): void {
    if (envelope.idStart < 0) return;
    const raw = rawId(frame, envelope);
    if (this.calls.get(raw)?.copy !== copy) return;
    this.calls.end(raw, this.now);
    if (copy.busy === 0) this.dispatch();
  }

  /** Sends what has been gathered. A promise means that one of them does not read fast enough. */
  flush(): Promise<void> | undefined {
    let slow: Promise<void> | undefined;
    for (const copy of this.starts.copies()) slow = copy.flush() ?? slow;
    return slow;
  }

  #askerOf(raw: RawId) {
    return this.life?.inflight.peek(raw)?.asker;
  }
}
