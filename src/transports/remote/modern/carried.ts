import { type IdKey, idKey, type Message, rawId } from '../../../protocol/envelope.js';
import { Method } from '../../../protocol/mcp.js';
import type { RemoteOptions, RemoteTransport } from '../remote-transport.js';
import { cancelledKey, ModernTransport } from './modern-transport.js';

/**
 * A life of a server of MCP 2026-07-28 over HTTP for a client of that revision: each request is a POST, unchanged, with the
 * headers that repeat parts of it. Nothing is sent before the first frame.
 */
export function carriedModern(options: RemoteOptions): RemoteTransport {
  return new Carried(options);
}

class Carried extends ModernTransport {
  /** What cancels each request that has no answer. */
  readonly #open = new Map<IdKey, () => void>();

  protected take(message: Message): void {
    const { envelope } = message;
    // Responses are dropped: what the server wants to know is in its results (MCP 2026-07-28 "Multi Round-Trip Requests").
    if (envelope.kind === 'request') this.#request(message);
    else if (envelope.kind === 'notification') {
      if (envelope.method === Method.cancelled) this.#cancel(message);
      else this.notify(message);
    }
  }

  #request(message: Message): void {
    const id = rawId(message.frame, message.envelope);
    const key = idKey(id);
    const cancel = this.ask(
      message,
      {
        onMessage: ({ frame }) => this.deliver(frame),
        onOversize: (oversize) => this.deliverOversize(oversize),
        onEnd: (outcome) => {
          if (this.#open.get(key) === cancel) this.#open.delete(key);
          if (typeof outcome === 'object') this.fail(id, outcome.end);
        },
      },
      message.envelope.method === Method.listen,
    );
    this.#open.set(key, cancel);
  }

  #cancel({ frame }: Message): void {
    const key = cancelledKey(frame);
    if (key === undefined) return;
    this.#open.get(key)?.();
    this.#open.delete(key);
  }
}
