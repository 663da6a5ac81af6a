import type { Message } from '../../../protocol/envelope.js';
import { Method } from '../../../protocol/mcp.js';
import type { RemoteOptions, RemoteTransport } from '../remote-transport.js';
import { ModernTransport } from './modern-transport.js';

/**
 * A life of a server of MCP 2026-07-28 over HTTP for a client of that revision: each request is a POST, unchanged, with the
 * headers that repeat parts of it. Nothing is sent before the first frame. Only for frames of that revision
 * (`isModernRequest`): where a client tries one of them on a server that then turns out to be of an earlier revision, the
 * `initialize` that follows belongs to another transport.
 */
export function carriedModern(options: RemoteOptions): RemoteTransport {
  return new Carried(options);
}

class Carried extends ModernTransport {
  protected take(message: Message): void {
    const { kind, method } = message.envelope;
    if (kind === 'request') this.carry(message);
    else if (kind === 'notification') {
      if (method === Method.cancelled) this.cancelCarried(message.frame);
      else this.notify(message);
    }
    // Responses are dropped: what the server wants to know is in its results (MCP 2026-07-28 "Multi Round-Trip Requests").
  }
}
