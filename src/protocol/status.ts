import type { Diagnosis } from './diagnosis.js';
import type { WhyUnreadable } from './unreadable.js';

/**
 * Everything a link can report. One type flows up: the log, the snapshot, metrics and pages read it, and no
 * lower floor words it for people (D115).
 */
export type Status = {
  /** Milliseconds since 1970. */
  at: number;
  /** Name of the link that reports. */
  link: string;
  /** Which server of a link with several the event is about; undefined for a link with one. */
  server?: string;
} & StatusEvent;

/** The one word for where a link is. The moves between them are listed in `session/link-state.ts`. */
export type LinkState =
  /** Made, not started. */
  | 'idle'
  /** The server is being started; nothing is dialled yet. */
  | 'starting'
  /** The server answers; the endpoint is being dialled. */
  | 'dialing'
  /** The endpoint's socket is open. */
  | 'open'
  /** The connection is down; the next dial waits for its time. */
  | 'waiting'
  /** Others hold all connections that the token or its account group allows. */
  | 'waiting-for-lease'
  /** Stopping: calls in flight may finish, new ones are refused. */
  | 'draining'
  /** Stopped for good. */
  | 'closed';

/** Who holds one of the connections that are counted. */
export interface LeaseHolder {
  /** Number of the process. */
  pid: number;
  /** Its link there. */
  link: string;
  /** Milliseconds since 1970. */
  since: number;
}

/** Why a link may not dial now. */
export interface LeaseWaiting {
  /** What has no connection left: the token, or the account group that has a cap. */
  of: 'token' | 'account';
  /** The token's fingerprint, or the group's name. */
  label: string;
  /** How many connections it allows. */
  slots: number;
  /** One of those who have them; undefined when that cannot be read. */
  holder: LeaseHolder | undefined;
  /** The holder is a link of this process. */
  isOwn: boolean;
}

/** The endpoint allows fewer connections than the token was planned to have, or others hold what there is. */
export type WhyRegrouped = 'token-limit' | 'waiting-for-lease';

/**
 * `cut`: it belongs to an ended connection; `given-up`: to a call that was cancelled or took too long; `no-question`: it is
 * the endpoint's, and no running server has asked.
 */
export type WhyStale = 'cut' | 'given-up' | 'no-question';

/** `no-list`: an answer without a list; `ended`: the server did so meanwhile. */
export type WhyListFailed = 'error' | 'no-list' | 'unanswered' | 'ended';

export type ListedKind = 'tool' | 'prompt' | 'resource' | 'template';

/** Something in a list that clients would refuse the whole list for. */
export interface ItemFault {
  /** Its name or address; its place where it has none. */
  name: string;
  /** Which of its members. */
  at: readonly string[];
  /** It was left out of the list; else it was repaired. */
  isLeftOut: boolean;
}

/**
 * What happened, by `type`. Members that end in `Ms` are milliseconds, `bytes` and `maxBytes` are bytes, `attempt` counts from 1.
 * Texts that come from others (`client`, `excerpt`, `line`, `message`, `name`, `reason`, `stderrTail`) are to be cleaned before they
 * are shown.
 */
