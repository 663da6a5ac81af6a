import type { Envelope, Message, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { Range } from '../../protocol/json-parts.js';
import type { StatusEvent, WhyStale } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';
import type { ServerInfo } from './merge.js';
import type { MuxServer } from './mux-server.js';
import type { NameOptions } from './names.js';
import type { ServerChannel } from './server-channel.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface RouterSettings {
  callTimeoutMs: number;
  gatherTimeoutMs: number;
  listChangedDelayMs: number;
  minDelayMs: number;
  toolsPerPage: number;
  maxTools: number;
  maxToolListBytes: number;
  maxListBytes: number;
  maxResultBytes: number;
  maxQueuedBytes: number;
}

export interface RouterOptions extends NameOptions {
  serverInfo: ServerInfo;
  clock: Clock;
  settings: RouterSettings;
  onStatus: (event: StatusEvent, member?: MuxServer) => void;
  /** Called when the answer to `initialize` has changed, with the reply for later connections. */
  onLateAnswer: (reply: Frame) => void;
  /** Called when a request of the endpoint, whose id is `id`, is sent to one server. */
  onRouted?: (id: RawId, server: string) => void;
  /** Called when the request is about to be answered because its server took too long. */
  onTimedOut?: (id: RawId) => void;
  /** The client waits before any server may be ready: it is answered soon, and hears later what the servers have. */
  answersAtOnce?: boolean;
}

/** One request of the endpoint. */
export interface ClientRequest {
  frame: Frame;
  envelope: Envelope;
  rawId: RawId;
  method: string;
  /** Where `params.name` stands. */
  nameAt: Range | undefined;
  /** JSON text of `params._meta` when the request belongs to MCP 2026-07-28. */
  meta: string | undefined;
  /** The endpoint has cancelled the request: it is not sent to a server any more. */
  isCancelled?: true;
}

export interface ForwardOptions {
  /** The tool or prompt, as its server calls it. */
  key?: string;
  /** The request for this server; default: as it came. */
  frame?: Frame;
  /** Called with the server's reply; the endpoint gets what it returns. */
  onReply?: (reply: Frame, envelope: Envelope) => Frame;
}

/** A part of the router that depends on the lives of the servers, or has something to end. The router calls each. */
export interface RouterPart {
  /**
   * A server can be used: it has answered `initialize` (perhaps once more), or, with `isNewProcess`, a new process is ready
   * that does not know what the one before it was sent.
   */
  onServerReady?(channel: ServerChannel, isNewProcess: boolean): void;
  /** The process of a server is gone: exited, replaced or stopped. */
  onServerEnded?(channel: ServerChannel): void;
  /** The server is no longer one of the router's: forgets it. */
  serverLeft?(channel: ServerChannel): void;
  /** Whether stopping the server now would lose something. */
  isBusy?(channel: ServerChannel): boolean;
  /** The router closes. */
  close?(): void;
}

/** The router, as its parts see it. */
export interface RouterContext {
  readonly options: RouterOptions;
  /** In the order of the configuration. */
  readonly channels: readonly ServerChannel[];
  /** The endpoint speaks MCP 2026-07-28: it sends no `initialize`, and takes no requests of servers. */
  readonly isModern: boolean;
  /** `_meta` for requests of our own to servers that speak MCP 2026-07-28; JSON text. */
  meta: string;
  /** Sends a request to one server; `name` is that of the tool or prompt, for the log. */
  forward(channel: ServerChannel, request: ClientRequest, name?: string, options?: ForwardOptions): void;
  channelOf(member: MuxServer): ServerChannel | undefined;
  /** Answers a request of the endpoint with a server's reply to a request of our own. */
  relay(channel: ServerChannel, request: ClientRequest, reply: Message): void;
  /**
   * Sends a server a request of our own. Resolves with the reply, result or error; with undefined when none came.
   * `params` is JSON text.
   */
  ask(channel: ServerChannel, method: string, params?: string): Promise<Message | undefined>;
  /** Resolves with the answer, or with `late` after `timeoutMs`. */
  within<T>(answer: Promise<T>, timeoutMs: number): Promise<T | 'late'>;
  /** Answers a request; `result` is JSON text. */
  answer(request: ClientRequest, result: string | (() => Buffer)): void;
  refuse(
    request: Pick<ClientRequest, 'rawId' | 'isCancelled'>,
    code: number,
    message: string,
    data?: unknown,
  ): void;
  /** Reports a frame on which mcp-pipe itself has failed; its link goes on. */
  unhandled(from: 'server' | 'endpoint', frame: Frame, error: unknown): void;
  /** Counts a reply that was dropped, because its request is not pending. */
  reportStaleReply(channel: ServerChannel | undefined, why: WhyStale): void;
  /** Sends a frame to the endpoint. */
  toEndpoint(frame: Frame): void;
  /** Resolves with true as soon as `condition` holds, with false after `timeoutMs`, or when the router is closed. */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean>;
}
