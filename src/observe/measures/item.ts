import type { FeedClass } from '../../protocol/feed.js';
import type { FinishedCall } from '../../protocol/finished-call.js';
import { Band } from './band.js';
import { CallHistory } from './call-history.js';
import { DayCount } from './day-count.js';
import { KeptCalls } from './kept-calls.js';
import { MemoryHistory } from './memory-history.js';
import { MOVES_KEPT, type Move } from './moves.js';
import type { ToolCounts } from './tool-counts.js';

/** What is kept of one server or link. Most of it is made when it is needed: most servers are called seldom. */
export class Item {
  readonly band: Band;
  calls: KeptCalls | undefined;
  history: CallHistory | undefined;
  memory: MemoryHistory | undefined;
  restarts: DayCount | undefined;
  tools: ToolCounts | undefined;
  /** Its last process has ended: the next one is a restart. */
  hasEnded = false;
  /** When it left the plan, time of the timeline. */
  goneAt: number | undefined;
  readonly #moves: Move[] = [];

  /** @param at Time of the timeline. */
  constructor(at: number) {
    this.band = new Band(at);
  }

  called(call: FinishedCall, at: number, point: number, bucket: number | undefined): void {
    this.history ??= new CallHistory(point);
    this.history.add(point, bucket);
    this.calls ??= new KeptCalls();
    this.calls.add(call, at);
  }

  measured(at: number, memoryBytes: number): void {
    this.memory ??= new MemoryHistory(at);
    this.memory.add(at, memoryBytes);
  }

  moved(move: Move): void {
    this.#moves.push(move);
    if (this.#moves.length > MOVES_KEPT) this.#moves.shift();
  }

  /** The last move is over: what it has changed is known only now. */
  settled(): void {
    const last = this.#moves.at(-1);
    if (last?.status?.type === 'down') last.class = this.band.class;
  }

  restarted(at: number): void {
    this.restarts ??= new DayCount(at);
    this.restarts.add(at);
  }

  /** Newest first. */
  get moves(): Move[] {
    return this.#moves.toReversed();
  }

  reclassed(at: number, to: FeedClass | undefined): void {
    if (this.band.class !== to) this.band.change(at, to);
  }
}
