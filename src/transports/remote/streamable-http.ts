import { idKey, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { Method, paramAsJson } from '../../protocol/mcp.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { CloseReason, CloseRequest, FailedRequest } from '../transport.js';
import { Answers } from './answers.js';
import { mediaTypeOf } from './end-of-answer.js';
import { Exchange } from './exchange.js';
import type { HttpAnswer } from './http-requests.js';
import { HttpSession } from './http-session.js';
import { discardBody, Inflow } from './inflow.js';
import { Lane, takenSoon } from './lane.js';
import { listen } from './listening.js';
import { EVENT_STREAM } from './read-answer.js';
import type { RemoteOptions, RemoteTransport } from './remote-transport.js';
import { endOfError } from './reopening.js';
import { Unsent } from './unsent.js';

/** A message that was sent already, and the answer to its POST, whose body was not read. */
export interface FirstAnswer {
  frame: Frame;
  answer: HttpAnswer;
}

/**
 * A life of a server over Streamable HTTP, of the revisions that begin with `initialize`: its session, and its lives end
 * with it. Nothing is sent before the first frame. `requests` are closed with the life.
 *
 * @param first what has been sent and answered already: `initialize`
 */
export function streamableHttp(options: RemoteOptions, first?: FirstAnswer): RemoteTransport {
  return new StreamableHttp(options, first);
}

// D167
class StreamableHttp implements RemoteTransport {
  readonly pid = undefined;
  readonly closed: Promise<CloseReason>;
  onFailedRequest: ((failed: FailedRequest) => void) | undefined;
  readonly #options: RemoteOptions;
  readonly #session: HttpSession;
  readonly #inflow: Inflow;
  readonly #unsent: Unsent;
  /** Requests; responses; and everything else, whose order is kept. */
  readonly #calls: Lane;
  readonly #replies: Lane;
  readonly #notices = new Lane(1);
  readonly #answers: Answers;
  /** What runs; aborting it ends it. */
  readonly #running = new Set<AbortController>();
  #state: 'open' | 'closing' | 'ended' = 'open';
  #isListening = false;
  #end: ServerEnd = { kind: 'session-lost' };
  #resolveClosed: (reason: CloseReason) => void = () => {};

  constructor(options: RemoteOptions, first: FirstAnswer | undefined) {
    this.#options = options;
    this.#session = new HttpSession(options.requests, options.clock);
    this.#inflow = new Inflow(options.settings, options.clock);
    this.#unsent = new Unsent(options.settings.maxQueuedBytes);
    this.#answers = new Answers({
      ...{ session: this.#session, inflow: this.#inflow, random: Math.random, clock: options.clock },
      maxFrameBytes: options.settings.maxFrameBytes,
    });
    this.#calls = new Lane(options.settings.httpCalls);
    this.#replies = new Lane(options.settings.httpCalls);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    if (first) this.#request(first.frame, first.answer);
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
    return this.#answers.said;
  }

  endOf(): ServerEnd {
    return this.#end;
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    if (this.#state !== 'open') return undefined;
    for (const frame of batch) this.#sendFrame(frame);
    return this.#unsent.whenRoom();
  }

  async close({ forceSignal }: CloseRequest = {}): Promise<CloseReason> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      await this.#sayGoodbye(forceSignal);
      this.#finish({ by: 'local' });
    }
    return this.closed;
  }

  #sendFrame(frame: Frame): void {
    const { kind, method, items } = readEnvelope(frame);
    if (kind === 'request' || items?.some((item) => item.kind === 'request')) return this.#request(frame);
    const sent = this.#unsent.add(frame);
    if (kind === 'response' || items?.some((item) => item.kind === 'response')) {
      return this.#tellIn(this.#replies, frame, sent);
    }
    if (method === Method.cancelled) return this.#cancel(frame, sent);
    if (method !== Method.initialized) return this.#tellIn(this.#notices, frame, sent);
    this.#calls.hold();
    this.#notices.add(async () => {
      const told = this.#tell(frame, sent).then((isAccepted) => {
        if (isAccepted) this.#listen();
      });
      await takenSoon(told, this.#options.clock);
      this.#calls.release();
    });
  }

  /** Sends a frame that has no answer. Resolves with whether the server has taken it; never rejects. */
  async #tell(frame: Frame, sent: () => void): Promise<boolean> {
    if (this.#state === 'ended') return false;
    const abort = new AbortController();
    this.#running.add(abort);
    let reading: Promise<unknown> | undefined;
    try {
      const answer = await this.#session.post(frame, abort.signal, sent);
      // Usually 202, and in any case nothing waits for the end. Some servers answer `{}` or `Accepted`, which is no message.
      const isStream = answer.status === 200 && mediaTypeOf(answer.headers) === EVENT_STREAM;
      if (isStream) reading = this.#answers.readMessages(answer);
      else if (answer.status < 300) discardBody(answer.body, this.#options.clock);
      else {
        const end = await this.#answers.refused(answer);
        if (end && isEndOfLife(end)) this.#endLife(end);
        return false;
      }
      return true;
    } catch (error) {
      // A message that was cut may have arrived; the next request shows whether the server is there.
      const end = endOfError(error);
      if (!abort.signal.aborted && end.kind !== 'cut') this.#endLife(end);
      return false;
    } finally {
      sent();
      void Promise.resolve(reading).then(() => this.#running.delete(abort));
    }
  }

  #tellIn(lane: Lane, frame: Frame, sent: () => void): void {
    lane.add(() => takenSoon(this.#tell(frame, sent), this.#options.clock));
  }

  #cancel(frame: Frame, sent: () => void): void {
    const id = paramAsJson(frame, 'requestId');
    const exchange = id === undefined ? undefined : this.#answers.exchanges.get(idKey(id));
    if (!exchange || exchange.open.size > 1) return this.#tellIn(this.#notices, frame, sent);
    if (exchange.state === 'waiting') {
      // Neither has been sent, so neither need be.
      this.#leave(exchange);
      return sent();
    }
    this.#notices.add(async () => {
      const told = exchange.whenSent().then(() => this.#tell(frame, sent));
      await takenSoon(told, this.#options.clock);
      // The server need not answer a cancelled request, nor end its answer.
      this.#leave(exchange);
    });
  }

  #leave(exchange: Exchange): void {
    this.#forget(exchange);
    exchange.leave();
  }

  #forget({ open }: Exchange): void {
    for (const key of open.keys()) this.#answers.exchanges.delete(key);
  }

  /** Sends a frame with requests, or takes over one that was sent. */
  #request(frame: Frame, answer?: HttpAnswer): void {
    const isInitialize = readEnvelope(frame).method === Method.initialize;
    const exchange = new Exchange(frame, isInitialize);
    for (const key of exchange.open.keys()) this.#answers.exchanges.set(key, exchange);
    const sent = answer ? () => {} : this.#unsent.add(frame);
    // A stream that the server leaves open behind the last answer holds nothing up.
    const run = () => Promise.race([this.#run(exchange, sent, answer), exchange.answered]);
    if (!isInitialize || this.#session.hasBegun) return this.#calls.add(run);
    const lanes = [this.#calls, this.#replies, this.#notices];
    for (const lane of lanes) lane.hold();
    void run().then(() => {
      for (const lane of lanes) lane.release();
    });
  }

  async #run(exchange: Exchange, sent: () => void, first: HttpAnswer | undefined): Promise<void> {
    if (exchange.state === 'left') return sent();
    exchange.state = 'sending';
    const onSent = () => {
      sent();
      exchange.sent();
    };
    this.#running.add(exchange.abort);
    try {
      const answer = first ?? (await this.#session.post(exchange.frame, exchange.abort.signal, onSent));
      onSent();
      const end = await this.#answers.readReply(exchange, answer);
      if (exchange.open.size > 0 && !exchange.abort.signal.aborted) this.#fail(exchange, end);
    } catch (error) {
      if (!exchange.abort.signal.aborted) this.#fail(exchange, endOfError(error));
    } finally {
      onSent();
      this.#running.delete(exchange.abort);
      this.#forget(exchange);
      exchange.end();
    }
  }

  #fail(exchange: Exchange, end: ServerEnd): void {
    // Servers refuse a later `initialize`, of another caller behind the endpoint, as they please.
    const isFirst = exchange.isInitialize && !this.#session.hasBegun;
    if (isFirst || isEndOfLife(end)) return this.#endLife(end);
    for (const id of exchange.open.values()) this.onFailedRequest?.({ rawId: id, end });
  }

  #listen(): void {
    if (this.#isListening || this.#state !== 'open') return;
    this.#isListening = true;
    const { clock, settings } = this.#options;
    const abort = new AbortController();
    this.#running.add(abort);
    void listen({
      ...{ clock, session: this.#session, inflow: this.#inflow, random: Math.random },
      maxFrameBytes: settings.maxFrameBytes,
      httpSilenceMs: settings.httpSilenceMs,
      sink: this.#answers.sink,
      signal: abort.signal,
      onEnd: (end) => this.#endLife(end),
    });
  }

  /** Ends the session at the server, within `closeTimeoutMs` and unless `forceSignal` aborts. Never rejects. */
  async #sayGoodbye(forceSignal: AbortSignal | undefined): Promise<void> {
    const { clock, settings } = this.#options;
    const hurry = new AbortController();
    const onForce = () => hurry.abort();
    if (forceSignal?.aborted) onForce();
    forceSignal?.addEventListener('abort', onForce, { once: true });
    const cancel = clock.after(settings.closeTimeoutMs, onForce);
    const hurried = new Promise<void>((resolve) => {
      if (hurry.signal.aborted) return resolve();
      hurry.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    // A notification or a response that was sent is read by the server before the session ends.
    await Promise.race([
      Promise.all([this.#notices.whenIdle(), this.#replies.whenIdle()]),
      hurried,
      this.closed,
    ]);
    this.#abortAll();
    if (this.#session.isKnown && !hurry.signal.aborted && this.#state === 'closing') {
      const deleted = this.#session.delete(hurry.signal).then(
        ({ body }) => discardBody(body, clock),
        () => {},
      );
      await Promise.race([deleted, hurried]);
    }
    cancel();
    forceSignal?.removeEventListener('abort', onForce);
  }

  /** The life has ended by itself. */
  #endLife(end: ServerEnd): void {
    if (this.#state === 'ended') return;
    const isLocal = this.#state === 'closing';
    if (!isLocal) this.#end = end;
    this.#finish({ by: isLocal ? 'local' : 'remote' });
  }

  #finish(reason: CloseReason): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#abortAll();
    for (const lane of [this.#calls, this.#replies, this.#notices]) lane.clear();
    this.#answers.exchanges.clear();
    this.#options.requests.close();
    this.batches.end();
    this.#unsent.release();
    this.#resolveClosed(reason);
  }

  #abortAll(): void {
    for (const abort of this.#running) abort.abort();
    this.#running.clear();
  }
}

/** Whether no other request would fare better. */
function isEndOfLife(end: ServerEnd): boolean {
  if (end.kind === 'unreachable' || end.kind === 'not-started') return true;
  return end.kind === 'session-lost' || (end.kind === 'unauthorized' && end.wants !== 'scope');
}
