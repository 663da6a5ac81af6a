import { Readable } from 'node:stream';
import { rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { header, SESSION_HEADER } from '../../protocol/http-headers.js';
import { isModernRequest } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import type { HttpAnswer, HttpRequests } from './http-requests.js';
import { startOfBody } from './inflow.js';
import { requestHeaders } from './modern/request-headers.js';
import { isHarmless, POST_HEADERS } from './post.js';
import { EVENT_STREAM, withoutSpaceAround } from './read-answer.js';
import { eventIdHeader } from './reopening.js';

type Headers = Readonly<Record<string, string>>;

const VERSION_HEADER = 'mcp-protocol-version';

/** The requests of one session (MCP 2025-03-26 to 2025-11-25, "Streamable HTTP"). Their headers are made here only. */
export class HttpSession {
  readonly #requests: HttpRequests;
  readonly #clock: Pick<Clock, 'after'>;
  /** The server does not take requests of MCP 2026-07-28. */
  #isOfOneEra = false;
  #id: string | undefined;
  #version: string | undefined;
  /** What every request of the session has, and the same with what POSTs have: made once, not for each. */
  #common: Headers = {};
  #posted: Headers = POST_HEADERS;

  constructor(requests: HttpRequests, clock: Pick<Clock, 'after'>) {
    this.#requests = requests;
    this.#clock = clock;
  }

  /** Whether the server has given the session an id, by which it knows it. */
  get isKnown(): boolean {
    return this.#id !== undefined;
  }

  /** Whether `initialize` was answered: requests need not wait for the answer to a later one. */
  get hasBegun(): boolean {
    return this.#version !== undefined;
  }

  /** The head of the answer to `initialize` has come. A later one, which a server may refuse, changes nothing by itself. */
  began({ headers }: Pick<HttpAnswer, 'headers'>): void {
    this.#id = header(headers, SESSION_HEADER) || this.#id;
    this.speaks(undefined);
  }

  /** The revision that `initialize` was answered with; undefined: with an error. */
  speaks(version: string | undefined): void {
    this.#version = version ?? this.#version;
    this.#common = {
      ...(this.#id === undefined ? {} : { [SESSION_HEADER]: this.#id }),
      ...(this.#version === undefined ? {} : { [VERSION_HEADER]: this.#version }),
    };
    this.#posted = { ...POST_HEADERS, ...this.#common };
  }

  async post(body: Frame, signal: AbortSignal, onSent?: () => void): Promise<HttpAnswer> {
    const envelope = readEnvelope(body);
    const sent = { method: 'POST', body, signal, onSent, isRepeatable: isHarmless(envelope) } as const;
    const isModern = envelope.kind === 'request' && isModernRequest(body, envelope);
    if (!isModern || this.#isOfOneEra) return this.#requests.send({ ...sent, headers: this.#posted });
    // A server of both eras takes requests of MCP 2026-07-28 beside its sessions, by their own headers.
    const answer = await this.#requests.send({ ...sent, headers: requestHeaders({ frame: body, envelope }) });
    if (!WITHOUT_SESSION.has(answer.status) || !this.hasBegun) return answer;
    const said = withoutSpaceAround(await startOfBody(answer.body, this.#clock));
    const reply = readEnvelope(said);
    if (reply.kind === 'response' && reply.idStart >= 0 && rawId(said, reply) !== 'null')
      return { ...answer, body: Readable.from([said]) };
    // It knows sessions alone, so it has not read the request.
    this.#isOfOneEra = true;
    return this.#requests.send({ ...sent, headers: this.#posted });
  }

  /** Asks for the server's own messages, or, with an id, for the rest of the stream whose event had it. */
  listen(lastEventId: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = {
      ...this.#common,
      accept: EVENT_STREAM,
      ...eventIdHeader(lastEventId),
    };
    return this.#requests.send({ method: 'GET', headers, signal });
  }

  /** Ends the session. */
  delete(signal: AbortSignal): Promise<HttpAnswer> {
    return this.#requests.send({ method: 'DELETE', headers: this.#common, signal });
  }
}

/** With these, servers that know sessions alone answer a request without one. */
const WITHOUT_SESSION: ReadonlySet<number> = new Set([400, 404, 405, 406]);
