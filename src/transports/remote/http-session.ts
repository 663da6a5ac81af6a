import type { Frame } from '../../protocol/frame.js';
import { header, SESSION_HEADER } from '../../protocol/http-headers.js';
import type { HttpAnswer, HttpRequests } from './http-requests.js';

type Headers = Readonly<Record<string, string>>;

const VERSION_HEADER = 'mcp-protocol-version';

const POST_HEADERS: Headers = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** The requests of one session (MCP 2025-03-26 to 2025-11-25, "Streamable HTTP"). Their headers are made here only. */
export class HttpSession {
  readonly #requests: HttpRequests;
  #id: string | undefined;
  /** What every request of the session has, and the same with what POSTs have: made once, not for each. */
  #common: Headers = {};
  #posted: Headers = POST_HEADERS;

  constructor(requests: HttpRequests) {
    this.#requests = requests;
  }

  /** Whether the server has given the session an id, by which it knows it. */
  get isKnown(): boolean {
    return this.#id !== undefined;
  }

  /** The head of the answer to `initialize` has come. */
  began({ headers }: Pick<HttpAnswer, 'headers'>): void {
    this.#id = header(headers, SESSION_HEADER) || undefined;
    this.speaks(undefined);
  }

  /** The revision that `initialize` was answered with. */
  speaks(version: string | undefined): void {
    this.#common = {
      ...(this.#id === undefined ? {} : { [SESSION_HEADER]: this.#id }),
      ...(version === undefined ? {} : { [VERSION_HEADER]: version }),
    };
    this.#posted = { ...POST_HEADERS, ...this.#common };
  }

  post(body: Frame, signal: AbortSignal, onSent?: () => void): Promise<HttpAnswer> {
    return this.#requests.send({ method: 'POST', headers: this.#posted, body, signal, onSent });
  }

  /** Asks for the server's own messages, or, with an id, for the rest of the stream whose event had it. */
  listen(lastEventId: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = {
      ...this.#common,
      accept: 'text/event-stream',
      ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }),
    };
    return this.#requests.send({ method: 'GET', headers, signal });
  }

  /** Ends the session. */
  delete(signal: AbortSignal): Promise<HttpAnswer> {
    return this.#requests.send({ method: 'DELETE', headers: this.#common, signal });
  }
}
