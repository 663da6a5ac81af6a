import type { CopyEvent } from './copy-event.js';
import type { Diagnosis } from './diagnosis.js';
import type { LeaseHolder, LeaseLoss, LeaseWaiting } from './lease-words.js';
import type { LinkKindEvent } from './link-kind.js';
import type { ListEvent } from './list-event.js';
import type { PackageEvent } from './package-start.js';
import type { DeclarationFault } from './param-headers.js';
import type { RenewalEvent } from './renewal.js';
import type { WhyUnwatched } from './resource-limits.js';
import type { BreakerState, KnownOfServer } from './server-condition.js';
import type { RemotePlace, ServerCause, ServerEnd } from './server-end.js';
import type { WhyUnreadable } from './unreadable.js';

/**
 * Everything a link can report. It is the only type that goes upwards: the log, the snapshot, metrics and pages read it,
 * and no lower floor words it for people (D115).
 */
export type Status = {
  /** Milliseconds since 1970. */
  at: number;
  /** Name of the link that reports; of an event of a server that several links use, the first of these links. */
  link: string;
  /** Which server the event is about; undefined when it is about the link, or when its one server has the link's name. */
  server?: string;
  /** Of an event of a server that several links use, which is reported once: the names of the others. Never empty. */
  alsoLinks?: readonly string[];
} & StatusEvent;

/** The state of a link. `connections/link-state.ts` lists the moves between them. */
export type LinkState =
  /** Created, not started. */
  | 'idle'
  /** The server is being started; nothing is dialled yet. */
  | 'starting'
  /** The server answers; the endpoint is being dialled. */
  | 'dialing'
  /** The endpoint's socket is open. */
  | 'open'
  /** The connection is down; the next dial waits for its time. */
  | 'waiting'
  /** Other links or processes hold all connections that the token or its account group allows. */
  | 'waiting-for-lease'
  /** Stopping: pending calls may finish, new ones are rejected. */
  | 'draining'
  /** Stopped for good. */
  | 'closed';

/** The state of a server, one word. `servers/server-state.ts` lists the moves between the states. */
export type ServerState =
  /** Not started yet, or stopped for good. */
  | 'stopped'
  /** The next start waits: for its time after a failure, or for other servers that are being started. */
  | 'waiting'
  /** A process is being started; a process that it replaces ends first. */
  | 'starting'
  /** The process was sent `initialize`, and has not answered. */
  | 'initializing'
  /** The server takes requests: it has answered `initialize`, or only the endpoint initialises it. */
  | 'ready'
  /** The server takes requests, but has answered the last `initialize` with an error. */
  | 'refused'
  /** The process has exited on its own, or is being ended: it does not answer, or the link stops. */
  | 'ending'
  /** The server was idle: the process is ended, and the next call starts one. */
  | 'idle-stopped'
  /** Another server of the link has the connection: the process is ended, and its turn starts one. */
  | 'between-turns';

/**
 * Why a link stops: mcp-pipe stops, or the next plan has another link instead, or none, because of the configuration or because
 * a person has paused it, or another process of mcp-pipe takes it over.
 */
export type WhyStopped = 'stopping' | 'replaced' | 'removed' | 'paused' | 'unserved' | 'handed-over';

/** Why servers move to another link: the endpoint allows fewer connections than planned, or other processes hold them. */
export type WhyRegrouped = 'token-limit' | 'waiting-for-lease';

/**
 * Why a reply was dropped. `cut`: its connection has ended; `given-up`: its call was cancelled or took too long;
 * `no-question`: the endpoint sent it, and no running server has sent such a request.
 */
export type WhyStale = 'cut' | 'given-up' | 'no-question';

/** Why input is no JSON-RPC message, in English. The log has it as a field; other languages translate it. */
export type WhyInvalid =
  | 'not JSON'
  | 'not UTF-8'
  | 'a binary message that is no UTF-8 text'
  | 'JSON, but no JSON-RPC message'
  | 'JSON without "jsonrpc":"2.0"'
  | `${'it' | 'its introduction'} cannot be handled: ${string}`;

/**
 * An event, by `type`. Members that end in `Ms` are milliseconds, `bytes` and `maxBytes` are bytes, `attempt` counts from
 * 1. Texts of servers and endpoints (`client`, `excerpt`, `line`, `message`, `name`, `reason`, `stderrTail`) are to be
 * escaped before they are shown (D97).
 */
