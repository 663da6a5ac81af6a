import type { Envelope, Message, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { Range } from '../../protocol/json-parts.js';
import type { StatusEvent, WhyStale } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';
import type { ServerInfo } from './merge.js';
import type { MuxServer } from './mux-server.js';
import type { Prefix, ToolNames } from './names.js';
import type { ServerChannel } from './server-channel.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface RouterSettings {
  callTimeoutMs: number;
  gatherTimeoutMs: number;
  listChangedDelayMs: number;
  toolsPerPage: number;
  maxTools: number;
  maxToolListBytes: number;
  maxListBytes: number;
  maxResultBytes: number;
  maxQueuedBytes: number;
}

export interface RouterOptions {
  serverInfo: ServerInfo;
  prefix: Prefix;
  separator: string;
  toolNames?: ToolNames | undefined;
  clock: Clock;
  settings: RouterSettings;
  onStatus: (event: StatusEvent, member?: MuxServer) => void;
  /** `initialize` would be answered otherwise by now: the reply that a later connection should get. */
  onLateAnswer: (reply: Frame) => void;
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
  /** Nobody waits for the answer any more, and no server need be troubled. */
  isCancelled?: true;
}

export interface ForwardOptions {
  /** The request as this server has to see it; default: as it came. */
  frame?: Frame;
  /** Sees the reply before the endpoint does; the result is what the endpoint gets. */
  onReply?: (reply: Frame, envelope: Envelope) => Frame;
}

/** What the parts of the router have of it. */
export interface RouterContext {
  readonly options: RouterOptions;
  /** In the order of the configuration. */
  readonly channels: readonly ServerChannel[];
  /** The endpoint speaks MCP 2026-07-28 alone: it was not initialised, and takes no requests. */
  readonly isModern: boolean;
  /** `_meta` for requests of our own to servers that speak MCP 2026-07-28; JSON text. */
  meta: string;
  /** Passes a request on to one server; `name` is that of the tool or prompt, for people. */
  forward(channel: ServerChannel, request: ClientRequest, name?: string, options?: ForwardOptions): void;
  channelOf(member: MuxServer): ServerChannel | undefined;
  /** Answers a request with what a server said when it was asked by us. */
  relay(channel: ServerChannel, request: ClientRequest, reply: Message): void;
  /** Asks a server beside the endpoint: its answer, result or error; undefined when none came. `params` is JSON text. */
  ask(channel: ServerChannel, method: string, params?: string): Promise<Message | undefined>;
  /** The answer, or `late` when it takes longer than `timeoutMs`. */
  within<T>(answer: Promise<T>, timeoutMs: number): Promise<T | 'late'>;
  /** Answers a request; `result` is JSON text. */
  answer(request: ClientRequest, result: string | (() => Buffer)): void;
  refuse(
    request: Pick<ClientRequest, 'rawId' | 'isCancelled'>,
    code: number,
    message: string,
    data?: unknown,
  ): void;
  /** A reply was left out, because nobody waits for it. */
  reportStaleReply(channel: ServerChannel | undefined, why: WhyStale): void;
  /** To the endpoint, as it stands. */
  toEndpoint(frame: Frame): void;
  /** Resolves with true as soon as `condition` holds, with false after `timeoutMs`, or when the router is closed. */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean>;
}
