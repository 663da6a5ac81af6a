import type { RawId } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import type { PausableSender } from '../../http/pausable-sender.js';
import type { HttpClient } from '../backend.js';
import type { RequestParts } from './request-parts.js';

/** An HTTP request that waits for its answer. */
export class Exchange implements PausableSender {
  readonly client: HttpClient;
  /** The id as the client spelled it. */
  readonly id: RawId;
  readonly parts: RequestParts;
  /** It was sent to the server once more, which speaks another revision than before. */
  isRepeated = false;
  readonly #holders = new Set<object>();

  constructor(client: HttpClient, id: RawId, parts: RequestParts) {
    this.client = client;
    this.id = id;
    this.parts = parts;
  }

  /** The client reads slowly: it gets no progress and no log messages meanwhile. */
  get isHeld(): boolean {
    return this.#holders.size > 0;
  }

  hold(by: object): void {
    this.#holders.add(by);
  }

  release(by: object): void {
    this.#holders.delete(by);
  }

  /** Sends a reply, which ends the exchange, or a notification. */
  send(frame: Frame): void {
    if (this.client.isOpen) this.client.send(frame, this);
  }
}

/** A request of the server that waits for the client's answer. */
export interface Question {
  /** The server's id for it. */
  serverId: RawId;
  /** As it stands in `inputRequests`. */
  request: string;
}

/** A request that the server works on. */
export interface Call {
  /** As the server knows it; its progress token as well. */
  readonly id: number;
  readonly method: string;
  /** As the client has sent it first. */
  readonly frame: Frame;
  readonly isModern: boolean;
  /** The server gets the request as it is. */
  readonly isCarried: boolean;
  /** Undefined while the client is to come back with input. */
  exchange: Exchange | undefined;
  /** Of the last exchange. */
  parts: RequestParts;
  /** What the server wants to know, by the names that the client gets. */
  readonly questions: Map<string, Question>;
  /** Capabilities that the client has not declared, and that the server has asked for something with. */
  missing: Readonly<Record<string, object>> | undefined;
  /** The answer, if it came while the client was away. */
  reply: Frame | undefined;
  /** While its client is to come back: what it has to bring, and what ends the wait. */
  wait: { state: string; cancelTimer: () => void } | undefined;
}

/** Requests that the server works on, under ids that no other one has had, oldest first. */
export class Calls {
  readonly #calls = new Map<number, Call>();
  readonly #byClient = new Map<HttpClient, Call>();
  #ids = 0;

  get size(): number {
    return this.#calls.size;
  }

  newId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  add(call: Call): void {
    this.#calls.set(call.id, call);
    if (call.exchange) this.#byClient.set(call.exchange.client, call);
  }

  get(id: number): Call | undefined {
    return this.#calls.get(id);
  }

  of(client: HttpClient): Call | undefined {
    return this.#byClient.get(client);
  }

  delete(call: Call): void {
    this.#calls.delete(call.id);
    this.detach(call);
  }

  /** The exchange is over, though the call may go on. */
  detach(call: Call): Exchange | undefined {
    const { exchange } = call;
    call.exchange = undefined;
    if (exchange) this.#byClient.delete(exchange.client);
    return exchange;
  }

  /** The call goes on in another exchange. */
  attach(call: Call, exchange: Exchange): void {
    call.exchange = exchange;
    call.parts = exchange.parts;
    this.#byClient.set(exchange.client, call);
  }

  /** The call that began last of those that meet the condition. */
  newest(which: (call: Call) => boolean): Call | undefined {
    let newest: Call | undefined;
    for (const call of this.#calls.values()) if (which(call)) newest = call;
    return newest;
  }

  values(): Iterable<Call> {
    return this.#calls.values();
  }

  /** Removes and returns all calls. */
  clear(): Call[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    return calls;
  }
}
