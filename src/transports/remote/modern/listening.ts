import { type Message, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { membersOf, parsed, valueAt } from '../../../protocol/json-parts.js';
import { encodeNotification, errorIn } from '../../../protocol/jsonrpc.js';
import { Method } from '../../../protocol/mcp.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import type { ServerEnd } from '../../../protocol/server-end.js';
import { Backoff } from '../../../time/backoff.js';
import type { Clock } from '../../../time/clock.js';
import type { ReplySink } from './modern-transport.js';

/** Which lists a server says that it announces changes of. */
export type Lists = readonly ('tools' | 'prompts' | 'resources')[];

/** Why a subscription was not made: the server's error, or what became of the request. */
export type NotSubscribed = { error: Frame } | { end: ServerEnd } | 'not offered';

export interface ListeningOptions {
  clock: Clock;
  /** Sends a request that stays open; returns what cancels it. */
  ask: (message: Message, sink: ReplySink) => () => void;
  deliver: (frame: Frame) => void;
  /** Members of `_meta` of the requests. */
  meta: string;
  lists: Lists;
  /** A stream on which nothing came for this long is asked for again, in milliseconds. */
  silenceMs: number;
  /** Called when notifications may have been missed: the stream was lost, and there is a new one. */
  onGap: () => void;
}

/** Waits before a lost stream is asked for again: as little as a person hardly notices, up to a minute, in milliseconds. */
const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
/** A stream that lived this long was no failure, in milliseconds. */
const STABLE_AFTER_MS = 10_000;
/** How long a server may take to acknowledge a stream, in milliseconds: as the SDK's client waits for any answer. */
const ACK_TIMEOUT_MS = 60_000;
/** Most resources that are subscribed to: the client chooses them, and each request names all of them. */
const MAX_RESOURCES = 10_000;

/** One request `subscriptions/listen`. */
interface Stream {
  resources: ReadonlySet<string>;
  cancel: () => void;
  ackedAt: number | undefined;
  /** Clock time of the last byte. */
  heardAt: number;
  cancelTimeout: () => void;
}

/**
 * The stream on which a server of MCP 2026-07-28 announces changes, as notifications of earlier revisions. Which resources it
 * names is part of its request, so with each change of them a new stream takes the place of the old one, which is closed only
 * when the server has acknowledged the new one: nothing is missed in between.
 */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #backoff: Backoff;
  /** URIs as JSON text. */
  readonly #resources = new Set<string>();
  /** Subscriptions that wait to be acknowledged. */
  #waiting = new Map<string, ((failure?: NotSubscribed) => void)[]>();
  #current: Stream | undefined;
  #next: Stream | undefined;
  /** The resources have changed since `#next` was asked for. */
  #isOutdated = false;
  /** The server does not know the method: the stream is asked for only when a resource is subscribed to. */
  #isRefused = false;
  /** Why notifications may have been missed: no byte came for long, or the stream was lost. */
  #gap: 'silent' | 'lost' | undefined;
  #isOver = false;
  #streams = 0;
  #cancelRetry = () => {};
  #cancelWatch = () => {};

  constructor(options: ListeningOptions) {
    this.#options = options;
    const delays = { minDelayMs: MIN_DELAY_MS, maxDelayMs: MAX_DELAY_MS };
    this.#backoff = new Backoff({ ...delays, random: Math.random });
  }

  /** Opens the stream, if there is anything to listen to. */
  start(): void {
    this.#refresh();
  }

  /** `uri` as JSON text. `onDone` is called once. */
  subscribe(uri: string, onDone: (failure?: NotSubscribed) => void): void {
    if (this.#resources.size >= MAX_RESOURCES && !this.#resources.has(uri)) return onDone('not offered');
    if (!this.#next && this.#current?.resources.has(uri) && this.#resources.has(uri)) return onDone();
    this.#resources.add(uri);
    this.#waiting.set(uri, [...(this.#waiting.get(uri) ?? []), onDone]);
    this.#refresh();
  }

  unsubscribe(uri: string): void {
    this.#settle([uri]);
    if (this.#resources.delete(uri)) this.#refresh();
  }

  stop(): void {
    this.#isOver = true;
    this.#next?.cancelTimeout();
    this.#cancelRetry();
    this.#cancelWatch();
    this.#current?.cancel();
    this.#next?.cancel();
  }

  #refresh(): void {
    if (this.#isOver) return;
    if (this.#next) {
      this.#isOutdated = true;
      return;
    }
    this.#cancelRetry();
    this.#isOutdated = false;
    const lists = this.#isRefused ? [] : this.#options.lists;
    if (lists.length > 0 || this.#resources.size > 0) return this.#open(lists);
    this.#current?.cancel();
    this.#current = undefined;
  }

  #open(lists: Lists): void {
    const resources = new Set(this.#resources);
    const filter = [
      ...lists.map((list) => `"${list}ListChanged":true`),
      ...(resources.size > 0 ? [`"resourceSubscriptions":[${[...resources].join(',')}]`] : []),
    ];
    this.#streams += 1;
    const params = `{"_meta":{${this.#options.meta}},"notifications":{${filter.join(',')}}}`;
    const id = `"mcp-pipe-listen-${this.#streams}"`;
    const frame = Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"${Method.listen}","params":${params}}`);
    const { clock } = this.#options;
    const stream: Stream = {
      ...{ resources, ackedAt: undefined, heardAt: clock.now(), cancel: () => {} },
      cancelTimeout: clock.after(ACK_TIMEOUT_MS, () => {
        stream.cancel();
        this.#ended(stream, { end: { kind: 'cut', reason: 'ETIMEDOUT' } });
      }),
    };
    this.#next = stream;
    let refusal: Frame | undefined;
    stream.cancel = this.#options.ask(
      { frame, envelope: readEnvelope(frame) },
      {
        onMessage: (message) => {
          const { kind, isError, method } = message.envelope;
          if (kind === 'response') refusal = isError ? message.frame : undefined;
          else if (method === ACKNOWLEDGED) this.#acknowledged(stream, honouredIn(message.frame));
          else if (kind === 'notification') {
            // Some servers forget to acknowledge.
            this.#acknowledged(stream, stream.resources);
            this.#options.deliver(asLegacy(message));
          }
        },
        onOversize: () => {},
        onBytes: () => {
          stream.heardAt = clock.now();
        },
        onEnd: (outcome) => {
          const failure = refusal ? { error: refusal } : typeof outcome === 'object' ? outcome : undefined;
          this.#ended(stream, failure);
        },
      },
    );
  }

  #acknowledged(stream: Stream, honoured: ReadonlySet<string>): void {
    if (stream !== this.#next) return;
    stream.cancelTimeout();
    stream.ackedAt = this.#options.clock.now();
    this.#current?.cancel();
    this.#current = stream;
    this.#next = undefined;
    this.#watch(stream, this.#options.silenceMs);
    for (const uri of stream.resources) {
      if (honoured.has(uri)) this.#settle([uri]);
      else if (this.#resources.delete(uri)) this.#settle([uri], 'not offered');
    }
    if (this.#gap === 'lost') for (const uri of this.#resources) this.#options.deliver(updated(uri));
    if (this.#gap) this.#options.onGap();
    this.#gap = undefined;
    if (this.#isOutdated) this.#refresh();
  }

  /** A proxy on the way may have forgotten the stream without a word: a silent one is replaced. */
  #watch(stream: Stream, waitMs: number): void {
    const { clock, silenceMs } = this.#options;
    this.#cancelWatch();
    this.#cancelWatch = clock.after(waitMs, () => {
      if (stream !== this.#current) return;
      const left = stream.heardAt + silenceMs - clock.now();
      if (left > 0) return this.#watch(stream, left);
      this.#gap ??= 'silent';
      this.#refresh();
    });
  }

  /** A stream has ended: by the server, by the network, or it was never opened. */
  #ended(stream: Stream, failure: NotSubscribed | undefined): void {
    stream.cancelTimeout();
    if (this.#isOver || (stream !== this.#current && stream !== this.#next)) return;
    if (stream === this.#current) this.#current = undefined;
    if (stream === this.#next) this.#next = undefined;
    if (stream.ackedAt === undefined) {
      const refused = [...stream.resources].filter((uri) => this.#waiting.has(uri));
      for (const uri of refused) this.#resources.delete(uri);
      this.#settle(refused, failure ?? 'not offered');
      if (refused.length === 0 && isFinal(failure)) this.#isRefused = true;
      if (this.#isOutdated || isFinal(failure)) {
        if (!this.#current || this.#isOutdated) this.#refresh();
        return;
      }
    } else {
      this.#gap = 'lost';
      if (this.#options.clock.now() - stream.ackedAt >= STABLE_AFTER_MS) this.#backoff.reset();
    }
    if (this.#next || this.#current) return;
    this.#cancelRetry = this.#options.clock.after(this.#backoff.nextDelayMs(), () => this.#refresh());
  }

  #settle(uris: readonly string[], failure?: NotSubscribed): void {
    for (const uri of uris) {
      const waiting = this.#waiting.get(uri) ?? [];
      this.#waiting.delete(uri);
      for (const onDone of waiting) onDone(failure);
    }
  }
}

/** Whether the server would give the same answer to the same request again: it knows no streams, or not this one. */
function isFinal(failure: NotSubscribed | undefined): boolean {
  if (failure === undefined || typeof failure === 'string') return true;
  return 'error' in failure && FINAL_ERRORS.has(errorIn(failure.error).code);
}

const FINAL_ERRORS: ReadonlySet<number | undefined> = new Set([
  RpcError.methodNotFound,
  RpcError.invalidParams,
]);

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

/** The resources that an acknowledgement names, as JSON text. */
function honouredIn(frame: Frame): ReadonlySet<string> {
  const range = valueAt(frame, ['params', 'notifications', 'resourceSubscriptions']);
  const uris = range && parsed(frame, range);
  return new Set(Array.isArray(uris) ? uris.map((uri) => JSON.stringify(uri)) : []);
}

function updated(uri: string): Frame {
  return Buffer.from(`{"jsonrpc":"2.0","method":"${Method.resourceUpdated}","params":{"uri":${uri}}}`);
}

/** A notification of the stream without the id of the subscription, which earlier revisions do not have. */
function asLegacy({ frame, envelope }: Message): Frame {
  const params = valueAt(frame, ['params']);
  const members = (params ? membersOf(frame, params) : []).filter(({ key }) => key !== '_meta');
  const method = envelope.method!;
  if (members.length === 0) return encodeNotification(method);
  const inner = members.map(
    ({ key, start, end }) => `${JSON.stringify(key)}:${frame.toString('utf8', start, end)}`,
  );
  return Buffer.from(`{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":{${inner.join(',')}}}`);
}
