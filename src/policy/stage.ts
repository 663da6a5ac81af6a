import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { Envelope, RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { Grant } from '../protocol/grant.js';

/** Who uses a server over a guarded transport. */
export interface GuardedClient {
  /** Name of the link. */
  link: string;
  /** Name of the server in the configuration: of an instance, that of its entry. */
  server: string;
  /** Name of its process, if that has one of its own (`memory@alice`); lacking: that of the server. */
  process?: string | undefined;
  /** The agent of the link or address, if it has one. */
  agent?: string | undefined;
  /** Name of the key, or who a token was given to; undefined for endpoints, and where no key is asked for. */
  key?: string | undefined;
  /** What that key or token allows; undefined: everything. */
  grant?: Grant | undefined;
  /** Whether it has connected to mcp-pipe, by HTTP, WebSocket or stdio; false: an endpoint, which is dialled. */
  isAccepted: boolean;
  /** Where the client connects from, if that is known. */
  address?: string | undefined;
  /** The process or session of the server, to compare: of another one, the tools may be others. Undefined: none runs. */
  life?(): unknown;
  /** Sends the server a request of mcp-pipe's own, which no stage sees. Never rejects. See `HubClient.ask`. */
  ask(method: string, params: AskParams, options: AskOptions): Promise<AskOutcome>;
}

/** A request of the client, on its way through the stages. */
export interface GuardedCall {
  readonly client: GuardedClient;
  readonly method: string;
  /** Of `tools/call`: the tool, by the name that its server gives it. */
  readonly tool: string | undefined;
  /** As the client, or the router of a mux, spells it. */
  readonly rawId: RawId;
  /** The request as it came, before any stage has changed it. Empty once the server has the request. */
  readonly frame: Frame;
  /** Of `frame`, as it came. */
  readonly envelope: Envelope;
  /** Clock time in milliseconds. */
  readonly at: number;
  /** Made when it is first asked for, which costs more than the rest of a call: take it only where the request is held. Aborts when the request is over: cancelled, given up, refused, answered, or its connection has ended. */
  readonly signal: AbortSignal;
  /** Answers the client with this error now; the server, if it has the request, is told that it is cancelled. */
  giveUp(refusal: Refusal): void;
  /** Sends the client a notification beside the answer. Does nothing once the request is over. */
  tell(notification: Frame): void;
}

/** The error that a request is answered with (JSON-RPC 2.0 §5.1). `message` is for people, and names what to do next. */
export interface Refusal {
  code: number;
  message: string;
  /** Never arguments, results or secrets. */
  data?: Readonly<Record<string, unknown>>;
}

/**
 * What a stage says of a request; undefined: it may pass as it is. `answer`: the reply, with the id of the client, to a request
 * that neither further stages nor the server get; the stages before get it as they get the server's.
 */
export type Verdict = undefined | { frame: Frame } | { refuse: Refusal } | { answer: Frame };

/**
 * How a request ended for the stages that had let it pass. `answered`: with a result; `tool-error`: with a result that says
 * `isError`; `error`: with an error of the server; `gone`: with an error of mcp-pipe, or never; `cancelled`: by the client;
 * `refused`: by a later stage; `given-up`: by `giveUp`.
 */
export type CallEnd = 'answered' | 'tool-error' | 'error' | 'gone' | 'cancelled' | 'refused' | 'given-up';

/**
 * One rule on the way between a client and a server. Stages are asked in order; each has its own state, which several
 * transports may share. No member may throw: a request on which one has thrown is refused.
 */
export interface Stage {
  /** What it makes of lists of tools, as a text to compare: when that changes, the client is told that its list has. */
  readonly shows?: string;
  /** How the server spells the tool that the client calls so. Asked before `request` of any stage. */
  ownName?(tool: string): string;
  /**
   * Asked before the server gets the request, with the frame as the stages before have left it. A promise holds back this
   * request alone; it must settle once `call.signal` has aborted.
   */
  request?(call: GuardedCall, frame: Frame): Verdict | Promise<Verdict>;
  /**
   * Why a request that some stage has held back may not go on: rules and tools may be others than when it came. Asked of the stages of
   * now; undefined: it may.
   */
  still?(call: GuardedCall): Refusal | undefined;
  /** The server has answered: returns the reply to pass on instead; undefined: as it is. Asked in reverse order. */
  reply?(call: GuardedCall, reply: Frame, envelope: Envelope): Frame | undefined;
  /** The server has told of the progress of the call (MCP "Progress"). */
  progress?(call: GuardedCall): void;
  /** The server has sent a notification of this method that is no progress: `notifications/tools/list_changed`, … */
  notified?(method: string): void;
  /** Called once for each request that `request` let pass, after `reply`. */
  ended?(call: GuardedCall, how: CallEnd): void;
  /** The transport has ended, or a reload has put others in its place: no more calls come. Calls that it let pass may still end. */
  closed?(): void;
}

/**
 * Makes the stage of one client's transport to one server; undefined: it has no say there. Called for each connection, and
 * again for those that are open when the options may have changed: what it returns takes the place of the stage before, and
 * may be the same. What is to outlive that (counts, states) is kept where the factory is made.
 *
 * @param options of the server, as this link has them: with those of its agent.
 */
export type StageFor<Options = unknown> = (client: GuardedClient, options: Options) => Stage | undefined;
