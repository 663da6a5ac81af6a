import type { Readable } from 'node:stream';
import { type Envelope, idKey, type Message, rawId, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { spliced } from '../../../protocol/json-parts.js';
import { errorIn } from '../../../protocol/jsonrpc.js';
import type { OversizeMessage } from '../../../protocol/oversize.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import type { ServerEnd } from '../../../protocol/server-end.js';
import type { OnStatus } from '../../../protocol/status.js';
import { withId } from '../../../protocol/with-id.js';
import type { Clock } from '../../../time/clock.js';
import { endOfAnswer, mediaTypeOf, readFailure, tailOf } from '../end-of-answer.js';
import type { HttpAnswer, HttpRequests } from '../http-requests.js';
import { discardBody, endSoon, type Inflow } from '../inflow.js';
import { isHarmless } from '../post.js';
import { EVENT_STREAM, readEvents, readJson } from '../read-answer.js';
import { endOfError } from '../reopening.js';
import { listTools } from './list-tools.js';
import { requestHeaders } from './request-headers.js';
import { ToolHeaders } from './tool-headers.js';

/** What became of a request: its answer came, it was cancelled, or no answer will come. */
export type Outcome = 'answered' | 'cancelled' | { end: ServerEnd; isFatal: boolean };

/** What takes the messages of one answer. */
export interface AnswerSink {
  /** Called with each notification, and with the answer, which has the id of the request. */
  onMessage: (message: Message) => void;
  /** Called with a message over the bound; an answer counts as one. */
  onOversize: (message: OversizeMessage) => void;
  /** Called with each chunk of a stream, whatever it holds. */
  onBytes?: (() => void) | undefined;
  /** Called when the system has taken the whole request. */
  onSent?: (() => void) | undefined;
  /** Cancels the request. */
  signal: AbortSignal;
}

export interface WireOptions {
  requests: HttpRequests;
  inflow: Inflow;
  maxFrameBytes: number;
  clock: Clock;
  /** Called with each tool that was left out of a list. */
  onStatus?: OnStatus | undefined;
}

/** Statuses that say what the server, or a proxy before it, is like at present; what the body says is less. */
const TELLING_STATUSES: ReadonlySet<number> = new Set([401, 403, 408, 429, 502, 503, 504]);

/** Sends requests of MCP 2026-07-28, each as a POST of its own, and reads their answers. */
export class ModernWire {
  readonly tools: ToolHeaders;
  /** What answered last where it was no MCP, as short lines; may hold control characters. */
  tail: readonly string[] = [];
  readonly #options: WireOptions;
  /** Streams that have given their answer, and are still open. */
  readonly #lingering = new Set<Readable>();

  constructor(options: WireOptions) {
    this.#options = options;
    this.tools = new ToolHeaders((tool, why) => options.onStatus?.({ type: 'tool-left-out', tool, why }));
  }

  /**
   * Sends a request. If the server misses headers because a tool's schema has changed, or was never listed, the tools are
   * listed, and the request is sent once more (MCP 2026-07-28 "Client Behavior"). Never rejects.
   */
  async request(message: Message, sink: AnswerSink): Promise<Outcome> {
    const { method } = message.envelope;
    const headers = requestHeaders(message, this.tools);
    const onMessage = (got: Message) =>
      sink.onMessage(method === 'tools/list' ? this.#withoutInvalidTools(got) : got);
    if (method !== 'tools/call') return this.#exchange(message, headers, { ...sink, onMessage });
    let mismatch: Message | undefined;
    const outcome = await this.#exchange(message, headers, {
      ...sink,
      onMessage: (got) => {
        if (isMismatch(got)) mismatch = got;
        else onMessage(got);
      },
    });
    if (!mismatch) return outcome;
    await listTools(message, (list, signal) => this.#ask(list, signal), sink.signal);
    if (sink.signal.aborted) return 'cancelled';
    const learned = requestHeaders(message, this.tools);
    if (Object.entries(learned).some(([name, value]) => headers[name] !== value)) {
      return this.#exchange(message, learned, { ...sink, onMessage });
    }
    onMessage(mismatch);
    return 'answered';
  }

  /** Sends a notification. What the server answers makes no difference, unless it cannot be reached. Never rejects. */
  async notify(message: Message, signal: AbortSignal): Promise<Outcome> {
    const answer = await this.#post(message.frame, requestHeaders(message, this.tools), { signal });
    if ('end' in answer) return answer;
    discardBody(answer.body, this.#options.clock);
    return 'answered';
  }

  /** Ends what is left of answers. */
  close(): void {
    for (const body of this.#lingering) body.destroy();
  }

  /** Sends a request of our own; undefined when there is no answer. Lists of tools are learned from. */
  async #ask(message: Message, signal: AbortSignal): Promise<Message | undefined> {
    let answer: Message | undefined;
    await this.request(message, {
      onMessage: (got) => {
        if (got.envelope.kind === 'response') answer = got;
      },
      onOversize: () => {},
      signal,
    });
    return answer;
  }

  async #exchange(message: Message, headers: Record<string, string>, sink: AnswerSink): Promise<Outcome> {
    const answer = await this.#post(message.frame, headers, sink);
    if ('end' in answer) return sink.signal.aborted ? 'cancelled' : answer;
    const outcome = await this.#read(message, answer, sink);
    return outcome !== 'answered' && sink.signal.aborted ? 'cancelled' : outcome;
  }

  async #post(
    body: Frame,
    headers: Record<string, string>,
    { signal, onSent }: Pick<AnswerSink, 'signal' | 'onSent'>,
  ): Promise<HttpAnswer | { end: ServerEnd; isFatal: boolean }> {
    try {
      const isRepeatable = isHarmless(readEnvelope(body));
      return await this.#options.requests.send({
        ...{ method: 'POST', headers, body, signal, onSent, isRepeatable },
      });
    } catch (error) {
      const end = endOfError(error);
      // Others may have their answers though the connection of one was cut.
      return { end, isFatal: end.kind !== 'cut' };
    }
  }

  #read(message: Message, answer: HttpAnswer, sink: AnswerSink): Promise<Outcome> {
    const { status } = answer;
    const type = mediaTypeOf(answer.headers);
    if (!TELLING_STATUSES.has(status)) {
      if (type === 'application/json' || type.endsWith('+json')) return this.#readJson(message, answer, sink);
      if (type === EVENT_STREAM && status < 300) return this.#readEvents(message, answer, sink);
    }
    return this.#fail(answer);
  }

  async #readJson(message: Message, answer: HttpAnswer, sink: AnswerSink): Promise<Outcome> {
    let whole: Frame | undefined;
    let isOversize = false;
    const { cut, notJson } = await readJson(answer.body, this.#options, {
      onFrame: (frame) => {
        whole = frame;
      },
      onOversize: (oversize) => {
        isOversize = true;
        sink.onOversize(oversize);
      },
    });
    if (isOversize) return 'answered';
    if (cut !== undefined) return { end: { kind: 'cut', reason: cut }, isFatal: false };
    const envelope = whole && readEnvelope(whole);
    if (whole && envelope?.kind === 'response') {
      sink.onMessage(asAnswer(whole, envelope, message));
      return 'answered';
    }
    const text = (whole ?? notJson ?? Buffer.alloc(0)).toString('utf8', 0, MOST_TEXT_BYTES);
    this.tail = tailOf(text, mediaTypeOf(answer.headers));
    return { end: endOfAnswer(answer, text), isFatal: false };
  }

  async #readEvents(message: Message, { body }: HttpAnswer, sink: AnswerSink): Promise<Outcome> {
    let isAnswered = false;
    let answered = () => {};
    // The stream should end with the answer, but nobody has to wait for that.
    const answer = new Promise<undefined>((resolve) => {
      answered = () => {
        isAnswered = true;
        this.#linger(body);
        resolve(undefined);
      };
    });
    const end = readEvents(body, this.#options, NOWHERE, {
      onFrame: (frame) => {
        const envelope = readEnvelope(frame);
        // A server of this revision sends no requests, and nothing behind its answer.
        if (isAnswered || envelope.kind === 'request') return;
        if (envelope.kind !== 'response') return sink.onMessage({ frame, envelope });
        sink.onMessage(asAnswer(frame, envelope, message));
        answered();
      },
      onOversize: (oversize) => {
        sink.onOversize(oversize);
        if (oversize.kind === 'response') answered();
      },
      ...(sink.onBytes ? { onBytes: sink.onBytes } : {}),
    });
    const cut = await Promise.race([end, answer]);
    return isAnswered ? 'answered' : { end: { kind: 'cut', reason: cut ?? 'ended' }, isFatal: false };
  }

  /** Ends a stream if the server does not end it soon. */
  #linger(body: Readable): void {
    this.#lingering.add(body);
    body.once('close', () => this.#lingering.delete(body));
    endSoon(body, this.#options.clock);
  }

  async #fail(answer: HttpAnswer): Promise<Outcome> {
    const { end, tail } = await readFailure(answer, { clock: this.#options.clock });
    this.tail = tail;
    return { end, isFatal: end.kind === 'unauthorized' };
  }

  #withoutInvalidTools(message: Message): Message {
    if (message.envelope.kind !== 'response' || message.envelope.isError) return message;
    const frame = this.tools.learn(message.frame);
    return frame === message.frame ? message : { frame, envelope: readEnvelope(frame) };
  }
}

/** Bytes of a body that are looked at for people. */
const MOST_TEXT_BYTES = 16 * 1024;
/** Streams of this revision cannot be resumed. */
const NOWHERE = { lastEventId: '', retryMs: undefined };

/** The answer with the id of the request: errors of HTTP often have none, and a POST has one answer only. */
function asAnswer(frame: Frame, envelope: Envelope, { frame: asked, envelope: request }: Message): Message {
  const id = rawId(asked, request);
  if (envelope.idStart >= 0 && idKey(rawId(frame, envelope)) === idKey(id)) return { frame, envelope };
  const start = frame.indexOf('{') + 1;
  const own =
    envelope.idStart < 0
      ? spliced(frame, [{ start, end: start, bytes: `"id":${id},` }])
      : withId(frame, envelope, id);
  return { frame: own, envelope: readEnvelope(own) };
}

/** The error of a server that misses headers, or finds others than in the body. */
function isMismatch({ frame, envelope }: Message): boolean {
  return envelope.kind === 'response' && envelope.isError && errorIn(frame).code === RpcError.headerMismatch;
}
