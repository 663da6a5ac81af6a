import type { Writable } from 'node:stream';
import { clock } from './clock.js';
import {
  eventStream,
  type FrontProcess,
  type Message,
  messagesIn,
  type Respond,
  refuse,
  SESSION,
} from './http-front.js';

/** How long a process may take to end when its session has, in milliseconds. */
const END_MS = 500;
/** Messages that wait for a stream. */
const MOST_WAITING = 1_000;
/** Servers answer either way; these are answered with JSON, and everything else with a stream. */
const IN_JSON = ['tools/list', 'server/discover'];
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** Requests of one POST that are not answered. */
interface Exchange {
  /** Ids of the requests without an answer, as JSON. */
  ids: Set<string>;
  progressTokens: Set<unknown>;
  isModern: boolean;
  isInitialize: boolean;
  respond: Respond;
  /** The stream of events; undefined: one JSON answer will do. */
  stream: Writable | undefined;
  hasLeft: boolean;
}

/** One process behind the front, and the requests that wait for it. */
export class FrontSession {
  readonly #process: FrontProcess;
  readonly #id: string | undefined;
  readonly #onEnded: () => void;
  readonly #exchanges = new Set<Exchange>();
  /** The client's GET. */
  #stream: Writable | undefined;
  readonly #waiting: Buffer[] = [];
  /** Streams whose client does not read. */
  readonly #full = new Set<Writable>();
  #rest: Buffer[] = [];
  #hasEnded = false;

  /** The server knows nothing of MCP 2026-07-28. */
  isRefused = false;
  /** The client has been told which revision its requests have to name. */
  isInitialized = false;