export type StatusEvent =
  | LinkKindEvent
  | ListEvent
  | CopyEvent
  | PackageEvent
  | RenewalEvent
  /** The link moved from one state to another. */
  | { type: 'link-state'; from: LinkState; to: LinkState }
  /** A server moved from one state to another. */
  | { type: 'server-state'; from: ServerState; to: ServerState }
  /**
   * A server is about to be started or reached; `attempt` counts from 1 since the server was last healthy. `serverKind`:
   * how servers of its kind are reached (`stdio`); `shown`: its command line, for instance; `fetcher`: the program that may
   * have to download it first.
   */
  | {
      type: 'server-starting';
      serverKind: string;
      attempt: number;
      shown: string;
      fetcher: string | undefined;
      /** A session of a remote server, no process. */
      isRemote?: boolean | undefined;
    }
  /** The server has answered `initialize`, or runs and has not been sent it. */
  | {
      type: 'server-ready';
      pid: number | undefined;
      tookMs: number;
      name: string | undefined;
      /** MCP revision of its answer to `initialize`. */
      protocol?: string | undefined;
      again: boolean;
    }
  /** The server answered `initialize` with an error (`code` of JSON-RPC 2.0 §5.1), which the endpoint gets as well. */
  | { type: 'server-refused'; code: number | undefined; message: string }
  /** The server has not answered `initialize` yet. */
  | {
      type: 'server-slow';
      serverKind: string;
      waitedMs: number;
      timeoutMs: number;
      stderrTail: readonly string[];
    }
  /** The process exited, could not be started, or was ended. `pendingFailed` calls were answered with errors. */
  | {
      type: 'server-down';
      serverKind: string;
      /** A remote server's name in the configuration, and its address without secrets; undefined for a process. */
      remote?: RemotePlace | undefined;
      /** The cause, which `end` was diagnosed as. */
      why: ServerCause;
      end: ServerEnd;
      livedMs: number;
      failures: number;
      nextStartMs: number;
      pendingFailed: number;
      stderrTail: readonly string[];
    }
  /**
   * A call has been pending for `callWarnMs`; reported once for each call. `silentMs`: time since the server's last
   * message, undefined when none came since the call; `running`: number of the server's pending calls.
   */
  | {
      type: 'call-unanswered';
      method: string;
      name: string | undefined;
      waitedMs: number;
      silentMs: number | undefined;
      running: number;
    }
  /** A call that was reported as pending for long has been answered. */
  | { type: 'call-answered'; method: string; name: string | undefined; tookMs: number }
  /** The server answered neither calls nor a ping: it is busy with one of them, or hung. The oldest call is named. */
  | {
      type: 'server-silent';
      unanswered: number;
      pingMs: number;
      method: string;
      name: string | undefined;
      waitedMs: number;
    }
  /** A server that was silent has sent a message. */
  | { type: 'server-responding' }
  /** Its calls are refused for `pauseMs` after `failures` in a row (`open`), one tries (`half-open`), or they pass again. */
  | { type: 'server-breaker'; to: BreakerState; failures: number; pauseMs: number }
  /** A server process is replaced by a new one; with `asked`, also one that had ended and was about to be started again. */
  | {
      type: 'server-replaced';
      why: 'handshake-differs' | 'modern-downstream' | 'legacy-downstream' | 'passthrough' | 'asked';
    }
  /** The server wrote a line to stderr: its log, not an error (MCP "Transports", stdio). */
  | { type: 'server-stderr'; line: string }
  /** A tool of a server over HTTP is not in its list any more: clients have to leave it out (MCP 2026-07-28 "Schema Extension"). */
  | { type: 'tool-left-out'; tool: string; why: DeclarationFault }
  /**
   * Definitions of tools are not those that were approved, or seen first; each is reported once. `isHeld`: they are neither
   * listed nor called until a person approves them. The names are the server's.
   */
  | { type: 'tools-changed'; changed: readonly string[]; added: readonly string[]; isHeld: boolean }
  /** A running server is used by this link from now on, beside `others` links; the rest is what was said of it before. */
  /** `isAccepted`: the link is that of a client that has connected to mcp-pipe. */
  | ({ type: 'server-kept'; state: ServerState; others?: number; isAccepted?: true } & KnownOfServer)
  /** The server has exited, and processes that it started outside of its process group are ended as well. */
  | { type: 'strays-ended'; processes: readonly { pid: number; name: string }[] }
  /** The endpoint is being dialled. `endpoint` is without its token; `attempt` is 1 again after a success. */
  | { type: 'dialing'; endpoint: string; attempt: number }
  /** The endpoint accepted the WebSocket (RFC 6455 §4.1) after `tookMs`, which does not prove that it works (D4). */
  | { type: 'open'; tookMs: number }
  /**
   * The link may not dial: other links or processes hold all allowed connections. It stays `waiting-for-lease` until one is
   * released.
   */
  | ({ type: 'lease-waiting' } & LeaseWaiting)
  /**
   * The connection is closed for a link of higher rank in this process, or for another process that has the lease now;
   * `pending` calls get no answer.
   */
  | { type: 'lease-yielded'; pending: number; newHolder?: LeaseHolder }
  /**
   * The lease is lost: the connection is closed at once, or the dial given up, because another machine may have the slot;
   * `pending` calls get an error. Not of lock files, whose loss is `lease-yielded`.
   */
  | ({ type: 'lease-lost'; pending: number } & Exclude<LeaseLoss, { why: 'file-gone' }>)
  /**
   * Another client with the token has replaced the connection `times` times in a row, each time within `withinMs`: from
   * now on the link dials every few minutes (D83). `holder` is another process of this machine that uses the token.
   */
  | {
      type: 'token-contention';
      times: number;
      withinMs: number;
      nextDialMs: number;
      holder: LeaseHolder | undefined;
    }
  /** The connection has been open for `openForMs`: the token is not contested any more. */
  | { type: 'token-contention-over'; openForMs: number }
  /** The endpoint's `initialize` was answered. */
  | {
      type: 'client-initialized';
      afterMs: number;
      client: string | undefined;
      protocolVersion: string;
      /** The client has connected to mcp-pipe; undefined: it is an endpoint. */
      isAccepted?: true;
    }
  /** A client has connected to mcp-pipe; `link` is its name. `key`: the name of its API key. */
  | { type: 'client-joined'; servers: readonly string[]; key: string | undefined }
  /** It has left, or was made to. `reason`: what is known of why. */
  | { type: 'client-left'; forMs: number; reason: string | undefined }
  /** The connection ended, or a dial failed; the next dial follows after `nextDialMs`. */
  | {
      type: 'down';
      diagnosis: Diagnosis;
      attempt: number;
      nextDialMs: number;
      pending: number;
      stderrTail: readonly string[];
    }
  /** Input that is no JSON-RPC message was dropped. */
  | { type: 'invalid-message'; from: 'server' | 'endpoint'; why: WhyInvalid; excerpt: string; bytes: number }
  /** Dropped input was the answer to a call, which was answered with an error; `excerpt` shows the line. */
  | {
      type: 'answer-unreadable';
      method: string;
      /** Name of the tool, prompt or resource. */
      name: string | undefined;
      why: WhyUnreadable;
      excerpt: string;
    }
  /** A reply was dropped because its request is not pending any more; `total` counts such replies. */
  | { type: 'stale-reply'; total: number; why?: WhyStale }
  /** A line or frame over the bound was dropped. */
  | {
      type: 'oversize-message';
      from: 'server' | 'endpoint';
      bytes: number;
      maxBytes: number;
      excerpt: string;
    }
  /** A queue has reached its bound. */
  | { type: 'queue-full'; queue: 'messages for the server'; bound: number }
  /**
   * No message came for far longer than usual; or, with `usualMs` undefined, none since the connection opened. The
   * connection is renewed once.
   */
  | { type: 'deaf'; silentMs: number; usualMs: number | undefined }
  /** The connection closes as soon as the endpoint has read the answers that were sent. */
  | { type: 'sending' }
  /** The connection ended before the endpoint had read everything: up to `bytes` of answers are lost. */
  | { type: 'answers-lost'; bytes: number }
  /**
   * The server had no call for `idleMs`: it was stopped, and starts with the next call. With `why` it was stopped earlier: it was
   * started for its lists only, others need the memory, its time is over, or a person wants it.
   */
  | {
      type: 'server-idle-stopped';
      idleMs: number;
      why?: 'learned' | 'memory' | 'schedule' | 'asked' | undefined;
    }
  /**
   * All servers together take more memory than they may (`bytes` of `boundBytes`), or the machine has less left than it needs, and
   * none of them can be stopped until its next call. It is said of the server that takes the most.
   */
  | { type: 'memory-short'; of: 'servers' | 'machine'; bytes: number; boundBytes: number }
  /** What servers take cannot be measured here: they are held to their limits by control groups alone, where there are any. */
  | { type: 'limits-unwatched'; why: WhyUnwatched }
  /** It is kept running from now on without being asked, or not any more; that changes at `changesAt`, in milliseconds since 1970. */
  | { type: 'server-keep'; isKept: boolean; changesAt: number | undefined }
  /** A call took longer than `timeoutMs`: it was answered with an error, and cancelled at the server. */
  | { type: 'call-timeout'; method: string; name: string | undefined; timeoutMs: number }
  /**
   * A reply to no pending request. `id-type`: a pending request has this id with another type, spelled `asked`;
   * `duplicate`: the request was answered already; `null`: the id is null; `unasked`: none of these.
   */
  | {
      type: 'reply-unmatched';
      why: 'id-type' | 'duplicate' | 'null' | 'unasked';
      id: string;
      asked: string | undefined;
      /** The endpoint gets the reply anyway, because it is the only client (D64). */
      isCarried: boolean;
    }
  /** A server has too many unanswered requests to the endpoint: the newest one is rejected (D28). */
  | { type: 'server-requests-refused'; bound: number }
  /** The result of a call was longer than `maxResultBytes`: its text was cut, with a note in it. */
  | { type: 'result-cut'; name: string | undefined; bytes: number; maxBytes: number }
  /**
   * A server with further capabilities answered after the endpoint's `initialize` was answered; the next connection
   * gets them.
   */
  | { type: 'capabilities-late'; capabilities: readonly string[] }
  /** The running servers of the link move to the link `into` of the same token. */
  | { type: 'regrouped'; why: WhyRegrouped; into: string; servers: readonly string[] }
  /** The link stops; `pending` calls may take up to `timeoutMs`. */
  | { type: 'draining'; pending: number; timeoutMs: number; why: WhyStopped }
  /** The number of pending calls has changed while the link stops. */
  | { type: 'drain-progress'; pending: number }
  /** The wait for calls is over; `abandoned` of them get no answer. */
  | { type: 'drained'; abandoned: number };

/** Receives every Status as it happens. Must not throw. */
export type OnStatus = (event: StatusEvent) => void;
