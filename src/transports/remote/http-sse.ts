import { setMaxListeners } from 'node:events';
import { type IdKey, idKey, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { Method } from '../../protocol/mcp.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { CloseReason, CloseRequest, FailedRequest } from '../transport.js';
import { endOfAnswer, type FailedAnswer, mediaTypeOf, readFailure } from './end-of-answer.js';
import { answeredBy, Exchange } from './exchange.js';
import type { HttpAnswer } from './http-requests.js';
import { discardBody, Inflow, startOfBody } from './inflow.js';
import { Lane, takenSoon } from './lane.js';
import { isHarmless, POST_HEADERS } from './post.js';
import { EVENT_STREAM, type FrameSink, readEvents, readJson, type StreamPosition } from './read-answer.js';
import { refusalOf } from './refusal.js';
import { shownUrl } from './remote-server.js';
import type { RemoteOptions, RemoteTransport } from './remote-transport.js';
import { endOfError, eventIdHeader, ReopenWaits } from './reopening.js';
import { Unsent } from './unsent.js';

/** A stream that was asked for already. */
export interface OpenedStream {
  /** The answer to the GET. */
  answer: HttpAnswer;
  /** Why the life has ended if the stream turns out to be none of HTTP+SSE. */
  otherwise: FailedAnswer;
}

/**
 * A life of a server over HTTP+SSE (MCP 2024-11-05): a stream of events, which is the session, and POSTs to the address that
 * the stream names. The life ends with the stream. `requests` are closed with the life.
 */
export function httpSse(options: RemoteOptions, opened?: OpenedStream): RemoteTransport {
  return new HttpSse(options, opened);
}

/** The GET that opens the stream. */
export const OPEN_STREAM = { method: 'GET', headers: { accept: EVENT_STREAM } } as const;

/** The rest of a stream was not found where the server was asked for it. */
const LOST: ServerEnd = { kind: 'session-lost' };

class HttpSse implements RemoteTransport {
  readonly pid = undefined;
  readonly closed: Promise<CloseReason>;
  onFailedRequest: ((failed: FailedRequest) => void) | undefined;
  readonly #options: RemoteOptions;
  readonly #otherwise: FailedAnswer | undefined;
  readonly #inflow: Inflow;
  readonly #unsent: Unsent;
  /** Requests; responses; and everything else, whose order is kept. None begins before the address is known. */
  readonly #calls: Lane;
  readonly #replies: Lane;
  readonly #notices = new Lane(1);
  /** Requests without an answer. */
  readonly #open = new Map<IdKey, Exchange>();
  readonly #life = new AbortController();
  /** Where messages are sent, once the stream has named it. */
  #address: URL | undefined;
  /** `notifications/initialized` was sent. A later `initialize` is of another caller behind the endpoint. */
  #hasBegun = false;
  #state: 'open' | 'closing' | 'ended' = 'open';
  #end: ServerEnd = LOST;
  #tail: readonly string[] = [];
  #resolveClosed: (reason: CloseReason) => void = () => {};

  constructor(options: RemoteOptions, opened: OpenedStream | undefined) {
    const { settings } = options;
    this.#options = options;
    // Each request listens to it: Node's warning about more than ten is meant for leaks.
    setMaxListeners(0, this.#life.signal);
    this.#otherwise = opened?.otherwise;
    this.#inflow = new Inflow(settings, options.clock);
    this.#unsent = new Unsent(settings.maxQueuedBytes);
    this.#calls = new Lane(settings.httpCalls);
    this.#replies = new Lane(settings.httpCalls);
    for (const lane of this.#lanes) lane.hold();
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    void this.#listen(opened);
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
    return this.#tail;
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
      // What was sent is read before the session ends; not by a server that has named no address.
      if (this.#address && !forceSignal?.aborted) await this.#whenSent(forceSignal);
      this.#finish({ by: 'local' });
    }
    return this.closed;
  }

  get #lanes(): readonly Lane[] {
    return [this.#calls, this.#replies, this.#notices];
  }

  /** Resolves when no notification or response is unsent, or after `closeTimeoutMs`. */
  async #whenSent(forceSignal: AbortSignal | undefined): Promise<void> {
    const { clock, settings } = this.#options;
    const hurry = new AbortController();
    const onForce = () => hurry.abort();
    forceSignal?.addEventListener('abort', onForce, { once: true });
    const idle = Promise.all([this.#notices.whenIdle(), this.#replies.whenIdle()]);
    await Promise.race([idle, clock.sleep(settings.closeTimeoutMs, hurry.signal), this.closed]);
    hurry.abort();
    forceSignal?.removeEventListener('abort', onForce);
  }

  /** Reads the stream to its end, which is that of the life. Never rejects. */
  async #listen(opened: OpenedStream | undefined): Promise<void> {
    const { clock, settings, requests } = this.#options;
    const waits = new ReopenWaits(Math.random);
    const cancel = clock.after(settings.dialTimeoutMs, () => {
      if (!this.#address) this.#endLife({ kind: 'unreachable', reason: 'ETIMEDOUT' });
    });
    try {
      let answer = opened?.answer ?? (await requests.send({ ...OPEN_STREAM, signal: this.#life.signal }));
      for (;;) {
        if (answer.status !== 200 || mediaTypeOf(answer.headers) !== EVENT_STREAM) {
          const { end, tail } = await readFailure(answer, { clock });
          this.#tail = tail;
          return this.#endLife(this.#address ? LOST : end);
        }
        const position: StreamPosition = { lastEventId: '', retryMs: undefined };
        const cut = await this.#read(answer, position, waits);
        // Without ids nothing can be asked for again, and a new stream is a new session.
        if (position.lastEventId === '')
          return this.#endLife(cut === undefined ? LOST : { kind: 'cut', reason: cut });
        await clock.sleep(waits.next(position.retryMs), this.#life.signal);
        if (this.#life.signal.aborted) return;
        const headers = { ...OPEN_STREAM.headers, ...eventIdHeader(position.lastEventId) };
        answer = await requests.send({ method: 'GET', headers, signal: this.#life.signal });
      }
    } catch (error) {
      this.#endLife(endOfError(error));
    } finally {
      cancel();
    }
  }

  #read({ body, url }: HttpAnswer, position: StreamPosition, waits: ReopenWaits) {
    const sink = this.#sink;
    const onFrame = (frame: Frame) => {
      waits.reset();
      sink.onFrame(frame);
    };
    const onEndpoint = (address: string) => this.#onEndpoint(address, url);
    return readEvents(body, this.#reading, position, { ...sink, onFrame, onEndpoint });
  }

  /** What is needed to read an answer. */
  get #reading() {
    const { clock, settings } = this.#options;
    return { clock, inflow: this.#inflow, maxFrameBytes: settings.maxFrameBytes };
  }

  #onEndpoint(written: string, stream: URL): void {
    const address = URL.canParse(written, stream.href) ? new URL(written, stream) : undefined;
    if (address?.origin !== stream.origin) {
      // Messages, and what logs in, go to the server that is configured and to no other one.
      const detail = address && shownUrl(address.href);
      return this.#endLife({ kind: 'not-mcp', status: 200, what: 'redirect', detail });
    }
    if (this.#address) {
      // The server has begun another session.
      if (this.#address.href !== address.href) this.#endLife(LOST);
      return;
    }
    this.#address = address;
    for (const lane of this.#lanes) lane.release();
  }

  get #sink(): FrameSink {
    return {
      onFrame: (frame) => {
        for (const id of answeredBy(frame)) this.#settled(idKey(id));
        this.#inflow.push(frame);
      },
      onOversize: (message) => {
        if (message.kind === 'response' && message.rawId !== undefined) this.#settled(idKey(message.rawId));
        this.#inflow.oversize(message);
      },
    };
  }

  #settled(key: IdKey): void {
    this.#open.get(key)?.close(key);
    this.#open.delete(key);
  }

  #sendFrame(frame: Frame): void {
    const { kind, method, items } = readEnvelope(frame);
    const sent = this.#unsent.add(frame);
    if (kind === 'request' || items?.some((item) => item.kind === 'request')) {
      const exchange = new Exchange(frame, method === Method.initialize && !this.#hasBegun);
      for (const key of exchange.open.keys()) this.#open.set(key, exchange);
      // Some servers answer a POST after they have replied on the stream, or never.
      return this.#calls.add(() => Promise.race([this.#post(frame, sent, exchange), exchange.answered]));
    }
    const tell = () => takenSoon(this.#post(frame, sent), this.#options.clock);
    if (kind === 'response' || items?.some((item) => item.kind === 'response'))
      return this.#replies.add(tell);
    if (method !== Method.initialized) return this.#notices.add(tell);
    this.#hasBegun = true;
    // Calls must not overtake it.
    this.#calls.hold();
    this.#notices.add(async () => {
      await tell();
      this.#calls.release();
    });
  }

  /** Sends a frame. Never rejects. */
  async #post(frame: Frame, sent: () => void, exchange?: Exchange): Promise<void> {
    try {
      const { signal } = this.#life;
      const answer = await this.#options.requests.send({
        ...{ method: 'POST', url: this.#address, headers: POST_HEADERS, body: frame, onSent: sent, signal },
        isRepeatable: isHarmless(readEnvelope(frame)),
      });
      if (answer.status < 300) await this.#readReply(answer, exchange);
      else await this.#refused(answer, exchange);
    } catch (error) {
      const end = endOfError(error);
      if (end.kind === 'cut') this.#fail(exchange, end);
      else this.#endLife(end);
    } finally {
      sent();
    }
  }

  /** Most servers answer with a word, and reply on the stream; some reply at once. */
  async #readReply(answer: HttpAnswer, exchange: Exchange | undefined): Promise<void> {
    const { clock } = this.#options;
    const options = this.#reading;
    const type = mediaTypeOf(answer.headers);
    if (type === EVENT_STREAM) {
      await readEvents(answer.body, options, { lastEventId: '', retryMs: undefined }, this.#sink);
    } else if (type === 'application/json') {
      const sink = this.#sink;
      const onFrame = (frame: Frame) => {
        // `{}` and `"ok"` are words, too.
        if (readEnvelope(frame).kind !== 'other') sink.onFrame(frame);
      };
      await readJson(answer.body, options, { ...sink, onFrame });
    } else if (type === 'text/html') {
      // Of some frameworks a word as well; but the page of a proxy has taken the message's place.
      const text = (await startOfBody(answer.body, clock)).toString('utf8');
      if (/^\s*<(?:!doctype|html)\b/i.test(text)) this.#fail(exchange, endOfAnswer(answer, text));
    } else discardBody(answer.body, clock);
  }

  async #refused(answer: HttpAnswer, exchange: Exchange | undefined): Promise<void> {
    const body = await startOfBody(answer.body, this.#options.clock);
    const refusal = refusalOf(answer, body, { exchange, isKnownSession: true });
    if ('reply' in refusal) return this.#sink.onFrame(refusal.reply);
    const { end, tail } = refusal;
    this.#tail = tail;
    if (end.kind === 'session-lost' || (end.kind === 'unauthorized' && end.wants !== 'scope'))
      this.#endLife(end);
    else this.#fail(exchange, end);
  }

  /** The requests of a POST get no answer. */
  #fail(exchange: Exchange | undefined, end: ServerEnd): void {
    if (!exchange || exchange.open.size === 0) return;
    if (exchange.isInitialize) return this.#endLife(end);
    const ids = [...exchange.open.values()];
    for (const key of [...exchange.open.keys()]) this.#settled(key);
    for (const rawId of ids) this.onFailedRequest?.({ rawId, end });
  }

  /** The life has ended by itself. */
  #endLife(end: ServerEnd): void {
    if (this.#state === 'ended') return;
    const isLocal = this.#state === 'closing';
    if (!isLocal) this.#end = end;
    if (!isLocal && !this.#address && this.#otherwise) {
      this.#end = this.#otherwise.end;
      this.#tail = this.#otherwise.tail;
    }
    this.#finish({ by: isLocal ? 'local' : 'remote' });
  }

  #finish(reason: CloseReason): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#life.abort();
    for (const lane of this.#lanes) lane.clear();
    this.#open.clear();
    this.#options.requests.close();
    this.batches.end();
    this.#unsent.release();
    this.#resolveClosed(reason);
  }
}
