import { type Message, type RawId, rawId, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { parsed, valueAt } from '../../../protocol/json-parts.js';
import { encodeError, encodeResult } from '../../../protocol/jsonrpc.js';
import { isModernRequest, LOG_LEVEL, Method, paramAsJson, VERSION_KEY } from '../../../protocol/mcp.js';
import { withMeta } from '../../../protocol/message-members.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import { withId } from '../../../protocol/with-id.js';
import { tailOf } from '../end-of-answer.js';
import type { RemoteOptions, RemoteTransport } from '../remote-transport.js';
import {
  ANONYMOUS,
  type Discovery,
  discoverOf,
  discoverRequest,
  initializeReply,
  metaOf,
  namesModern,
} from './discovery.js';
import { KnownLists } from './known-lists.js';
import { Listening, type Lists, type NotSubscribed } from './listening.js';
import { cancelledKey, ModernTransport } from './modern-transport.js';
import { TranslatedCalls } from './translated-calls.js';

/**
 * A life of a server of MCP 2026-07-28 over HTTP for a client of an earlier revision, which sees a server of its own: with
 * `initialize`, requests to the client, and notifications. Requests that name that revision themselves are carried unchanged, so
 * that the life serves clients of both eras. Nothing is sent before the first frame.
 *
 * @param discovery the server's answer to `server/discover`, if it was asked in this life; else it is asked at `initialize`
 */
export function translatedModern(options: RemoteOptions, discovery?: Discovery): RemoteTransport {
  return new Translated(options, discovery);
}

/** MCP "Logging"; a server rejects requests that name another level. */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

class Translated extends ModernTransport {
  /** Of the first `initialize`. */
  #discovered: Discovery | undefined;
  #capabilities: Record<string, unknown> = {};
  /** Members of `_meta` of every request, as JSON text. */
  #meta = ANONYMOUS;
  /** The same for requests of the client, with the level of log messages that it wants. */
  #callMeta = ANONYMOUS;
  #listening: Listening | undefined;
  readonly #lists = new KnownLists();
  readonly #calls: TranslatedCalls;

  constructor(options: RemoteOptions, discovery: Discovery | undefined) {
    super(options);
    this.#discovered = discovery;
    this.#calls = new TranslatedCalls({
      clock: options.clock,
      ask: (message, sink) => this.ask(message, sink),
      deliver: (frame) => this.deliver(frame),
      deliverOversize: (oversize) => this.deliverOversize(oversize),
      fail: (id, end) => this.fail(id, end),
      onReply: (request, reply) => this.#lists.note(request, reply),
    });
    void this.closed.then(() => {
      this.#listening?.stop();
      this.#calls.stop();
    });
  }

  protected take(message: Message): void {
    const { kind } = message.envelope;
    // A client of this revision uses the same server, or asks whether it is of its revision.
    if (kind === 'request' && isModernRequest(message.frame, message.envelope)) this.carry(message);
    else if (kind === 'request') this.#request(message);
    else if (kind === 'notification') this.#notification(message);
    else if (kind === 'response') this.#calls.answerInput(message);
  }

  #request(message: Message): void {
    const id = rawId(message.frame, message.envelope);
    switch (message.envelope.method) {
      case Method.initialize:
        return this.#initialize(message, id);
      case Method.ping:
        return this.#ping(id);
      case Method.setLevel:
        return this.#setLevel(message.frame, id);
      case Method.subscribe:
      case Method.unsubscribe:
        return this.#subscribe(message, id);
      default:
        this.#calls.start(message, withMeta(message.frame, message.envelope, this.#callMeta));
    }
  }

  #notification({ frame, envelope }: Message): void {
    switch (envelope.method) {
      case Method.initialized:
        return this.#listen();
      case Method.cancelled:
        if (!this.cancelCarried(frame)) this.#calls.cancel(cancelledKey(frame));
        return;
      case 'notifications/roots/list_changed':
      case Method.progress:
        // Removed: the server asks for roots when it needs them, and requests to the client have no progress.
        return;
      default: {
        if (frame.includes(VERSION_KEY)) return this.notify({ frame, envelope });
        const spelled = withMeta(frame, envelope, this.#meta);
        this.notify({ frame: spelled, envelope: readEnvelope(spelled) });
      }
    }
  }

  #initialize(message: Message, id: RawId): void {
    this.#meta = metaOf(message);
    this.#callMeta = this.#meta;
    this.#listening?.stop();
    this.#listening = undefined;
    const discovered = this.#discovered;
    this.#discovered = undefined;
    if (discovered) this.#introduce(message.frame, id, discovered);
    else this.#discover(message.frame, id);
  }

  #discover(initialize: Frame, id: RawId, isRepeated = false): void {
    let isRefused = false;
    this.ask(discoverRequest(this.#meta, id), {
      onMessage: ({ frame, envelope }) => {
        if (envelope.kind !== 'response') return;
        const discovery = discoverOf(frame);
        if (discovery) return this.#introduce(initialize, id, discovery);
        isRefused = !isRepeated && namesModern(frame);
        if (isRefused) return;
        // The server speaks something else now, which the next life will find out.
        this.wire.tail = tailOf(frame.toString('utf8'), 'application/json');
        this.endLife({ kind: 'session-lost' });
      },
      onOversize: (oversize) => this.deliverOversize(oversize),
      onEnd: (outcome) => {
        if (typeof outcome === 'object') this.endLife(outcome.end);
        else if (isRefused) this.#discover(initialize, id, true);
      },
    });
  }

  #introduce(initialize: Frame, id: RawId, discovery: Discovery): void {
    this.#capabilities = parsed(discovery.reply, discovery.capabilities) as Record<string, unknown>;
    const version = valueAt(initialize, ['params', 'protocolVersion']);
    const requested = version && parsed(initialize, version);
    const { host } = new URL(this.options.server.url);
    const asked = typeof requested === 'string' ? requested : undefined;
    this.deliver(initializeReply(id, discovery, asked, host));
  }

  /** The server has no ping. What it says of itself is as good a sign that it answers. */
  #ping(id: RawId): void {
    this.ask(discoverRequest(this.#meta, '"mcp-pipe-ping"'), {
      onMessage: ({ envelope }) => {
        if (envelope.kind === 'response') this.deliver(encodeResult(id, {}));
      },
      onOversize: () => this.deliver(encodeResult(id, {})),
      onEnd: (outcome) => {
        if (typeof outcome === 'object') this.fail(id, outcome.end);
      },
    });
  }

  /** Servers of this revision are told with each request. */
  #setLevel(frame: Frame, id: RawId): void {
    if (!this.#has('logging')) return this.#unknown(id, Method.setLevel);
    const level = paramAsJson(frame, 'level');
    if (level === undefined || !LEVELS.includes(JSON.parse(level) as string)) {
      const text = `level is one of ${LEVELS.join(', ')}`;
      return this.deliver(encodeError(id, RpcError.invalidParams, text));
    }
    this.#callMeta = `${this.#meta},"${LOG_LEVEL}":${level}`;
    this.deliver(encodeResult(id, {}));
  }

  #subscribe({ frame, envelope }: Message, id: RawId): void {
    if (!this.#has('resources', 'subscribe')) return this.#unknown(id, envelope.method!);
    const uri = paramAsJson(frame, 'uri');
    if (uri === undefined) return this.deliver(encodeError(id, RpcError.invalidParams, 'uri is missing'));
    const done = () => this.deliver(encodeResult(id, {}));
    this.#listen();
    if (envelope.method === Method.unsubscribe) {
      this.#listening?.unsubscribe(uri);
      return done();
    }
    this.#listening?.subscribe(uri, (failure) => (failure ? this.#notSubscribed(id, failure) : done()));
  }

  #notSubscribed(id: RawId, failure: NotSubscribed): void {
    if (failure === 'not offered') {
      const text = 'The server does not offer subscriptions to this resource.';
      this.deliver(encodeError(id, RpcError.invalidParams, text));
    } else if ('end' in failure) this.fail(id, failure.end);
    else this.deliver(withId(failure.error, readEnvelope(failure.error), id));
  }

  /** Listens to what the server announces, from `notifications/initialized` on. */
  #listen(): void {
    if (this.#listening) return;
    const lists: Lists = (['tools', 'prompts', 'resources'] as const).filter((list) =>
      this.#has(list, 'listChanged'),
    );
    this.#listening = new Listening({
      clock: this.options.clock,
      ask: (message, sink) => this.ask(message, sink, true),
      deliver: (frame) => this.deliver(frame),
      meta: this.#meta,
      lists,
      silenceMs: this.options.settings.httpSilenceMs,
      onGap: () => this.#compareLists(),
    });
    this.#listening.start();
  }

  #compareLists(): void {
    this.#lists.compare(
      this.#meta,
      (message, onReply) => {
        this.ask(message, {
          onMessage: (reply) => {
            if (reply.envelope.kind === 'response') onReply(reply);
          },
          onOversize: () => {},
          onEnd: () => {},
        });
      },
      (frame) => this.deliver(frame),
    );
  }

  #has(capability: string, member?: string): boolean {
    const value = this.#capabilities[capability];
    if (typeof value !== 'object' || value === null) return false;
    return member === undefined || (value as Record<string, unknown>)[member] === true;
  }

  #unknown(id: RawId, method: string): void {
    this.deliver(encodeError(id, RpcError.methodNotFound, `Method not found: ${method}`));
  }
}