  /** @param id The session's id; undefined for the requests of MCP 2026-07-28. */
  constructor(process: FrontProcess, { id, onEnded }: { id: string | undefined; onEnded: () => void }) {
    this.#process = process;
    this.#id = id;
    this.#onEnded = onEnded;
    process.stdin.on('error', () => process.kill());
    process.stdout.on('error', () => {});
    process.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    // One that closes a pipe and runs on cannot be spoken to any more.
    process.stdout.once('end', () => {
      process.kill();
      void process.exited.then(() => this.#gone());
    });
  }

  kill(): void {
    this.#process.kill();
  }

  /** As the client asks for by DELETE. */
  end(): void {
    this.#forget();
    this.#process.stdin.end();
    const cancel = clock.after(END_MS, () => this.#process.kill());
    void this.#process.exited.then(cancel);
  }

  /** The client's stream for what answers nothing. */
  listen(stream: Writable): void {
    stream.on('error', () => {});
    this.#stream?.end();
    this.#stream = stream;
    stream.once('close', () => {
      if (this.#stream === stream) this.#stream = undefined;
    });
    for (const line of this.#waiting.splice(0)) this.#writeEvent(stream, line);
    if (this.#hasEnded) cut(stream);
  }

  /** One POST. */
  take(body: Buffer, messages: readonly Message[], respond: Respond): void {
    const requests = messages.filter(({ id, method }) => id !== undefined && method !== undefined);
    const exchange: Exchange = {
      ids: new Set(requests.map(({ id }) => JSON.stringify(id))),
      progressTokens: new Set(requests.map(({ params }) => params?._meta?.progressToken)),
      isModern: this.#id === undefined,
      isInitialize: requests.some(({ method }) => method === 'initialize'),
      respond,
      stream: undefined,
      hasLeft: false,
    };
    if (requests.length > 0) this.#exchanges.add(exchange);
    const line = Buffer.concat([body, Buffer.from('\n')]);
    // One that does not read lets the client wait.
    const isFull = !this.#process.stdin.write(line);
    const answer = () => {
      if (this.#hasEnded) return;
      if (requests.length === 0) return void respond(202, {}).end();
      const isShort = requests.every(({ method }) => IN_JSON.includes(method!));
      if (!isShort && !exchange.stream && this.#exchanges.has(exchange)) this.#openStream(exchange);
    };
    if (isFull) this.#process.stdin.once('drain', answer);
    else answer();
  }

  #openStream(exchange: Exchange): void {
    const stream = exchange.respond(200, { ...eventStream(), ...(this.#id ? { [SESSION]: this.#id } : {}) });
    stream.on('error', () => {});
    stream.once('close', () => {
      exchange.hasLeft = true;
      if (!this.#exchanges.has(exchange) || !exchange.isModern) return;
      // In MCP 2026-07-28 that is how a request is cancelled.
      this.#exchanges.delete(exchange);
      for (const id of exchange.ids)
        this.#process.stdin.write(
          `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}\n`,
        );
    });
    exchange.stream = stream;
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...this.#rest, chunk.subarray(from, to)]);
      this.#rest = [];
      from = to + 1;
      if (line.length > 0) this.#said(line);
    }
    if (from < chunk.length) this.#rest.push(chunk.subarray(from));
  }

  #said(line: Buffer): void {
    const messages = messagesIn(line) ?? [];
    const answered = messages.filter(
      ({ id, result, error }) => id !== undefined && (result !== undefined || error !== undefined),
    );
    const exchange = [...this.#exchanges].find(({ ids }) =>
      answered.some(({ id }) => ids.has(JSON.stringify(id))),
    );
    if (!exchange) return this.#tell(line, messages[0]);
    this.isInitialized ||= exchange.isInitialize && !messages.some(({ error }) => error);
    for (const { id } of answered) exchange.ids.delete(JSON.stringify(id));
    if (exchange.ids.size === 0) this.#exchanges.delete(exchange);
    if (exchange.stream) {
      this.#writeEvent(exchange.stream, line);
      if (exchange.ids.size === 0) exchange.stream.end();
    } else this.#answerAtOnce(exchange, line, answered);
  }

  #answerAtOnce({ respond, isModern }: Exchange, line: Buffer, [answer]: readonly Message[]): void {
    this.isRefused ||= isModern && answer?.error?.code === -32601;
    // A modern server says by the status as well what it does not know.
    const status = !isModern || !answer?.error ? 200 : answer.error.code === -32601 ? 404 : 400;
    respond(status, { 'content-type': 'application/json' }).end(line);
  }

  /** What answers nothing goes to the request that it is about, to one that is open, or to the client's stream. */
  #tell(line: Buffer, message: Message | undefined): void {
    const about = JSON.stringify(message?.params?._meta?.[SUBSCRIPTION] ?? null);
    const token = message?.params?.progressToken;
    const open = [...this.#exchanges].filter(({ stream, hasLeft }) => stream && !hasLeft);
    const to =
      open.find(({ ids }) => ids.has(about)) ??
      (token === undefined ? undefined : open.find(({ progressTokens }) => progressTokens.has(token))) ??
      open.at(-1);
    const stream = to?.stream ?? this.#stream;
    if (stream) this.#writeEvent(stream, line);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(line);
  }

  /** While the client does not read, the process has to wait. */
  #writeEvent(stream: Writable, line: Buffer): void {
    if (stream.destroyed) return;
    const event = Buffer.concat([Buffer.from('event: message\ndata: '), line, Buffer.from('\n\n')]);
    if (stream.write(event) || this.#full.has(stream)) return;
    const { stdout } = this.#process;
    this.#full.add(stream);
    stdout.pause();
    const goOn = () => {
      stream.off('drain', goOn).off('close', goOn);
      this.#full.delete(stream);
      if (this.#full.size === 0) stdout.resume();
    };
    stream.once('drain', goOn).once('close', goOn);
  }

  #forget(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnded();
  }

  /** The process has ended: what it has not answered is cut off. */
  #gone(): void {
    this.#forget();
    for (const { stream, respond } of this.#exchanges) {
      if (stream) cut(stream);
      else refuse(respond, 502, 'the server has ended');
    }
    this.#exchanges.clear();
    if (this.#stream) cut(this.#stream);
  }
}

function cut(stream: Writable): void {
  stream.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
}
