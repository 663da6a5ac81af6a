import type { Frame } from '../protocol/frame.js';
import { BatchQueue, type HandleBatch } from '../transports/batch-queue.js';
import { around, type Guard, type GuardContext, type GuardedTransport } from '../transports/guard.js';
import type { Transport } from '../transports/transport.js';

type Batch = readonly Frame[];
type Read = Promise<IteratorResult<Batch, unknown>>;

/** Reads a client's transport: through its guard, from the batch on at which that is needed. */
export class GuardedReading {
  /** The guard's, or the client's own. */
  transport: Transport;
  readonly #guard: Guard | undefined;
  #guarded: GuardedTransport | undefined;
  #batches: AsyncIterator<Batch>;
  /** Read without asking for each batch, while nothing guards. */
  #queue: BatchQueue | undefined;
  /** What was asked for and has not come. */
  #reading: Read | undefined;

  /** @param onGuarded Called with the transport that takes the place of the one before. */
  constructor(
    transport: Transport,
    guard: Guard | undefined,
    context: GuardContext,
    onGuarded: (transport: Transport) => unknown,
  ) {
    this.transport = transport;
    this.#guard = guard;
    const begin = (from: Transport, isMidway: boolean) => {
      this.#guarded = guard!.guard(from, context, isMidway);
      this.transport = this.#guarded.transport;
    };
    if (guard?.isNeeded) begin(transport, false);
    this.#batches = this.transport.batches[Symbol.asyncIterator]();
    if (!guard || this.#guarded) return;
    guard.onNeeded = () => {
      if (this.#guarded) return;
      begin(resumed(transport, this.#batches, this.#reading), true);
      this.#reading = undefined;
      this.#batches = this.transport.batches[Symbol.asyncIterator]();
      this.#queue?.release();
      onGuarded(this.transport);
    };
  }

  /** Number of requests that the guard has, and the hub has not. */
  get held(): number {
    return this.#guarded?.held ?? 0;
  }

  /** Calls `handle` with each batch, until the end. */
  async each(handle: HandleBatch): Promise<void> {
    const { batches } = this.transport;
    if (batches instanceof BatchQueue) {
      this.#queue = batches;
      const end = await batches.drain(handle);
      this.#queue = undefined;
      // A guard that took over meanwhile is told of the end.
      if (end === 'ended' && !this.#guarded) return;
    }
    for (let batch = await this.#next(); batch; batch = await this.#next()) {
      const wait = handle(batch);
      if (wait) await wait;
    }
  }

  /** The next batch; undefined at the end. */
  async #next(): Promise<Batch | undefined> {
    for (;;) {
      const reading: Read = this.#batches.next();
      this.#reading = reading;
      const { done, value } = await reading;
      // A guard has taken over, and what has come.
      if (this.#reading !== reading) continue;
      this.#reading = undefined;
      return done ? undefined : value;
    }
  }

  /** The connection has ended. */
  ended(): void {
    if (this.#guard) this.#guard.onNeeded = undefined;
  }
}

/** The transport, whose batches were read so far, and of which the next one was asked for. */
function resumed(transport: Transport, rest: AsyncIterator<Batch>, asked: Read | undefined): Transport {
  async function* batches(): AsyncGenerator<Batch> {
    for (let next = await (asked ?? rest.next()); !next.done; next = await rest.next()) yield next.value;
  }
  return around(transport, { batches: batches() });
}
