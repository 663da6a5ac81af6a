import type { Frame } from '../../protocol/frame.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import type { ServerEnd } from '../../protocol/server-end.js';
import type { CloseReason, CloseRequest, FailedRequest } from '../transport.js';
import { chooseProtocol, forgetProtocol, protocolOf } from './choose-protocol.js';
import type { HttpRequests } from './http-requests.js';
import { RemoteError } from './remote-error.js';
import type { RemoteOptions, RemoteTransport } from './remote-transport.js';
import { endOfError } from './reopening.js';
import { Unsent } from './unsent.js';

/** These statuses, and answers that are no MCP, come from servers that speak something else now. */
const OTHER_PROTOCOL: ReadonlySet<number> = new Set([400, 404, 405, 406, 410, 415]);

type Batch = readonly Frame[];

/** A life of a server over HTTP whose protocol is not known: the first frame finds it out, and the rest is that protocol's. */
export class Choosing implements RemoteTransport {
  readonly pid = undefined;
  readonly closed: Promise<CloseReason>;
  readonly #options: RemoteOptions;
  readonly #unsent: Unsent;
  /** Ends the choice. */
  readonly #choice = new AbortController();
  #waiting: { frame: Frame; sent: () => void }[] = [];
  #isChoosing = false;
  #chosen: RemoteTransport | undefined;
  #isOver = false;
  #end: ServerEnd = { kind: 'session-lost' };
  #tail: readonly string[] = [];
  #onOversize: ((message: OversizeMessage) => void) | undefined;
  #onFailedRequest: ((failed: FailedRequest) => void) | undefined;
  #resolveClosed: (reason: CloseReason) => void = () => {};
  #tellChosen: () => void = () => {};
  readonly #whenChosen: Promise<void>;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#unsent = new Unsent(options.settings.maxQueuedBytes);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#whenChosen = new Promise((resolve) => {
      this.#tellChosen = resolve;
    });
  }

  readonly batches: AsyncIterable<Batch> = {
    [Symbol.asyncIterator]: () => {
      let inner: AsyncIterator<Batch> | undefined;
      const read = () => {
        inner ??= this.#chosen?.batches[Symbol.asyncIterator]();
        return inner;
      };
      const END = { done: true, value: undefined } as const;
      return {
        next: () => read()?.next() ?? this.#whenChosen.then(() => read()?.next() ?? END),
        return: async () => {
          await (read()?.return?.() ?? this.#whenChosen.then(() => read()?.return?.()));
          return END;
        },
      };
    },
  };

  get onOversize(): ((message: OversizeMessage) => void) | undefined {
    return this.#onOversize;
  }

  set onOversize(report: ((message: OversizeMessage) => void) | undefined) {
    this.#onOversize = report;
    if (this.#chosen) this.#chosen.onOversize = report;
  }

  get onFailedRequest(): ((failed: FailedRequest) => void) | undefined {
    return this.#onFailedRequest;
  }

  set onFailedRequest(report: ((failed: FailedRequest) => void) | undefined) {
    this.#onFailedRequest = report;
    if (this.#chosen) this.#chosen.onFailedRequest = report;
  }

  stderrTail(): readonly string[] {
    return this.#chosen?.stderrTail() ?? this.#tail;
  }

  endOf(closed: CloseReason): ServerEnd {
    return this.#chosen?.endOf(closed) ?? this.#end;
  }

  send(batch: Batch): Promise<void> | undefined {
    if (this.#chosen) return this.#chosen.send(batch);
    if (this.#isOver || batch.length === 0) return undefined;
    for (const frame of batch) this.#waiting.push({ frame, sent: this.#unsent.add(frame) });
    if (!this.#isChoosing) void this.#choose();
    return this.#unsent.whenRoom();
  }

  async close(request: CloseRequest = {}): Promise<CloseReason> {
    if (this.#chosen) return this.#chosen.close(request);
    this.#finish({ by: 'local' });
    return this.closed;
  }

  /** Never rejects. */
  async #choose(): Promise<void> {
    this.#isChoosing = true;
    const { frame } = this.#waiting[0]!;
    const { requests } = this.#options;
    // A choice that ends after the life leaves them to the next one.
    const own: HttpRequests = {
      send: (request) => requests.send(request),
      upgradeHeaders: (signal, refusedBy) => requests.upgradeHeaders(signal, refusedBy),
      close: () => {
        if (!this.#isOver) requests.close();
      },
    };
    try {
      const { transport, isSent } = await chooseProtocol(frame, {
        ...{ ...this.#options, requests: own },
        signal: this.#choice.signal,
      });
      if (this.#isOver) return void transport.close({ forceSignal: AbortSignal.abort() });
      this.#become(transport, isSent);
    } catch (error) {
      if (error instanceof RemoteError) this.#tail = error.tail;
      this.#end = endOfError(error);
      this.#finish({ by: 'remote' });
    }
  }

  #become(transport: RemoteTransport, isSent: boolean): void {
    transport.onOversize = this.#onOversize;
    transport.onFailedRequest = this.#onFailedRequest;
    this.#chosen = transport;
    const waiting = this.#waiting;
    this.#waiting = [];
    const frames = waiting.map(({ frame }) => frame);
    const room = transport.send(isSent ? frames.slice(1) : frames);
    const sent = () => {
      for (const { sent } of waiting) sent();
      this.#unsent.release();
    };
    if (room) void room.then(sent);
    else sent();
    void transport.closed.then((closed) => this.#ended(closed, transport.endOf(closed)));
    this.#tellChosen();
  }

  /** The life has ended. The next one finds out again when this one shows that what was found is not true any more. */
  #ended(closed: CloseReason, end: ServerEnd): void {
    const { server } = this.#options;
    const isOther =
      end.kind === 'not-mcp' ||
      (end.kind === 'http' && OTHER_PROTOCOL.has(end.status)) ||
      // Without sessions, none is lost: the server speaks something else.
      (end.kind === 'session-lost' && protocolOf(server) === 'modern');
    if (closed.by === 'remote' && isOther) forgetProtocol(server);
    this.#resolveClosed(closed);
  }

  #finish(reason: CloseReason): void {
    if (this.#isOver || this.#chosen) return;
    this.#isOver = true;
    this.#choice.abort();
    this.#waiting = [];
    this.#options.requests.close();
    this.#unsent.release();
    this.#resolveClosed(reason);
    this.#tellChosen();
  }
}
