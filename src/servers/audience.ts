import type { Frame } from '../protocol/frame.js';
import { Method, paramAsJson } from '../protocol/mcp.js';
import type { ClientState, Connection } from './client-state.js';
import type { InflightCall } from './inflight-calls.js';
import { OwnRequest } from './own-request.js';
import { isCounted } from './tally.js';

/** The levels of log messages, the most verbose first (MCP "Logging"; RFC 5424 §6.2.1), as JSON texts. */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'].map((name) =>
  JSON.stringify(name),
);
/** A client that has asked for no level gets messages of this level and above, once another client has asked for one. */
const LEVEL_UNASKED = LEVELS.indexOf('"info"');

/** Requests of clients whose effect on the server is shared by all its clients. */
const SHARED_EFFECTS = new Set<string>([Method.subscribe, Method.unsubscribe, Method.setLevel]);

const R = 'r'.charCodeAt(0);
const L = 'l'.charCodeAt(0);

/** Most subscriptions of one client that are kept, and the longest address of a resource, in characters. */
export const MAX_SUBSCRIPTIONS = 10_000;
const MAX_URI_LENGTH = 2_048;

/** What is to be done with a request of `SHARED_EFFECTS`. */
export type SharedEffect =
  | 'send'
  /** It is rejected: the client has too many subscriptions. */
  | 'full'
  /** It is answered with an empty result, and the server gets these requests of mcp-pipe's own instead. */
  | readonly OwnEffect[];

/** A request that keeps the server in step with what its clients have asked for. */
export interface OwnEffect {
  method: typeof Method.subscribe | typeof Method.unsubscribe | typeof Method.setLevel;
  /** JSON text of `params`. */
  params: string;
}

interface Calls {
  values(): Iterable<InflightCall<unknown>>;
  /** Of one of several processes: the connection that called it last. */
  readonly lastCaller?: Connection | undefined;
}

/**
 * Which clients of a server get a message that is no answer, when several use it. MCP over stdio does not say for which
 * call a server sends a request or a log message, so the client whose call began last is taken for the one that is meant;
 * one that only waits for a list comes after those with other calls.
 *
 * | message of the server | goes to |
 * |---|---|
 * | request: roots, sampling, elicitation | of the clients with pending calls that can answer it, the one whose call began last; while no call is pending, the client that called last, or else any that can answer and has sent a request; otherwise it is rejected |
 * | ping, or any other request that needs no capability | as above, and any client that can answer while the calls of others are pending |
 * | log message | the client whose pending call began last, or else that called last, if the level is one that it asked for |
 * | resource update | every client that has subscribed to the resource, or to one that it is a part of |
 * | list change, any other notification | every client |
 * | progress, cancellation, a notification of a subscription | the client that has sent, or got, the request that it names |
 *
 * A client of MCP 2026-07-28 is sent no requests; of notifications, it gets those of its subscriptions, and log messages
 * when a request of it has asked for them.
 */
// D132
export class Audience {
  #lastCaller: Connection | undefined;
  readonly #clients: readonly ClientState[];
  /** Who has subscribed to each resource, by its URI as JSON text. */
  readonly #subscribers = new Map<string, Set<ClientState>>();
  /** Number of the subscriptions of each client. */
  readonly #subscriptions = new Map<ClientState, number>();
  /** The log level that each client has asked for, as an index of `LEVELS`. */
  readonly #levels = new Map<ClientState, number>();

  constructor(clients: readonly ClientState[]) {
    this.#clients = clients;
  }

  /** Whether any client waits for updates of a resource. */
  get hasSubscriptions(): boolean {
    return this.#subscribers.size > 0;
  }

