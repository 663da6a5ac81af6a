import { type Envelope, type RawId, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { parsed, valueAt } from '../../../protocol/json-parts.js';
import { encodeError, encodeNotification } from '../../../protocol/jsonrpc.js';
import { Method, paramAsJson, SUBSCRIPTION_ID } from '../../../protocol/mcp.js';
import { withMeta } from '../../../protocol/message-members.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import type { Clock } from '../../../time/clock.js';
import type { HttpClient } from '../backend.js';
import type { Exchange } from './calls.js';
import { isRecord } from './request-parts.js';
import { listenResult } from './to-modern.js';

/** `notifications` of `subscriptions/listen` (MCP 2026-07-28 "Subscriptions"). */
interface Filter {
  toolsListChanged?: true;
  promptsListChanged?: true;
  resourcesListChanged?: true;
  resourceSubscriptions?: string[];
}

interface Listener {
  exchange: Exchange;
  filter: Filter;
  /** What came before the acknowledgement, which has to be the first message; undefined once that was sent. */
  early: Frame[] | undefined;
  cancelTimer: () => void;
}

/** A resource that the server was asked to watch. */
interface Watched {
  listeners: number;
  /** Resolves with whether the server does. */
  isWatched: Promise<boolean>;
}

export interface ListenersOptions {
  clock: Clock;
  /** Sends the server a request of our own. Resolves with whether it was answered with a result. */
  ask: (method: string, params: string) => Promise<boolean>;
}

/** How long servers may take to answer subscriptions before a stream is acknowledged, in milliseconds: some never do. */
const SUBSCRIBED_WITHIN_MS = 3_000;
/** Notifications of one stream that wait until it is acknowledged. */
const MAX_EARLY = 1_000;
/** As much as the hub of a server keeps for one client. */
const MAX_WATCHED = 10_000;

const LISTS: ReadonlyMap<string, keyof Filter> = new Map([
  ['notifications/tools/list_changed', 'toolsListChanged'],
  ['notifications/prompts/list_changed', 'promptsListChanged'],
  ['notifications/resources/list_changed', 'resourcesListChanged'],
]);
const CAPABILITY = {
  toolsListChanged: 'tools',
  promptsListChanged: 'prompts',
  resourcesListChanged: 'resources',
} as const;

/**
 * Streams of `subscriptions/listen` at a server of an earlier revision: its notifications go to those who have asked for them,
 * under their own subscription. A resource is subscribed to as long as anybody listens to it.
 */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #open = new Map<HttpClient, Listener>();
  /** By the URI. */
  readonly #watched = new Map<string, Watched>();

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Begins a stream. `capabilities`: the server's. */
  open(exchange: Exchange, frame: Frame, capabilities: Readonly<Record<string, unknown>>): void {
    const at = valueAt(frame, ['params', 'notifications']);
    const wanted = at && parsed(frame, at);
    if (!isRecord(wanted)) {
      const text = 'Missing "notifications" in params.';
      return exchange.send(encodeError(exchange.id, RpcError.invalidParams, text));
    }
    const filter: Filter = {};
    for (const name of ['toolsListChanged', 'promptsListChanged', 'resourcesListChanged'] as const)
      if (wanted[name] === true && has(capabilities, CAPABILITY[name], 'listChanged')) filter[name] = true;
    const listener: Listener = { exchange, filter, early: [], cancelTimer: () => {} };
    this.#open.set(exchange.client, listener);
    const uris = has(capabilities, 'resources', 'subscribe') ? urisIn(wanted.resourceSubscriptions) : [];
    if (uris.length === 0) return this.#acknowledge(listener);
    filter.resourceSubscriptions = uris;
    for (const uri of uris) this.#watch(uri, listener);
    listener.cancelTimer = this.#options.clock.after(SUBSCRIBED_WITHIN_MS, () => this.#acknowledge(listener));
    void Promise.all(uris.map((uri) => this.#watched.get(uri)?.isWatched)).then(() =>
      this.#acknowledge(listener),
    );
  }

  /** The client has closed its stream. Returns false when it has none. */
  close(client: HttpClient): boolean {
    const listener = this.#open.get(client);
    if (!listener) return false;
    this.#open.delete(client);
    listener.cancelTimer();
    for (const uri of listener.filter.resourceSubscriptions ?? []) this.#unwatch(uri);
    return true;
  }

  /** Takes a notification of the server. Returns false when it is for no listener, whoever there is. */
  take(frame: Frame, envelope: Envelope): boolean {
    const list = LISTS.get(envelope.method!);
    if (list) {
      for (const listener of this.#open.values())
        if (listener.filter[list]) this.#tell(listener, frame, envelope);
      return true;
    }
    if (envelope.method !== Method.resourceUpdated) return false;
    const uri = paramAsJson(frame, 'uri');
    if (uri !== undefined) this.#updated(JSON.parse(uri) as string, frame, envelope);
    return true;
  }

  /** Ends all streams, with the answer that says that there is nothing wrong. */
  endAll(): void {
    const all = [...this.#open.values()];
    this.#open.clear();
    this.#watched.clear();
    for (const { exchange, cancelTimer } of all) {
      cancelTimer();
      exchange.send(listenResult(exchange.id));
    }
  }

  #updated(uri: string, frame: Frame, envelope: Envelope): void {
    for (const listener of this.#open.values())
      if (listener.filter.resourceSubscriptions?.some((whole) => isPartOf(uri, whole)))
        this.#tell(listener, frame, envelope);
  }

  #acknowledge(listener: Listener): void {
    const { exchange, early, filter } = listener;
    if (!early || this.#open.get(exchange.client) !== listener) return;
    listener.early = undefined;
    listener.cancelTimer();
    const acknowledged = encodeNotification('notifications/subscriptions/acknowledged', {
      notifications: filter,
    });
    exchange.send(tagged(exchange.id, acknowledged, readEnvelope(acknowledged)));
    for (const frame of early) exchange.send(frame);
  }

  #tell(listener: Listener, frame: Frame, envelope: Envelope): void {
    const { exchange, early } = listener;
    const own = tagged(exchange.id, frame, envelope);
    if (!early) exchange.send(own);
    else if (early.length < MAX_EARLY) early.push(own);
  }

  #watch(uri: string, listener: Listener): void {
    const known = this.#watched.get(uri);
    if (known) known.listeners += 1;
    const watched = known ?? {
      listeners: 1,
      isWatched:
        this.#watched.size < MAX_WATCHED
          ? this.#options.ask(Method.subscribe, JSON.stringify({ uri }))
          : Promise.resolve(false),
    };
    if (!known) this.#watched.set(uri, watched);
    void watched.isWatched.then((isWatched) => {
      if (isWatched) return;
      if (this.#watched.get(uri) === watched) this.#watched.delete(uri);
      const { filter } = listener;
      const rest = filter.resourceSubscriptions?.filter((other) => other !== uri) ?? [];
      if (rest.length > 0) filter.resourceSubscriptions = rest;
      else delete filter.resourceSubscriptions;
    });
  }

  #unwatch(uri: string): void {
    const watched = this.#watched.get(uri);
    if (!watched) return;
    watched.listeners -= 1;
    if (watched.listeners > 0) return;
    this.#watched.delete(uri);
    void this.#options.ask(Method.unsubscribe, JSON.stringify({ uri }));
  }
}

/** A notification as one of the subscription with this id. */
function tagged(id: RawId, frame: Frame, envelope: Envelope): Frame {
  return withMeta(frame, envelope, `"${SUBSCRIPTION_ID}":${id}`);
}

function has(capabilities: Readonly<Record<string, unknown>>, name: string, member: string): boolean {
  const value = capabilities[name];
  return isRecord(value) && value[member] === true;
}

function urisIn(value: unknown): string[] {
  return Array.isArray(value) ? [...new Set(value.filter((uri) => typeof uri === 'string'))] : [];
}

/** Whether a resource is the other one or a part of it, as servers tell of both (MCP schema, `ResourceUpdatedNotification`). */
function isPartOf(uri: string, whole: string): boolean {
  if (!uri.startsWith(whole)) return false;
  return uri.length === whole.length || '/#?'.includes(uri[whole.length]!) || whole.endsWith('/');
}
