import type { Envelope, RawId } from '../../protocol/envelope.js';
import { rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { withId } from '../../protocol/with-id.js';
import type { Connection } from '../client-state.js';
import type { ServerTransport } from '../server-transport.js';
import type { Choosable } from './least-busy.js';

/** `starting`: it gets no calls yet. `leaving`: it gets no further ones. */
export type CopyState = 'starting' | 'up' | 'leaving' | 'ended';

let lives = 0;
let requests = 0;

/** Begins the ids of requests that each process gets for itself, so that they differ from those of clients. */
const MARK = '"mcp-pipe-copies-';

/** One process of a server that has several, with what it is sent next. */
export class Copy implements Choosable {
  /** Its place among them, from 1; a process that is started in its place has the same. */
  readonly number: number;
  /** No other process has it. */
  readonly life = ++lives;
  readonly transport: ServerTransport;
  state: CopyState;
  #busy = 0;
  #whenIdle: (() => void) | undefined;
  sticking = 0;
  isSlow = false;
  /** Calls that it got. */
  calls = 0;
  lastAt: number;
  /** When it was started, clock time in milliseconds. */
  readonly #startedAt: number;
  /** When its last message came, clock time in milliseconds. */
  heardAt = Number.NEGATIVE_INFINITY;
  /** It answers neither calls nor a ping. */
  isSilent = false;
  lastCaller: Connection | undefined;
  /** Frames to send. */
  readonly out: Frame[] = [];
  /** Called once, with its next call. */
  onCall: (() => void) | undefined;
  /** What ends it answers its calls, and reports its end. */
  isReported = false;
  /** Requests that it alone was sent, by their ids. */
  readonly #own = new Map<RawId, (reply: Frame | undefined) => void>();

  constructor(number: number, transport: ServerTransport, state: CopyState, now: number) {
    this.number = number;
    this.transport = transport;
    this.state = state;
    this.lastAt = now;
    this.#startedAt = now;
  }

  /** What a report of its end says of it. */
  past(now: number): { livedMs: number; stderrTail: readonly string[] } {
    return { livedMs: Math.round(now - this.#startedAt), stderrTail: this.transport.stderrTail() };
  }

  get busy(): number {
    return this.#busy;
  }

  set busy(busy: number) {
    this.#busy = busy;
    if (busy === 0) this.#whenIdle?.();
  }

  /** It gets no further calls. */
  leaves(): void {
    if (this.state === 'up' || this.state === 'starting') this.state = 'leaving';
  }

  /** Resolves when it works on no call, or has ended. */
  get idle(): Promise<void> {
    if (this.#busy === 0 || this.state === 'ended') return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  get isUp(): boolean {
    return this.state === 'up';
  }

  /** Sends what has been gathered. A promise means that it does not read fast enough. */
  flush(): Promise<void> | undefined {
    if (this.out.length === 0) return undefined;
    const wasSlow = this.isSlow;
    const slow = this.transport.send(this.out);
    this.out.length = 0;
    if (!slow) return undefined;
    this.isSlow = true;
    const over = slow.then(() => {
      this.isSlow = false;
    });
    // The first time, what comes next may go to another process.
    return wasSlow ? over : undefined;
  }

  /** Sends it a request like `frame` with an id of its own. Resolves with the answer; with undefined when it has ended. */
  ask(frame: Frame): Promise<Frame | undefined> {
    const own = `${MARK}${++requests}"`;
    return new Promise((resolve) => {
      if (this.state === 'ended') return resolve(undefined);
      this.#own.set(own, resolve);
      this.out.push(withId(frame, readEnvelope(frame), own));
    });
  }

  /** Its answer to a request with this id goes nowhere. */
  ignores(id: RawId): void {
    this.#own.set(id, () => {});
  }

  /** Takes an answer to `ask`. Returns false when it is none. */
  takesOwn(frame: Frame, envelope: Envelope): boolean {
    if (this.#own.size === 0) return false;
    const raw = rawId(frame, envelope);
    const resolve = this.#own.get(raw);
    this.#own.delete(raw);
    resolve?.(frame);
    return resolve !== undefined;
  }

  /** Nothing more comes from it. */
  ended(): void {
    this.state = 'ended';
    this.out.length = 0;
    for (const resolve of this.#own.values()) resolve(undefined);
    this.#own.clear();
    this.#whenIdle?.();
  }
}