  /** Notes that a request was sent to the server. */
  noteCaller(connection: Connection, method: string): void {
    if (connection === this.#lastCaller) return;
    if (!isCounted(method) || (isList(method) && isOpen(this.#lastCaller))) return;
    this.#lastCaller = connection;
  }

  /** Whether `noteEffect` has to see requests of this method. */
  static hasSharedEffect(method: string): boolean {
    // Every call asks this, and nearly all methods begin with another letter.
    const first = method.charCodeAt(0);
    return (first === R || first === L) && SHARED_EFFECTS.has(method);
  }

  /** Notes what a client asks for, and decides whether the server needs to get its request. */
  noteEffect(client: ClientState, method: string, frame: Frame): SharedEffect {
    if (method === Method.setLevel) return this.#setLevel(client, frame);
    const uri = paramAsJson(frame, 'uri');
    if (uri === undefined) return 'send';
    if (method === Method.subscribe) return this.#subscribe(client, uri);
    return this.#unsubscribe(client, uri) === 'others' ? [] : 'send';
  }

  /** Forgets a client. Returns what the server is to be sent for the others. */
  left(client: ClientState): OwnEffect[] {
    if (this.#lastCaller?.client === client) this.#lastCaller = undefined;
    const unsubscribed = [...this.#subscribers.keys()]
      .filter((uri) => this.#unsubscribe(client, uri) === 'none')
      .map((uri): OwnEffect => ({ method: Method.unsubscribe, params: `{"uri":${uri}}` }));
    this.#subscriptions.delete(client);
    const before = this.#level;
    this.#levels.delete(client);
    return this.#level === before || this.#level === undefined
      ? unsubscribed
      : [...unsubscribed, levelEffect(this.#level)];
  }

  /** What a new process of the server has to be sent, so that its clients get what they have asked for. */
  get effects(): OwnEffect[] {
    const subscribed = [...this.#subscribers.keys()].map(
      (uri): OwnEffect => ({ method: Method.subscribe, params: `{"uri":${uri}}` }),
    );
    return this.#level === undefined ? subscribed : [...subscribed, levelEffect(this.#level)];
  }

  /** The connection that can answer a request of the server, which needs `capability`; undefined when none can. */
  toAsk(calls: Calls, capability: string | undefined): Connection | undefined {
    const { callers, isOwn } = callersOf(calls);
    // Before its first request a client may speak either era.
    const canAnswer = ({ isModern, capabilities, askedAt, transport }: Connection) =>
      askedAt !== undefined &&
      !transport.isAway &&
      !isModern &&
      (capability === undefined || capabilities?.has(capability) !== false);
    if (capability !== undefined && (callers.length > 0 || isOwn)) return callers.find(canAnswer);
    const lastCaller = this.#lastCallerOf(calls);
    const others = this.#clients.flatMap(({ connection }) => connection ?? []);
    const last = lastCaller && others.includes(lastCaller) ? [lastCaller] : [];
    return [...callers, ...last, ...others].find(canAnswer);
  }

  /** The connection that gets a log message; undefined when none does. */
  toLog(calls: Calls, frame: Frame): Connection | undefined {
    const caller = callersOf(calls).callers.find(({ transport }) => !transport.isAway);
    const last = this.#lastCallerOf(calls);
    const to = caller ?? (isOpen(last) ? last : undefined);
    if (!to || to.transport.isAway || (to.isModern && !to.wantsLog)) return undefined;
    const level = LEVELS.indexOf(paramAsJson(frame, 'level') ?? '');
    const least = this.#levels.get(to.client) ?? (this.#levels.size > 0 ? LEVEL_UNASKED : 0);
    return level < 0 || level >= least ? to : undefined;
  }

  /** The connections that get any other notification. */
  toNotify(method: string, frame: Frame): Connection[] {
    const uri = method === Method.resourceUpdated ? paramAsJson(frame, 'uri') : undefined;
    const subscribers = uri === undefined ? undefined : this.#subscribersOf(uri);
    return this.#clients.flatMap((client) => {
      const { connection } = client;
      // Before its first request it may not know of the server yet.
      if (!connection || connection.isModern || connection.askedAt === undefined) return [];
      return subscribers === undefined || subscribers.has(client) ? [connection] : [];
    });
  }

  /** The connection that got the server's request that a cancelled notification of the server names. */
  toCancel(frame: Frame, life: object): { connection: Connection; frame: Frame } | undefined {
    for (const { connection } of this.#clients) {
      const cancel = connection?.serverRequests.cancelKnown(frame, life);
      if (connection && cancel) return { connection, frame: cancel };
    }
    return undefined;
  }

  #lastCallerOf(calls: Calls): Connection | undefined {
    return 'lastCaller' in calls ? calls.lastCaller : this.#lastCaller;
  }

  /** Who has subscribed to the resource, or to one that it is a part of (MCP schema, `ResourceUpdatedNotification`). */
  #subscribersOf(uri: string): Set<ClientState> {
    const all = new Set<ClientState>();
    for (const whole of wholesOf(uri))
      for (const client of this.#subscribers.get(whole) ?? []) all.add(client);
    return all;
  }

  /** The most verbose level that any client has asked for, as an index of `LEVELS`. */
  get #level(): number | undefined {
    return this.#levels.size === 0 ? undefined : Math.min(...this.#levels.values());
  }

  #setLevel(client: ClientState, frame: Frame): SharedEffect {
    const asked = LEVELS.indexOf(paramAsJson(frame, 'level') ?? '');
    if (asked < 0) return 'send';
    const before = this.#level;
    this.#levels.set(client, asked);
    const level = this.#level!;
    if (level === asked) return 'send';
    return level === before ? [] : [levelEffect(level)];
  }

  #subscribe(client: ClientState, uri: string): 'send' | 'full' {
    const subscribers = this.#subscribers.get(uri);
    if (subscribers?.has(client)) return 'send';
    const count = this.#subscriptions.get(client) ?? 0;
    if (count >= MAX_SUBSCRIPTIONS || uri.length > MAX_URI_LENGTH) {
      // A single client gets every update, whatever it has subscribed to.
      return this.#clients.length > 1 ? 'full' : 'send';
    }
    this.#subscriptions.set(client, count + 1);
    if (subscribers) subscribers.add(client);
    else this.#subscribers.set(uri, new Set([client]));
    return 'send';
  }

  /** Returns who is still subscribed: other clients, or `none` any more; `never` when the client was not. */
  #unsubscribe(client: ClientState, uri: string): 'others' | 'none' | 'never' {
    const subscribers = this.#subscribers.get(uri);
    if (!subscribers?.delete(client)) return subscribers ? 'others' : 'never';
    this.#subscriptions.set(client, (this.#subscriptions.get(client) ?? 1) - 1);
    if (subscribers.size > 0) return 'others';
    this.#subscribers.delete(uri);
    return 'none';
  }
}

function levelEffect(level: number): OwnEffect {
  return { method: Method.setLevel, params: `{"level":${LEVELS[level]}}` };
}

/** The resources that a resource may be a part of, itself included, by their URIs as JSON texts. */
function* wholesOf(uri: string): Generator<string> {
  yield uri;
  // The time grows with the square of the length.
  if (uri.length > MAX_URI_LENGTH) return;
  for (let at = 1; at < uri.length - 1; at++) {
    const c = uri[at]!;
    if (!'/#?'.includes(c)) continue;
    yield `${uri.slice(0, at)}"`;
    if (c === '/' && at < uri.length - 2) yield `${uri.slice(0, at + 1)}"`;
  }
}

function isOpen(connection: Connection | undefined): boolean {
  return connection !== undefined && connection.client.connection === connection;
}

/** Lists are often asked for without a user's action, and servers seldom ask or log because of it. */
function isList(method: string): boolean {
  return method.endsWith('/list');
}

/**
 * The connections with pending calls, the one whose call began last first, then those that only wait for lists; `isOwn`:
 * mcp-pipe itself has a call pending.
 */
function callersOf(calls: Calls): { callers: Connection[]; isOwn: boolean } {
  const callers = new Set<Connection>();
  const listers = new Set<Connection>();
  let isOwn = false;
  for (const { asker, cancelled, method } of calls.values()) {
    if (cancelled || !isCounted(method)) continue;
    if (asker instanceof OwnRequest) isOwn = true;
    else if (typeof asker === 'object' && asker !== null && 'transport' in asker) {
      const connection = asker as Connection;
      const among = isList(method) ? listers : callers;
      among.delete(connection);
      among.add(connection);
    }
  }
  return { callers: [...new Set([...[...callers].reverse(), ...[...listers].reverse()])], isOwn };
}
