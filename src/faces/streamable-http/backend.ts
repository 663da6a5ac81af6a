import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { Caller } from '../accept.js';
import type { PausableSender } from '../http/pausable-sender.js';

/**
 * A client, as the backend sees it: a session of MCP up to 2025-11-25, or a single request: of MCP 2026-07-28, which has no
 * sessions, or of an earlier revision where none are kept. `hold` pauses the reading of its
 * session, or of all requests of its caller that have none.
 */
export interface HttpClient extends PausableSender {
  /** `session`: MCP up to 2025-11-25; `request`: one request of 2026-07-28, or of any revision if `stateless`. */
  readonly kind: 'session' | 'request';
  /** Who sent its first request. */
  readonly caller: Caller;
  /** The request asks for log messages (`io.modelcontextprotocol/logLevel`). A session may always get them. */
  readonly wantsLog: boolean;
  /** False once the client has left. */
  readonly isOpen: boolean;
  /** See `Arrival`. */
  idleMs?(): number;
  /**
   * Sends a reply, request or notification of the server on the stream that it belongs to. `source` is held while the
   * client reads slowly.
   */
  send(frame: Frame, source?: PausableSender): void;
  /** Makes the client leave: its pending requests are answered with this error (JSON-RPC 2.0 §5.1). Idempotent. */
  dismiss(code: number, message: string): void;
}

/** Takes the messages of one client. */
export interface ClientInbox {
  /** Why the client is not served, for the client; undefined: it is. */
  readonly whyRefused?: string | undefined;
  /** Takes one JSON-RPC message, with its envelope. */
  receive(frame: Frame, envelope: Envelope): void;
  /** Called once, when the client has left, with the reason. Nothing may be sent to it any more. */
  leave(reason: string): void;
}

/** Answers the requests of HTTP clients: a relay, or a server. */
export interface HttpBackend {
  /** Called once for each new client. The returned inbox takes the client's messages until it leaves. */
  join(client: HttpClient): ClientInbox;
}
