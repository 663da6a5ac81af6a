import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';

/** A sender that can be kept from sending more. */
export interface PausableSender {
  /** It is not read until `by`, and each other object that holds it, has released it. */
  hold(by: object): void;
  /** Takes the hold of `by` back; nothing happens when there is none. */
  release(by: object): void;
}

/**
 * A client as its backend sees it: a session of MCP up to 2025-11-25, or a single request of MCP 2026-07-28, which has
 * no sessions. To hold it keeps all clients of this `StreamableHttp` from sending more.
 */
export interface HttpClient extends PausableSender {
  /** `session`: MCP up to 2025-11-25; `request`: one request of 2026-07-28. */
  readonly kind: 'session' | 'request';
  /** The request asks for log messages (`io.modelcontextprotocol/logLevel`). A session may always get them. */
  readonly wantsLog: boolean;
  /** False once it has left. */
  readonly isOpen: boolean;
  /** A reply, request or notification of the server; goes to the stream it belongs to. `source` waits for slow readers. */
  send(frame: Frame, source?: PausableSender): void;
}

/** Where a client's messages go. */
export interface ClientInbox {
  /** One JSON-RPC message, with the envelope that was read of it. */
  receive(frame: Frame, envelope: Envelope): void;
  /** The client is gone, for `reason`; nothing is sent to it any more. Called once. */
  leave(reason: string): void;
}

/** What answers the requests of HTTP clients: a relay, a server. */
export interface HttpBackend {
  /** A client has come; the result takes its messages until it leaves. Called once for each. */
  join(client: HttpClient): ClientInbox;
}