export type StatusEvent =
  /** The link moved from one state to another; which moves there are: `session/link-state.ts`. */
  | { type: 'link-state'; from: LinkState; to: LinkState }
  /** A server process is about to start; `attempt` counts from 1 since it was last healthy. */
  | { type: 'server-starting'; attempt: number; command: string }
  /** The server answers (or, uninitialised, at least runs). */
  | {
      type: 'server-ready';
      pid: number | undefined;
      tookMs: number;
      name: string | undefined;
      again: boolean;
    }
  /** The server answered `initialize` with an error (`code` of JSON-RPC 2.0 §5.1), which the endpoint gets as well. */
  | { type: 'server-refused'; code: number | undefined; message: string }
  /** Still no answer to `initialize`. */
  | { type: 'server-slow'; waitedMs: number; timeoutMs: number; stderrTail: readonly string[] }
  /** The process ended, could not be started, or was given up. `pendingFailed` calls were answered with errors. */
  | {
      type: 'server-down';
      /** `stopped-talking`: it runs on, but closed its stdin or stdout. `hung`: it answered neither calls nor a ping. */
      why: 'exited' | 'stopped-talking' | 'not-started' | 'unanswered' | 'hung';
      exitCode: number | undefined;
      signal: string | undefined;
      /** The system's error word when it could not be started; what it did when it stopped talking. */
      error: string | undefined;
      livedMs: number;
      failures: number;
      nextStartMs: number;
      pendingFailed: number;
      stderrTail: readonly string[];
      /** Why it could not be started: which message that is, and what the message takes. */
      said?: { id: string; params: unknown };
    }
  /**
   * A call has waited for `callWarnMs`; said once of each. `silentMs` is how long the server has said nothing, undefined
   * when it has not said anything since it got the call; `running` counts the calls that it works on.
   */
  | {
      type: 'call-unanswered';
      method: string;
      name: string | undefined;
      waitedMs: number;
      silentMs: number | undefined;
      running: number;
    }
  /** A call of which that was said has got its answer. */
  | { type: 'call-answered'; method: string; name: string | undefined; tookMs: number }
  /** Neither its calls nor a ping of ours were answered: it is busy with one of them, or hangs. The oldest is named. */
  | {
      type: 'server-silent';
      unanswered: number;
      pingMs: number;
      method: string;
      name: string | undefined;
      waitedMs: number;
    }
  /** A server that was silent has said something. */
  | { type: 'server-speaks' }
  /** A running server had to give way to a fresh one. */
  | {
      type: 'server-replaced';
      why: 'handshake-differs' | 'modern-downstream' | 'legacy-downstream' | 'passthrough';
    }
  /** The server wrote a line to stderr: its log, not an error (MCP "Transports", stdio). */
  | { type: 'server-stderr'; line: string }
  /** The server has ended, and what it had started outside of its process group is ended as well. */
  | { type: 'strays-ended'; processes: readonly { pid: number; name: string }[] }
  /** The endpoint is being dialled. `endpoint` is without its token; `attempt` starts anew after a success. */
  | { type: 'dialing'; endpoint: string; attempt: number }
  /** The endpoint accepted the WebSocket (RFC 6455 §4.1) after `tookMs`. That proves nothing yet (D4). */
  | { type: 'open'; tookMs: number }
  /** The link may not dial: others hold all connections that are allowed. It is `waiting-for-lease` until one is given back. */
  | ({ type: 'lease-waiting' } & LeaseWaiting)
  /**
   * The connection is given up for a link of this process that ranks higher, or for one of another process that has come
   * by its place; `pending` calls lose their answers.
   */
  | { type: 'lease-yielded'; pending: number; taker?: LeaseHolder }
  /**
   * Another client of the endpoint has taken the token over `times` times in a row, each within `withinMs` of being connected: the
   * link dials every few minutes from now on (D83). `holder` is another process of this machine that is known to use the token.
   */
  | {
      type: 'token-contention';
      times: number;
      withinMs: number;
      nextDialMs: number;
      holder: LeaseHolder | undefined;
    }
  /** The connection has lived for `openForMs`: the token is not taken over any more. */
  | { type: 'token-contention-over'; openForMs: number }
  /** The endpoint's `initialize` was answered. */
  | { type: 'client-initialized'; afterMs: number; client: string | undefined; protocolVersion: string }
  /** The connection ended or could not be made; the next dial comes after `nextDialMs`. */
  | {
      type: 'down';
      diagnosis: Diagnosis;
      attempt: number;
      nextDialMs: number;
      pending: number;
      stderrTail: readonly string[];
    }
  /** Something that is no JSON-RPC message was left out. `dropped` counts earlier ones kept out of the log. */
  | { type: 'invalid-message'; from: 'server' | 'endpoint'; why: string; excerpt: string; bytes: number }
  /** What was left out was the answer to a call, whose caller got an error; `excerpt` is of its line. */
  | {
      type: 'answer-unreadable';
      method: string;
      /** Of the tool, prompt or resource. */
      name: string | undefined;
      why: WhyUnreadable;
      excerpt: string;
    }
  /** A reply was dropped because its request is not waited for any more; `total` counts them. */
  | { type: 'stale-reply'; total: number; why?: WhyStale }
  /** A line or frame over the bound was left out. */
  | {
      type: 'oversize-message';
      from: 'server' | 'endpoint';
      bytes: number;
      maxBytes: number;
      excerpt: string;
    }
  /** A queue is at its bound. */
  | { type: 'queue-full'; queue: string; bound: number }
  /**
   * No message for far longer than usual, or, when `usualMs` is undefined, none at all since the connection opened: it is
   * renewed once.
   */
  | { type: 'deaf'; silentMs: number; usualMs: number | undefined }
  /** The connection is to be closed, and waits for the endpoint to read the answers that are on their way. */
  | { type: 'sending' }
  /** The connection ended before the endpoint had read everything: up to so many bytes of answers are lost. */
  | { type: 'answers-lost'; bytes: number }
  /** The server was not called for `idleMs`: it was stopped, and starts again with the next call. */
  | { type: 'server-idle-stopped'; idleMs: number }
  /** A call took longer than `timeoutMs`: its caller got an error, the server a cancelled notification. */
  | { type: 'call-timeout'; method: string; name: string | undefined; timeoutMs: number }
  /** A server on a shared connection does not give one of its lists, which goes without it. `of` is its name. */
  | {
      type: 'list-failed';
      of: string;
      method: string;
      why: WhyListFailed;
      /** Of the JSON-RPC error, and its words. */
      code: number | undefined;
      message: string | undefined;
      waitedMs: number | undefined;
    }
  /** It does again. */
  | { type: 'list-recovered'; method: string }
  /** What is not as MCP wants it in a list that others share: repaired, or left out. None: nothing any more. */
  | { type: 'list-faults'; kind: ListedKind; faults: readonly ItemFault[] }
  /** Tools or prompts that callers see under other names, because endpoints would not take their own. */
  | { type: 'renamed'; kind: 'tool' | 'prompt'; names: readonly { from: string; to: string }[] }
  /**
   * A reply that belongs to no request that waits for it. `id-type`: the id is that of a call, but as another type (`asked`
   * is how that was spelled); `duplicate`: that call was answered already; `null`: the id is null; `unasked`: none of these.
   */
  | {
      type: 'reply-unmatched';
      why: 'id-type' | 'duplicate' | 'null' | 'unasked';
      id: string;
      asked: string | undefined;
      /** The endpoint gets it all the same, because no other client could be meant (D64). */
      isCarried: boolean;
    }
  /** A server asks more at once than an endpoint is asked for one server: the newest question is refused. */
  | { type: 'server-requests-refused'; bound: number }
  /** A tool, prompt or resource that cannot be used, because another server has one of that name. */
  | { type: 'name-hidden'; kind: 'tool' | 'prompt' | 'resource'; name: string; by: string }
  /** The list of tools is longer than it may be. `dropped` were left out of it; `largest` come first. */
  | {
      type: 'tools-over-budget';
      budget: 'maxTools' | 'maxToolListBytes';
      bound: number;
      tools: number;
      bytes: number;
      dropped: number;
      largest: readonly { name: string; bytes: number }[];
    }
  /** The answers to `method` are longer than `maxListBytes` over all pages: only the first `pages` were read. */
  | { type: 'list-too-long'; method: string; pages: number; maxBytes: number }
  /** The result of a call was longer than `maxResultBytes`: its text was cut, and says so. */
  | { type: 'result-cut'; name: string | undefined; bytes: number; maxBytes: number }
  /** A server came up after `initialize` was answered without what only it can do; the next connection hears of it. */
  | { type: 'capabilities-late'; capabilities: readonly string[] }
  /** The link's servers go over to the link `into` of the same token, as they run. */
  | { type: 'regrouped'; why: WhyRegrouped; into: string; servers: readonly string[] }
  /** The servers of the link take turns, and `to` is the next; `from` is undefined at the start. */
  | {
      type: 'rotating';
      from: string | undefined;
      to: string;
      /** `dwell`: the time of `from` was over; `failed`: it could not be started, or not any more. */
      why: 'first' | 'dwell' | 'failed';
      /** How long the calls of `from` were waited for. */
      busyForMs: number;
      /** How many of them were answered with an error, because they went on for too long. */
      pendingFailed: number;
      /** `from` is not stopped, because its next turn comes soon. */
      keepsRunning: boolean;
      /** How long `to` has its turn. */
      dwellMs: number;
    }
  /** A server that takes turns could not be started, and is left out until its next turn. */
  | { type: 'turn-skipped' }
  /** The link stops; `pending` calls have up to `timeoutMs` to finish. */
  | { type: 'draining'; pending: number; timeoutMs: number }
  /** Fewer calls than before run while the link stops. */
  | { type: 'drain-progress'; pending: number }
  /** The wait for calls is over; `abandoned` of them get no answer. */
  | { type: 'drained'; abandoned: number };

/** Receives every Status as it happens. Must not throw. */
export type OnStatus = (event: StatusEvent) => void;
