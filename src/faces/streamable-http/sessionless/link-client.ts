import { type Envelope, type Message, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { spliced, valueAt } from '../../../protocol/json-parts.js';
import { ErrorCode, encodeError } from '../../../protocol/jsonrpc.js';
import { cancelled, initializeParams, Method, paramAsJson, SUBSCRIPTION_ID } from '../../../protocol/mcp.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import { withId } from '../../../protocol/with-id.js';
import type { HttpClient } from '../backend.js';
import { type Call, Calls, type Exchange } from './calls.js';
import { InputRounds, unknownState } from './input-rounds.js';
import { LinkTransport } from './link-transport.js';
import { Listeners } from './listeners.js';
import { LogLevels } from './log-levels.js';
import type { SessionlessOptions } from './options.js';
import { OwnRequests } from './own-requests.js';
import { sentAs } from './request-parts.js';
import { type Introduction, ServerEra } from './server-era.js';
import {
  discoverReply,
  initializeReply,
  listenResult,
  missingCapability,
  modernReply,
  ofSubscription,
  ownIdOf,
  saysError,
  unsupportedVersion,
} from './to-modern.js';

/** A request that waits until it is known what the server speaks. */
interface Waiting {
  exchange: Exchange;
  message: Message;
}

/**
 * One client of a link, which carries the requests of many HTTP requests at once. They differ by their ids, which the server
 * never sees: each call gets one of its own, and a progress token, and its reply the id that its client has chosen.
 */
export class LinkClient {
  readonly transport: LinkTransport;
  readonly #options: SessionlessOptions;
  readonly #onEnd: () => void;
  readonly #calls = new Calls();
  readonly #own: OwnRequests;
  readonly #rounds: InputRounds;
  readonly #listeners: Listeners;
  readonly #logs: LogLevels;
  readonly #era: ServerEra;
  readonly #waiting = new Map<HttpClient, Waiting>();
  /** Whose body came last: reading of bodies pauses while the server does not read. */
  #lastClient: HttpClient | undefined;
  #pausing: HttpClient | undefined;
  /** Requests that are answered with what the server says to `initialize`. */
  #answering = 0;
  #cancelIdle = () => {};
  #isEnded = false;

  /**
   * @param onStopping Called when the link takes no further requests: they need another one.
   * @param onEnd Called once, when the link has ended or nothing was asked for a while.
   */
  constructor(options: SessionlessOptions, onStopping: () => void, onEnd: () => void) {
    const { clock, maxQueuedBytes, inputWaitMs, gatherMs, maxWaiting, mayCarry, clientInfo } = options;
    this.#options = options;
    this.#onEnd = onEnd;
    const toServer = (frame: Frame) => this.transport.deliver(frame);
    this.transport = new LinkTransport({
      maxQueuedBytes,
      onFull: () => {
        this.#pausing = this.#lastClient;
        this.#pausing?.hold(this);
      },
      onRoom: () => this.#pausing?.release(this),
      onBatch: (batch) => {
        for (const frame of batch) this.#fromServer(frame);
        this.#rounds.flush();
      },
      onStopping: () => {
        onStopping();
        // Their clients listen once more, to what takes its place.
        this.#listeners.endAll();
      },
      onClosed: ({ reason }) => this.#ended(reason || 'closed'),
      isAway: () => this.#calls.size === 0,
    });
    this.#rounds = new InputRounds({
      ...{ clock, calls: this.#calls, inputWaitMs, gatherMs, maxWaiting, toServer },
      onAbandoned: (call) => this.#cancel(call, 'the client has not come back'),
    });
    this.#own = new OwnRequests({ clock, newId: () => this.#calls.newId(), toServer });
    const ask: OwnRequests['ask'] = (...request) => this.#own.ask(...request);
    this.#era = new ServerEra({ mayCarry: mayCarry(), clientInfo, notify: toServer, ask });
    const isDone = async (method: string, params: string) => {
      const reply = await ask(method, params);
      return reply !== undefined && !reply.envelope.isError;
    };
    this.#listeners = new Listeners({ clock, ask: isDone });
    this.#logs = new LogLevels(this.#calls, (level) => void isDone(Method.setLevel, `{"level":${level}}`));
    this.#restartIdle();
  }

  /** Whether a call here waits for the client that brings this `requestState`. */
  waitsFor(state: string): boolean {
    return this.#rounds.has(state);
  }

  /** Takes a request. */
  take(exchange: Exchange, message: Message): void {
    this.#cancelIdle();
    this.#lastClient = exchange.client;
    if (this.#era.known) return this.#dispatch(exchange, message, this.#era.known);
    this.#waiting.set(exchange.client, { exchange, message });
    this.#decide();
  }

  /** The HTTP request is over: its client has the answer, or has disconnected, which cancels the call. */
  left(client: HttpClient): void {
    this.#waiting.delete(client);
    const call = this.#calls.of(client);
    if (call) {
      this.#rounds.drop(call, 'The client has disconnected.');
      this.#cancel(call, 'the client has disconnected');
    } else this.#listeners.close(client);
    this.#restartIdle();
  }

  /** Requests that are open are answered with an error. Idempotent. */
  close(reason: string): void {
    this.transport.leave(reason);
    this.#ended(reason);
  }

  #decide(): void {
    void this.#era.decide().then((found) => {
      if (this.#isEnded || !found) return;
      for (const [client, { exchange, message }] of [...this.#waiting]) {
        if (!this.#waiting.delete(client)) continue;
        if ('era' in found) this.#guard(exchange, () => this.#dispatch(exchange, message, found));
        else exchange.send(withId(found.frame, found.envelope, exchange.id));
      }
    });
  }

  /** A request that cannot be handled ends nothing but itself. */
  #guard(exchange: Exchange, act: () => void): void {
    try {
      act();
    } catch {
      exchange.send(encodeError(exchange.id, ErrorCode.unreadable, 'The request cannot be handled.'));
    }
  }

  #dispatch(exchange: Exchange, message: Message, server: Introduction): void {
    const { id, parts } = exchange;
    const { frame, envelope } = message;
    const { isModern, version } = parts;
    if (!isModern) return this.#legacy(exchange, message);
    if (version !== undefined && !server.supported.includes(version))
      return exchange.send(unsupportedVersion(id, server.supported, version));
    const isTranslated = server.era === 'translated';
    const { state } = parts;
    if (state !== undefined && (isTranslated || this.#rounds.isOwn(state))) {
      const call = this.#rounds.resume(state, exchange, frame, envelope);
      if (!call) exchange.send(unknownState(id));
      else if (call.reply) this.#settle(call, call.reply);
      return;
    }
    if (!isTranslated) return this.#call(exchange, message, true);
    const method = envelope.method!;
    if (method === Method.discover) {
      this.#answer(exchange, (reply) => discoverReply(id, reply.frame));
    } else if (method === Method.listen) this.#listeners.open(exchange, frame, server.capabilities);
    else if (LEGACY_ONLY.has(method)) {
      exchange.send(encodeError(id, RpcError.methodNotFound, `Method not found: ${method}`));
    } else {
      if (server.capabilities.logging !== undefined) this.#logs.wanted(parts.logLevel);
      this.#call(exchange, message, false);
    }
  }

  /** A request of an earlier revision, by itself. */
  #legacy(exchange: Exchange, message: Message): void {
    const { frame, envelope } = message;
    if (envelope.method !== Method.initialize) return this.#call(exchange, message, true);
    const asked = initializeParams(frame).protocolVersion;
    this.#answer(exchange, (reply) => initializeReply(exchange.id, reply.frame, reply.envelope, asked));
  }

  /** Answers with what the server says to `initialize` now. */
  #answer(exchange: Exchange, make: (reply: Message) => Frame): void {
    this.#answering += 1;
    void this.#era.initialized().then((reply) => {
      this.#answering -= 1;
      if (!reply) exchange.send(encodeError(exchange.id, ErrorCode.shuttingDown, ENDED));
      else if (reply.envelope.isError) exchange.send(withId(reply.frame, reply.envelope, exchange.id));
      else this.#guard(exchange, () => exchange.send(make(reply)));
      // The client may have left meanwhile.
      this.#restartIdle();
    });
  }

  #call(exchange: Exchange, { frame, envelope }: Message, isCarried: boolean): void {
    const { parts } = exchange;
    const call: Call = {
      ...{ id: this.#calls.newId(), method: envelope.method!, frame, isModern: parts.isModern, isCarried },
      ...{ exchange, parts, questions: new Map(), missing: undefined, reply: undefined, wait: undefined },
    };
    this.#calls.add(call);
    const isTranslated = parts.isModern && !isCarried;
    this.transport.deliver(sentAs(call.id, parts, isTranslated, { frame, envelope }));
  }

  #fromServer(frame: Frame): void {
    const envelope = readEnvelope(frame);
    try {
      this.#take(frame, envelope);
    } catch {
      // No message of a server ends anything but its own call.
      const id = envelope.kind === 'response' ? ownIdOf(frame, envelope) : undefined;
      const call = id === undefined ? undefined : this.#calls.get(id);
      if (call) this.#settle(call, encodeError(call.id, ErrorCode.unreadable, 'The answer cannot be read.'));
    }
  }

  #take(frame: Frame, envelope: Envelope): void {
    if (envelope.kind === 'response') this.#response(frame, envelope);
    else if (envelope.kind === 'request') this.#rounds.ask(frame, envelope);
    else if (envelope.kind === 'notification') this.#notification(frame, envelope);
  }

  #response(frame: Frame, envelope: Envelope): void {
    const id = ownIdOf(frame, envelope);
    if (id === undefined) return;
    if (this.#own.take(id, frame)) return;
    const call = this.#calls.get(id);
    if (!call) return;
    if (this.#isRepeated(call, frame, envelope)) return;
    if (call.exchange) return this.#settle(call, frame, envelope);
    // What the server wanted to know is of no use any more; the client gets the answer when it comes back.
    call.questions.clear();
    call.reply = frame;
  }

  /** Sends the call once more if the reply says that the server speaks another revision now. Returns true when it does. */
  #isRepeated(call: Call, frame: Frame, envelope: Envelope): boolean {
    const { exchange } = call;
    const isOther = this.#era.note(call, frame, envelope);
    if (!isOther || !exchange || exchange.isRepeated) return false;
    this.#calls.delete(call);
    exchange.isRepeated = true;
    this.take(exchange, { frame: call.frame, envelope: readEnvelope(call.frame) });
    return true;
  }

  #settle(call: Call, frame: Frame, envelope = readEnvelope(frame)): void {
    const { exchange, method, isModern, isCarried } = call;
    this.#rounds.drop(call, 'The call has been answered.');
    this.#calls.delete(call);
    if (!exchange) return;
    const { missing } = call;
    if (missing && saysError(frame, envelope)) {
      // The client learns what it has to declare (MCP 2026-07-28 "Error codes").
      exchange.send(missingCapability(exchange.id, missing));
    } else {
      const reply = isModern
        ? modernReply(exchange.id, method, frame, envelope)
        : withId(frame, envelope, exchange.id);
      const isListen = isCarried && method === Method.listen;
      exchange.send(isListen ? ofSubscription(reply, 'result', exchange.id) : reply);
    }
    this.#restartIdle();
  }

  #notification(frame: Frame, envelope: Envelope): void {
    switch (envelope.method) {
      case Method.progress:
        return this.#progress(frame);
      case Method.log:
        return this.#logs.take(frame);
      case Method.cancelled:
        if (!this.#rounds.withdraw(frame)) this.#endSubscription(frame);
        return;
    }
    if (this.#listeners.take(frame, envelope) && this.#era.known?.era !== 'carried') return;
    // Of a subscription at a server that has them itself; nothing else is for anybody.
    const at = frame.includes(SUBSCRIPTION_ID)
      ? valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID])
      : undefined;
    const call = at && this.#calls.get(Number(frame.toString('utf8', at.start, at.end)));
    if (call?.exchange && call.method === Method.listen)
      call.exchange.send(ofSubscription(frame, 'params', call.exchange.id));
  }

  #progress(frame: Frame): void {
    const token = paramAsJson(frame, 'progressToken');
    const exchange = token === undefined ? undefined : this.#calls.get(Number(token))?.exchange;
    const at = exchange?.parts.token && valueAt(frame, ['params', 'progressToken']);
    if (exchange?.parts.token && at && !exchange.isHeld)
      exchange.send(spliced(frame, [{ ...at, bytes: exchange.parts.token.raw }]));
  }

  /** A server of MCP 2026-07-28 ends a subscription on stdio with this notification; over HTTP with an answer. */
  #endSubscription(frame: Frame): void {
    const requestId = paramAsJson(frame, 'requestId');
    const call = requestId === undefined ? undefined : this.#calls.get(Number(requestId));
    if (call?.method !== Method.listen) return;
    const { exchange } = call;
    this.#calls.delete(call);
    exchange?.send(listenResult(exchange.id));
  }

  /** Tells the server that nobody waits for the call any more. */
  #cancel(call: Call, why: string): void {
    this.#calls.delete(call);
    if (!call.reply) this.transport.deliver(cancelled(call.id, why));
    this.#restartIdle();
  }

  #restartIdle(): void {
    this.#cancelIdle();
    const { size } = this.#calls;
    if (this.#isEnded || size + this.#listeners.size + this.#waiting.size + this.#answering > 0) return;
    const { clock, idleMs } = this.#options;
    this.#cancelIdle = clock.after(idleMs, () => this.close('no request for a while'));
  }

  #ended(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelIdle();
    this.#rounds.clear();
    this.#listeners.endAll();
    this.#own.end();
    const open = [...this.#waiting.values()].map(({ exchange }) => exchange);
    this.#waiting.clear();
    for (const { exchange } of this.#calls.clear()) if (exchange) open.push(exchange);
    const text = `${ENDED} Reason: ${reason}.`;
    for (const exchange of open) exchange.send(encodeError(exchange.id, ErrorCode.shuttingDown, text));
    this.#onEnd();
  }
}

const ENDED = 'The request was not answered, because the connection to the server has ended.';
/** Methods of earlier revisions that MCP 2026-07-28 has removed. Servers of those may know them. */
const LEGACY_ONLY: ReadonlySet<string> = new Set([
  ...['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'],
  ...['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel', 'tasks/update'],
]);
