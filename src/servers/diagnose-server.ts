import { faultOf, type ServerCause, type ServerEnd } from '../protocol/server-end.js';

/** What the supervisor does after an end. */
export type ServerAction =
  /** Start the server again after the usual backoff. */
  | { kind: 'restart' }
  /** As `restart`, but not before `notBeforeMs`, in milliseconds. */
  | { kind: 'restart-slowly'; notBeforeMs: number };

/** The conclusion from the end of a server. */
export interface ServerDiagnosis {
  /** Why the server is down; texts for people are made from it in `messages/`. */
  cause: ServerCause;
  /** What the supervisor does next. */
  action: ServerAction;
  /**
   * A request whose only failure was this one cannot have had an effect: the server was not reached, or rejected it before it
   * did anything.
   */
  hadNoEffect: boolean;
  /** End of an English sentence for clients whose calls fail: `exit code 1`. It says nothing about this machine. */
  forCallers: string;
}

/** What a request hears whose server has ended: the text of -31001 (serverExited). @param why see `forCallers` */
export function endedText({ name, isRemote }: { name: string; isRemote?: boolean }, why: string): string {
  return `The ${isRemote ? 'session with the ' : ''}MCP server "${name}" ended while this call was running: ${why}. The call was not repeated, because it may have had effects.`;
}

const restart: ServerAction = { kind: 'restart' };
/** In milliseconds. A login is not given a second later: the user has to act first. */
const UNAUTHORIZED_NOT_BEFORE_MS = 30_000;
/** A longer `Retry-After` is cut to this, in milliseconds: an hour is long enough for any server to come back. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** Statuses that ask for a pause (RFC 6585 §4, RFC 9110 §15.6.4). */
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/** Returns the cause of a server's end and the next action. Pure. */
export function diagnoseServer(end: ServerEnd): ServerDiagnosis {
  return { ...judge(end), hadNoEffect: hadNoEffect(end) };
}

/**
 * Errors before a connection existed over which a request could have been sent. Others, `ECONNRESET` for instance, may come
 * after it was sent.
 */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDR\w+|\w*CERT\w*|UNABLE_TO_\w+|ERR_TLS_\w+)$/;

// D180
function hadNoEffect(end: ServerEnd): boolean {
  switch (end.kind) {
    case 'session-lost':
    case 'unauthorized':
    case 'not-started':
      return true;
    case 'unreachable':
      return NOT_CONNECTED.test(end.reason);
    // A server error (5xx) may come after the work was done; 503 says that nothing is done now (RFC 9110 §15.6.4).
    case 'http':
      return (end.status >= 300 && end.status < 500) || end.status === 503;
    case 'not-mcp':
      return end.status >= 300 && end.status < 500;
    case 'process':
    case 'pipe-closed':
    case 'unanswered':
    case 'hung':
    case 'over-limit':
    case 'cut':
      return false;
  }
}

/** `no-reply` and `ended` are answers in order, but for the reply to the call, which they lack. */
function whatWasCut(reason: string): string {
  if (reason === 'no-reply') return 'it took the call, but sent no reply';
  return reason === 'ended' ? 'its answer ended without the reply' : `its answer was cut (${reason})`;
}

function judge(end: ServerEnd): Omit<ServerDiagnosis, 'hadNoEffect'> {
  switch (end.kind) {
    case 'process':
      return {
        cause: 'exited',
        action: restart,
        forCallers: end.signal ? `signal ${end.signal}` : `exit code ${end.exitCode ?? '?'}`,
      };
    case 'not-started':
      // The error code only: the full message holds paths of this machine.
      return { cause: end.kind, action: restart, forCallers: `it cannot be started (${end.reason})` };
    case 'pipe-closed':
      return {
        cause: end.kind,
        action: restart,
        forCallers: `it ${end.what ?? 'closed its stdin or stdout'}`,
      };
    case 'unanswered':
      return { cause: end.kind, action: restart, forCallers: 'it never answered initialize' };
    case 'hung':
      return { cause: end.kind, action: restart, forCallers: 'it had stopped answering, a ping included' };
    case 'over-limit':
      return {
        cause: `over-${end.of}`,
        action: afterLimit(end.times),
        forCallers: overForCallers(end),
      };
    case 'unreachable':
      return { cause: end.kind, action: restart, forCallers: `it cannot be reached (${end.reason})` };
    case 'session-lost':
      return { cause: end.kind, action: restart, forCallers: 'it ended the session' };
    case 'unauthorized':
      return {
        cause: end.kind,
        action: { kind: 'restart-slowly', notBeforeMs: UNAUTHORIZED_NOT_BEFORE_MS },
        forCallers: 'it does not accept the login',
      };
    case 'not-mcp':
      return { cause: end.kind, action: restart, forCallers: 'what answers there is no MCP server' };
    case 'cut':
      return { cause: end.kind, action: restart, forCallers: whatWasCut(end.reason) };
    case 'http':
      return ofHttp(end);
  }
}

/** Which limit, what was measured, and what can be done about it. */
function overForCallers(end: Extract<ServerEnd, { kind: 'over-limit' }>): string {
  const { of } = end;
  return `it took more ${OVER_WORDS[of]} than it may (${faultOf(end).error}; raise "${of}" in its "limits" if it needs that much)`;
}

const OVER_WORDS = { memory: 'memory', cpu: 'processor time', pids: 'processes' } as const;
/** So often in a row it is started again as after any end: a leak now and then is what limits are for. */
const TIMES_AT_ONCE = 2;
/** The wait after that, in milliseconds; it doubles each time, up to the longest one. */
const OVER_NOT_BEFORE_MS = 10_000;
const MAX_OVER_NOT_BEFORE_MS = 600_000;

/** A server that comes to its limits again and again is started ever more seldom: each start costs the others time. */
// D344
function afterLimit(times: number): ServerAction {
  if (times <= TIMES_AT_ONCE) return restart;
  const notBeforeMs = Math.min(OVER_NOT_BEFORE_MS * 2 ** (times - TIMES_AT_ONCE - 1), MAX_OVER_NOT_BEFORE_MS);
  return { kind: 'restart-slowly', notBeforeMs };
}

function ofHttp({
  status,
  retryAfterMs,
}: Extract<ServerEnd, { kind: 'http' }>): Omit<ServerDiagnosis, 'hadNoEffect'> {
  const isBusy = BUSY.has(status) || retryAfterMs !== undefined;
  return {
    cause: isBusy ? 'http-busy' : 'http-error',
    action:
      retryAfterMs === undefined
        ? restart
        : { kind: 'restart-slowly', notBeforeMs: Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) },
    forCallers: `it answered with HTTP status ${status}`,
  };
}
