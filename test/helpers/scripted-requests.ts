import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import type { HttpAnswer, HttpRequest, HttpRequests } from '../../src/transports/remote/http-requests.js';
import { RemoteError } from '../../src/transports/remote/remote-error.js';

/** A request that the code under test has sent, to be answered by the test. */
export class Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly isRepeatable: boolean;
  readonly answered: Promise<HttpAnswer>;
  isAborted = false;
  body: PassThrough | undefined;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onSent: (() => void) | undefined;
  /** Nothing of it can be aborted any more. */
  readonly #over: () => void;

  constructor({ method, headers, body, signal, onSent, isRepeatable }: HttpRequest) {
    this.method = method;
    this.headers = headers;
    this.isRepeatable = isRepeatable === true;
    this.text = Buffer.from(body ?? []).toString();
    this.#onSent = onSent;
    const { promise, resolve, reject } = withResolvers<HttpAnswer>();
    this.answered = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    const onAbort = () => {
      this.isAborted = true;
      reject(new Error('aborted'));
      this.body?.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    };
    signal?.addEventListener('abort', onAbort);
    this.#over = () => signal?.removeEventListener('abort', onAbort);
  }

  /** The id of the message, as it stands there. */
  get id(): unknown {
    return JSON.parse(this.text).id;
  }

  sent(): void {
    this.#onSent?.();
  }

  /** The head of an answer; its body goes on with `body`. */
  begin(status: number, headers: IncomingHttpHeaders = {}): PassThrough {
    this.sent();
    this.body = new PassThrough();
    this.body.once('close', this.#over);
    const url = new URL('http://127.0.0.1/mcp');
    this.#resolve({ status, headers, url, body: this.body as unknown as IncomingMessage });
    return this.body;
  }

  /** A whole answer. */
  answer(status: number, body: string | Buffer = '', headers: IncomingHttpHeaders = {}): void {
    this.begin(status, headers).end(body);
  }

  json(body: string, headers: IncomingHttpHeaders = {}): void {
    this.answer(200, body, { 'content-type': 'application/json', ...headers });
  }

  /** The head of a stream of events. */
  stream(): PassThrough {
    return this.begin(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  }

  fail(reason: string): void {
    this.#over();
    this.#reject(new RemoteError('no answer', { kind: 'unreachable', reason }));
  }

  /** The connection ended under it, before an answer. */
  lose(): void {
    this.#over();
    this.#reject(new RemoteError('no answer', { kind: 'cut', reason: 'ECONNRESET' }));
  }

  cut(): void {
    this.body?.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** Requests that a test answers. */
export class ScriptedRequests implements HttpRequests {
  readonly all: Asked[] = [];
  isClosed = false;
  #taken = 0;
  #wake: () => void = () => {};

  send(request: HttpRequest): Promise<HttpAnswer> {
    const asked = new Asked(request);
    this.all.push(asked);
    this.#wake();
    return asked.answered;
  }

  async upgradeHeaders(): Promise<Record<string, string>> {
    return {};
  }

  close(): void {
    this.isClosed = true;
  }

  /** The next request that the test has not taken yet. */
  async next(): Promise<Asked> {
    while (this.all.length === this.#taken) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.all[this.#taken++]!;
  }

  /** Requests that the test has not taken yet. */
  get rest(): readonly Asked[] {
    return this.all.slice(this.#taken);
  }
}
