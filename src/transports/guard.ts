import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { Message, RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { Transport } from './transport.js';

/** What a guard needs of the client whose transport it guards. */
export interface GuardContext {
  /** The process or session of the server that runs now, to compare; undefined: none does. */
  life(): unknown;
  /** Sends the server a request of mcp-pipe's own, which neither the client nor the guard sees. See `HubClient.ask`. */
  ask(method: string, params: AskParams, options: AskOptions): Promise<AskOutcome>;
  /**
   * A request has ended that the hub has not seen, as it came from the client at `at`: it was answered with `reply`, or the
   * client has cancelled it, or is gone.
   */
  onUnseen(request: Message, at: number, reply: Frame | 'cancelled' | 'lost'): void;
  /** The hub has this request, and the client was answered with `reply` in place of the server. */
  onInstead(id: RawId, reply: Frame): void;
  /** Call it when a request that was held back will not be passed on: the end of the connection may wait for it. */
  onDropped(): void;
}

/** A transport around a transport. */
export interface GuardedTransport {
  readonly transport: Transport;
  /** Number of requests that are held back, or wait to be read: they are pending as those of the server are. */
  readonly held: number;
}

/**
 * Stands between a client and the hub of a server. It may answer requests itself, hold them back, and change what goes either
 * way. A client has one connection at a time.
 */
export interface Guard {
  /** Whether it has anything to say now. While it has not, nothing is guarded, and nothing costs anything. */
  readonly isNeeded: boolean;
  /** Called when it is needed from now on: a connection that is open is guarded from the next batch on. */
  onNeeded: (() => void) | undefined;
  /**
   * Returns the transport that the hub serves instead of `transport`, which carries the client's requests.
   *
   * @param isMidway requests of the client that are not answered yet have passed without the guard.
   */
  guard(transport: Transport, context: GuardContext, isMidway: boolean): GuardedTransport;
}

/** The guard of a link's use of one of its servers, by that server's name; undefined: none. */
export type GuardFor = (server: string) => Guard | undefined;

/** The same transport, with some members of its own. */
export function around(inner: Transport, own: Partial<Transport>): Transport {
  return new Proxy(inner, {
    get: (target, key) => {
      if (Object.hasOwn(own, key)) return own[key as keyof Transport];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}
