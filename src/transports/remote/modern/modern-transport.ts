import {
  type IdKey,
  idKey,
  type Message,
  type RawId,
  rawId,
  readEnvelope,
} from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { Method, paramAsJson } from '../../../protocol/mcp.js';
import type { OversizeMessage } from '../../../protocol/oversize.js';
import type { ServerEnd } from '../../../protocol/server-end.js';
import type { CloseReason, FailedRequest } from '../../transport.js';
import { Inflow } from '../inflow.js';
import { Lane, takenSoon } from '../lane.js';
import type { RemoteOptions, RemoteTransport } from '../remote-transport.js';
import { Unsent } from '../unsent.js';
import { type AnswerSink, ModernWire, type Outcome } from './wire.js';

/** What takes the answer to a request. */
export interface ReplySink extends Pick<AnswerSink, 'onMessage' | 'onOversize' | 'onBytes'> {
  /** Called once, when nothing more will come; not when the life has ended with it. */
  onEnd: (outcome: Outcome) => void;
}

/**
 * What both ways to a server of MCP 2026-07-28 have in common. The server knows no sessions, so a life is only the time in
 * which it can be reached: it ends when a request gets no answer at all, or a login is wanted.
 */
export abstract class ModernTransport implements RemoteTransport {
  readonly pid = undefined;
  readonly closed: Promise<CloseReason>;
  onFailedRequest: ((failed: FailedRequest) => void) | undefined;
  protected readonly wire: ModernWire;
  protected readonly options: RemoteOptions;
  readonly #inflow: Inflow;
  readonly #unsent: Unsent;
  readonly #calls: Lane;
  /** Requests that run or wait. */
  readonly #running = new Set<AbortController>();
  /** What cancels each request that is carried and has no answer. */
  readonly #carried = new Map<IdKey, () => void>();
  #resolveClosed: (reason: CloseReason) => void = () => {};
  #end: ServerEnd | undefined;
  #isOpen = true;

  constructor(options: RemoteOptions) {
    const { requests, settings, clock, onStatus } = options;
    this.options = options;
    this.#inflow = new Inflow(settings, clock);
    this.#unsent = new Unsent(settings.maxQueuedBytes);
    this.#calls = new Lane(settings.httpCalls);
    const { maxFrameBytes } = settings;
    this.wire = new ModernWire({ requests, inflow: this.#inflow, maxFrameBytes, clock, onStatus });
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get batches() {
    return this.#inflow.batches;
  }

  get onOversize(): ((message: OversizeMessage) => void) | undefined {
    return this.#inflow.onOversize;
  }

  set onOversize(report: ((message: OversizeMessage) => void) | undefined) {
    this.#inflow.onOversize = report;
  }

  stderrTail(): readonly string[] {
    return this.wire.tail;
  }

  endOf(): ServerEnd {
    return this.#end ?? { kind: 'session-lost' };
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    for (const frame of batch) {
      if (!this.#isOpen) return undefined;
      const envelope = readEnvelope(frame);
      if (!envelope.items) this.take({ frame, envelope });
      // No request of this revision comes in an array, and each one is a POST of its own.
      for (const { start, end } of envelope.items ?? []) {
        const member = frame.subarray(start, end);
        this.take({ frame: member, envelope: readEnvelope(member) });
      }
    }
    return this.#isOpen ? this.#unsent.whenRoom() : undefined;
  }

  close(): Promise<CloseReason> {
    this.#finish({ by: 'local' });
    return this.closed;
  }

  /** Handles one message of the client. */
  protected abstract take(message: Message): void;

  /** Gives a message to the client. */
  protected deliver(frame: Frame): void {
    if (this.#isOpen) this.#inflow.push(frame);
  }

  protected deliverOversize(message: OversizeMessage): void {
    if (this.#isOpen) this.#inflow.oversize(message);
  }

  protected fail(rawId: RawId, end: ServerEnd): void {
    if (this.#isOpen) this.onFailedRequest?.({ rawId, end });
  }

  /** Sends a request of a client of this revision, and carries its answer. */
  protected carry(message: Message): void {
    const id = rawId(message.frame, message.envelope);
    const key = idKey(id);
    const cancel = this.ask(
      message,
      {
        onMessage: ({ frame }) => this.deliver(frame),
        onOversize: (oversize) => this.deliverOversize(oversize),
        onEnd: (outcome) => {
          if (this.#carried.get(key) === cancel) this.#carried.delete(key);
          if (typeof outcome === 'object') this.fail(id, outcome.end);
        },
      },
      message.envelope.method === Method.listen,
    );
    this.#carried.set(key, cancel);
  }

  /** Cancels what a `notifications/cancelled` names, if it was carried. */
  protected cancelCarried(frame: Frame): boolean {
    const key = cancelledKey(frame);
    const cancel = key === undefined ? undefined : this.#carried.get(key);
    if (key !== undefined) this.#carried.delete(key);
    cancel?.();
    return cancel !== undefined;
  }

  /**
   * Sends a request. `isLong`: it stays open for as long as the server likes, so it takes none of the places of calls.
   *
   * @returns a function that cancels it: its HTTP request is closed, which is how the server is told (MCP "Cancellation")
   */
  protected ask(message: Message, sink: ReplySink, isLong = false): () => void {
    const abort = new AbortController();
    const { signal } = abort;
    const onSent = this.#unsent.add(message.frame);
    this.#running.add(abort);
    const run = async () => {
      const outcome = signal.aborted
        ? 'cancelled'
        : await this.wire.request(message, { ...sink, onSent, signal });
      onSent();
      this.#running.delete(abort);
      this.#settle(outcome, sink.onEnd);
    };
    if (isLong) void run();
    else this.#calls.add(run);
    return () => {
      abort.abort();
      onSent();
    };
  }

  /** Sends a notification. */
  protected notify(message: Message): void {
    const abort = new AbortController();
    const onSent = this.#unsent.add(message.frame);
    this.#running.add(abort);
    const run = async () => {
      const outcome = await this.wire.notify(message, abort.signal);
      onSent();
      this.#running.delete(abort);
      this.#settle(outcome, () => {});
    };
    this.#calls.add(() => takenSoon(run(), this.options.clock));
  }

  /** Ends the life: the server cannot be reached. */
  protected endLife(end: ServerEnd): void {
    if (!this.#isOpen) return;
    this.#end = end;
    this.#finish({ by: 'remote' });
  }

  #settle(outcome: Outcome, onEnd: (outcome: Outcome) => void): void {
    if (!this.#isOpen) return;
    if (typeof outcome === 'object' && outcome.isFatal) this.endLife(outcome.end);
    else onEnd(outcome);
  }

  #finish(reason: CloseReason): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const abort of this.#running) abort.abort();
    this.#calls.clear();
    this.wire.close();
    this.options.requests.close();
    this.#inflow.batches.end();
    this.#unsent.release();
    this.#resolveClosed(reason);
  }
}

/** The key of the request that a `notifications/cancelled` cancels. */
export function cancelledKey(frame: Frame): IdKey | undefined {
  const id = paramAsJson(frame, 'requestId');
  return id === undefined ? undefined : idKey(id);
}
