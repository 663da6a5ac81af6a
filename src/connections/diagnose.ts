import type { Cause, Diagnosis, NextAction, Refusal } from '../protocol/diagnosis.js';
import type { DialFailure } from '../protocol/errors.js';
import { Method } from '../protocol/mcp.js';
import type { CloseReason } from '../transports/transport.js';

/** The facts about a connection that has ended, or a dial that failed. */
export interface ConnectionFacts extends Pick<Diagnosis, 'openForMs' | 'initialize' | 'siblings'> {
  /** How the connection ended, or why the dial failed. */
  end: { closed: CloseReason } | { failed: DialFailure } | { deaf: 'deaf' | 'never-asked' };
  /** How long the first unanswered `initialize` had waited at the end, in milliseconds. */
  initializeWaitedMs: number;
  /** The last error that the endpoint got as an answer; an error to `initialize` comes before all others. */
  refusal?: Refusal | undefined;
}

/**
 * A close with 4004 sooner than this after `initialize` is not about a missing answer: endpoints wait about 10 s for it.
 */
const BLAME_SERVER_AFTER_MS = 500;
/** A token that was rejected is not accepted a second later: the user has to act first. */
const REJECTED_NOT_BEFORE_MS = 30_000;
/** Long enough to notice another client that uses the token, so that the two do not keep replacing each other. */
const REPLACED_NOT_BEFORE_MS = 15_000;
/**
 * An endpoint that gave up in the middle of an answer needs a moment to forget the connection. The self-hosted one would
 * otherwise forget the next one with it.
 */
const LOST_NOT_BEFORE_MS = 2_000;
/** A longer `Retry-After` is cut to this. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** The self-hosted endpoint says 新连接替换 ("replaced by a new connection"). */
const REPLACED_WORDS = /替换|replac|supersed|new(er)? connection|another connection|took over|duplicate/i;

/** Returns the cause of an end and the next action. Pure; the texts for people are in `messages/`. */
export function diagnose(facts: ConnectionFacts): Diagnosis {
  const { end } = facts;
  const common = { siblings: facts.siblings, openForMs: facts.openForMs, initialize: facts.initialize };
  if ('deaf' in end) return { ...common, cause: end.deaf, action: retry, code: undefined, reason: '' };
  if ('failed' in end) {
    const { reason, httpStatus, proxy } = end.failed;
    if (proxy) {
      const cause = causeOfProxy(reason, httpStatus);
      return {
        ...common,
        cause,
        action: afterFailedDial(cause, end.failed),
        code: httpStatus,
        reason,
        proxy,
      };
    }
    const cause = httpStatus === undefined ? causeOfSystemError(reason) : causeOfHttpStatus(httpStatus);
    return { ...common, cause, action: afterFailedDial(cause, end.failed), code: httpStatus, reason };
  }
  const { by, code, reason = '' } = end.closed;
  const told = CAUSE_OF_OURS[by] ?? causeOfClose(code, reason, facts);
  const refusal = MAY_FOLLOW_A_REFUSAL.has(told) ? recent(facts.refusal) : undefined;
  const cause = refusal?.method === Method.initialize ? 'initialize-refused' : told;
  return {
    ...common,
    ...(refusal ? { refusal } : {}),
    cause,
    action: afterClose(cause, end.closed),
    code,
    reason,
  };
}

/** Causes of connections that mcp-pipe closed itself. */
const CAUSE_OF_OURS: Partial<Record<CloseReason['by'], Cause>> = {
  keepalive: 'keepalive-lost',
  violation: 'endpoint-violation',
};

/** Indefinite causes: an error that the endpoint has just got may be why it closed the connection. */
const MAY_FOLLOW_A_REFUSAL: ReadonlySet<Cause> = new Set([
  'endpoint-error',
  'endpoint-failed',
  'closed-by-endpoint',
  'connection-lost',
  'token-limit',
  'unknown',
]);
/**
 * An endpoint that keeps the connection for longer than this after an error does not close it because of the error. In
 * ms.
 */
const REFUSED_RECENTLY_MS = { initialize: 15_000, other: 5_000 };

