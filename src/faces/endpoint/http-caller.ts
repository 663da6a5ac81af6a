import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { PausableSender } from '../http/pausable-sender.js';
import type { ClientInbox, HttpBackend, HttpClient } from '../streamable-http/backend.js';
import { RelayedCalls } from './calls.js';
import type { EndpointStats } from './events.js';
import type { CallerPeer, PeerChannel, Relay, ServerPeer } from './relay.js';

/** Makes the relay the backend of HTTP clients: each client is a caller of its own (D88). */
export function overRelay(relay: Relay, stats: EndpointStats): HttpBackend {
  return { join: (client) => new HttpCaller(client, relay, stats) };
}

/** A session, or a single request of MCP 2026-07-28, as a caller of a token. */
class HttpCaller implements CallerPeer, ClientInbox {
  readonly channel: PeerChannel;
  readonly receives: CallerPeer['receives'];
  readonly calls: RelayedCalls<ServerPeer>;
  readonly #relay: Relay;
  readonly #stats: EndpointStats;

  constructor(client: HttpClient, relay: Relay, stats: EndpointStats) {
    this.channel = new CountingChannel(client, stats);
    this.#relay = relay;
    this.#stats = stats;
    if (client.kind === 'session') this.receives = 'session';
    else this.receives = client.wantsLog ? 'own-log' : 'own';
    let lastId = 0;
    this.calls = new RelayedCalls(() => String(++lastId));
    relay.addCaller(this);
  }

  receive(frame: Frame, envelope: Envelope): void {
    this.#stats.framesIn += 1;
    this.#relay.fromCaller(this, frame, envelope);
  }

  leave(): void {
    this.#relay.removeCaller(this);
  }
}

class CountingChannel implements PeerChannel {
  readonly #client: HttpClient;
  readonly #stats: EndpointStats;

  constructor(client: HttpClient, stats: EndpointStats) {
    this.#client = client;
    this.#stats = stats;
  }

  get isOpen(): boolean {
    return this.#client.isOpen;
  }

  send(frame: Frame, source?: PausableSender): void {
    this.#stats.framesOut += 1;
    this.#client.send(frame, source);
  }

  hold(by: object): void {
    this.#client.hold(by);
  }

  release(by: object): void {
    this.#client.release(by);
  }
}
