import type { Readable } from 'node:stream';
import { type IdKey, idKey } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { protocolVersionOf } from '../../protocol/mcp.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { Clock } from '../../time/clock.js';
import { mediaTypeOf } from './end-of-answer.js';
import { answeredBy, ENDED, type Exchange, NO_REPLY } from './exchange.js';
import type { HttpAnswer } from './http-requests.js';
import type { HttpSession } from './http-session.js';
import { discardBody, endSoon, type Inflow, startOfBody } from './inflow.js';
import { EVENT_STREAM, type FrameSink, readEvents, readJson, type StreamPosition } from './read-answer.js';
import { refusalOf } from './refusal.js';
import { endOfError, isPassingFailure, MAX_FAILURES, ReopenWaits } from './reopening.js';

/** Most streams that answer no request: servers need none of them. */
const MOST_UNASKED = 8;

export interface AnswersOptions {
  session: HttpSession;
  inflow: Inflow;
  maxFrameBytes: number;
  clock: Clock;
  random: () => number;
}

/** Reads the answers to POSTs, and finds the requests that their messages answer. */
export class Answers {
  /** By the id of each request that is not answered. */
  readonly exchanges = new Map<IdKey, Exchange>();
  /** What the server said last where it was no MCP, as lines; may hold control characters. */
  said: readonly string[] = [];
  /** Takes the messages of the server, wherever they come. */
  readonly sink: FrameSink;
  readonly #options: AnswersOptions;
  /** Streams that answer no request, oldest first. */
  readonly #unasked = new Set<Readable>();

  constructor(options: AnswersOptions) {
    this.#options = options;
    const { inflow } = options;
    this.sink = {
      onFrame: (frame) => {
        this.#note(frame);
        inflow.push(frame);
      },
      onOversize: (message: OversizeMessage) => {
        if (message.kind === 'response' && message.rawId !== undefined) this.#answered(idKey(message.rawId));
        inflow.oversize(message);
      },
    };
  }

  /** Reads the answer to requests. Resolves with why those that are still open have no reply. Never rejects. */
  async readReply(exchange: Exchange, answer: HttpAnswer): Promise<ServerEnd> {
    if (exchange.isInitialize) this.#options.session.began(answer);
    if (answer.status === 202 || answer.status === 204) {
      discardBody(answer.body, this.#options.clock);
      return NO_REPLY;
    }
    const end = await (answer.status === 200
      ? this.readMessages(answer, exchange)
      : this.refused(answer, exchange));
    return end ?? ENDED;
  }

  /** Carries the messages of an answer with status 200. Resolves with why there were none, or not all of them. Never rejects. */
  async readMessages(answer: HttpAnswer, exchange?: Exchange): Promise<ServerEnd | undefined> {
    const type = mediaTypeOf(answer.headers);
    if (type === EVENT_STREAM) return this.#readStream(answer, exchange);
    // Some servers do not say what they answer.
    if (type !== 'application/json' && type !== '') return this.refused(answer, exchange);
    const { cut, notJson } = await readJson(answer.body, this.#options, this.sink);
    if (cut !== undefined) return { kind: 'cut', reason: cut };
    if (notJson === undefined) return undefined;
    return notJson.length === 0 ? NO_REPLY : this.refused(answer, exchange, notJson);
  }

  /**
   * An answer that is no success. Passes the server's own reply on if it holds one, or else resolves with what it is. Never
   * rejects.
   */
  async refused(answer: HttpAnswer, exchange?: Exchange, read?: Buffer): Promise<ServerEnd | undefined> {
    const { session, clock } = this.#options;
    const body = read ?? (await startOfBody(answer.body, clock));
    const refusal = refusalOf(answer, body, { exchange, isKnownSession: session.isKnown });
    if ('reply' in refusal) {
      this.sink.onFrame(refusal.reply);
      return undefined;
    }
    this.said = refusal.tail;
    return refusal.end;
  }

  async #readStream(answer: HttpAnswer, exchange: Exchange | undefined): Promise<ServerEnd | undefined> {
    const position: StreamPosition = { lastEventId: '', retryMs: undefined };
    const reading = readEvents(answer.body, this.#options, position, this.sink);
    if (exchange) void this.#endAfterAnswers(exchange, answer);
    else this.#keepFew(answer);
    const cut = await reading;
    const end: ServerEnd | undefined = cut === undefined ? undefined : { kind: 'cut', reason: cut };
    if (!exchange || exchange.open.size === 0) return end;
    return position.lastEventId === '' ? end : this.#resume(exchange, position, end);
  }

  /** Nothing ends a stream that answers a notification: a server that opens one each time would have them all. */
  #keepFew({ body }: HttpAnswer): void {
    const streams = this.#unasked;
    streams.add(body);
    body.once('close', () => streams.delete(body));
    const [oldest] = streams;
    if (streams.size > MOST_UNASKED) oldest?.destroy();
  }

  /** A stream ends with the last answer. Some servers forget to end it. */
  async #endAfterAnswers({ answered }: Exchange, { body }: HttpAnswer): Promise<void> {
    await answered;
    endSoon(body, this.#options.clock);
  }

  /**
   * Asks for the rest of a stream that has ended before all requests were answered: it was cut, or the server wants to be
   * asked again (MCP 2025-11-25, "Sending Messages to the Server"). Resolves with why it has no rest.
   */
  async #resume(
    exchange: Exchange,
    position: StreamPosition,
    end: ServerEnd | undefined,
  ): Promise<ServerEnd | undefined> {
    const { session, clock, random } = this.#options;
    const { signal } = exchange.abort;
    const waits = new ReopenWaits(random);
    let failures = 0;
    while (exchange.open.size > 0 && failures <= MAX_FAILURES) {
      await clock.sleep(waits.next(position.retryMs), signal);
      if (signal.aborted) return end;
      try {
        const answer = await session.listen(position.lastEventId, signal);
        if (answer.status !== 200 || mediaTypeOf(answer.headers) !== EVENT_STREAM) {
          const refused = await this.refused(answer);
          if (refused?.kind === 'session-lost' || refused?.kind === 'unauthorized') return refused;
          if (!isPassingFailure(answer.status)) return end;
          failures += 1;
        } else {
          failures = 0;
          const onBytes = () => waits.reset();
          void this.#endAfterAnswers(exchange, answer);
          await readEvents(answer.body, this.#options, position, { ...this.sink, onBytes });
        }
      } catch (error) {
        const failed = endOfError(error);
        if (failed.kind !== 'unreachable') return failed;
        failures += 1;
      }
    }
    return end;
  }

  /** Notes which requests a frame answers. */
  #note(frame: Frame): void {
    for (const id of answeredBy(frame)) {
      const exchange = this.#answered(idKey(id));
      if (exchange?.isInitialize) this.#options.session.speaks(protocolVersionOf(frame));
    }
  }

  #answered(key: IdKey): Exchange | undefined {
    const exchange = this.exchanges.get(key);
    exchange?.close(key);
    this.exchanges.delete(key);
    return exchange;
  }
}