function recent(refusal: Refusal | undefined): Refusal | undefined {
  if (!refusal) return undefined;
  const bound = REFUSED_RECENTLY_MS[refusal.method === Method.initialize ? 'initialize' : 'other'];
  return refusal.agoMs <= bound ? refusal : undefined;
}

const retry: NextAction = { kind: 'retry' };

function retrySlowly(notBeforeMs: number): NextAction {
  return { kind: 'retry-slowly', notBeforeMs };
}

function causeOfClose(code: number | undefined, reason: string, facts: ConnectionFacts): Cause {
  // D5: one code has several meanings; the facts decide.
  switch (code) {
    case 4004:
      return causeOf4004(facts);
    case 1008:
      return 'token-rejected';
    case 1000:
    case 1005:
      return REPLACED_WORDS.test(reason) ? 'replaced' : 'closed-by-endpoint';
    case 1001:
    case 1012:
    case 1013:
      return 'endpoint-restarting';
    case 1006:
      return 'connection-lost';
    case 1009:
      return 'message-too-big';
    case 1011:
      return 'endpoint-failed';
    case 1002:
    case 1003:
    case 1007:
      return 'protocol-violation';
    case 1015:
      return 'tls';
    default:
      return code === undefined ? 'connection-lost' : 'unknown';
  }
}

function causeOf4004(facts: ConnectionFacts): Cause {
  if (facts.initialize === 'unanswered' && facts.initializeWaitedMs >= BLAME_SERVER_AFTER_MS) {
    return 'initialize-unanswered';
  }
  return facts.siblings > 0 ? 'token-limit' : 'endpoint-error';
}

function afterClose(cause: Cause, { by, lostBytes }: CloseReason): NextAction {
  if (cause === 'token-rejected') return retrySlowly(REJECTED_NOT_BEFORE_MS);
  if (cause === 'replaced' || cause === 'token-limit') return retrySlowly(REPLACED_NOT_BEFORE_MS);
  return by === 'remote' && lostBytes !== undefined ? retrySlowly(LOST_NOT_BEFORE_MS) : retry;
}

function causeOfHttpStatus(status: number): Cause {
  if (status === 401) return 'http-unauthorized';
  if (status === 403) return 'http-forbidden';
  if (status === 404) return 'http-not-found';
  if (status === 429) return 'http-rate-limited';
  return status >= 500 ? 'http-server-error' : 'http-unexpected';
}

function causeOfProxy(reason: string, status: number | undefined): Cause {
  if (status === 407) return 'proxy-auth';
  if (status !== undefined) return status >= 500 && status < 600 ? 'proxy-cannot-reach' : 'proxy-refused';
  const cause = causeOfSystemError(reason);
  // The proxy accepted the connection, and then sent nothing, or something that is not HTTP.
  return cause === 'connection-lost' || cause === 'unknown' ? 'proxy-invalid' : 'proxy-unreachable';
}

/** Errors of `ws` for an answer with status 101 that is no valid upgrade (RFC 6455 §4.1). */
const HANDSHAKE_WORDS =
  /^(Invalid (Upgrade|Sec-WebSocket-\w+) header|Server sent (an? )?(invalid subprotocol|subprotocol|Sec-WebSocket)|Server indicated)/;

const TLS_WORDS = /^(CERT_|CRL_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/;

function causeOfSystemError(reason: string): Cause {
  switch (reason) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return 'unreachable';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'connection-lost';
    default:
      if (reason === 'ENOTFOUND' || reason.startsWith('EAI_')) return 'dns';
      if (HANDSHAKE_WORDS.test(reason)) return 'endpoint-violation';
      return TLS_WORDS.test(reason) ? 'tls' : 'unknown';
  }
}

function afterFailedDial(cause: Cause, { retryAfterMs }: DialFailure): NextAction {
  const asked = Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  switch (cause) {
    case 'http-unauthorized':
    case 'http-forbidden':
    case 'http-not-found':
    case 'http-rate-limited':
    case 'proxy-auth':
    case 'proxy-refused':
      return retrySlowly(Math.max(asked, REJECTED_NOT_BEFORE_MS));
    default:
      return asked > 0 ? retrySlowly(asked) : retry;
  }
}
