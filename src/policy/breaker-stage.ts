import { isCall } from '../protocol/call-limits.js';
import { OpenCalls } from '../protocol/calls/open-calls.js';
import { ErrorCode, errorIn } from '../protocol/jsonrpc.js';
import type { Clock } from '../time/clock.js';
import type { Breaker } from './breaker.js';
import type { CallEnd, GuardedCall, Refusal, Stage } from './stage.js';
import { hasTimedOut } from './time-limit.js';

/** Errors that say that the server does not work; its own errors, and results that say `isError`, say that it does. */
const FAILURES: ReadonlySet<number | undefined> = new Set<number>([
  ErrorCode.serverExited,
  ErrorCode.serverDown,
  ErrorCode.serverBusy,
  ErrorCode.callTimeout,
  ErrorCode.requestRejected,
  ErrorCode.answerLost,
]);

/** Refuses calls to a server that fails before they wait for a person or a place; it claims nothing. */
export function breakerLook(breakerNow: () => Breaker, server: string, clock: Pick<Clock, 'now'>): Stage {
  return {
    request: ({ method }) => {
      if (!isCall(method)) return undefined;
      const verdict = breakerNow().look(clock.now());
      return 'retryAfterMs' in verdict ? { refuse: failing(server, verdict.retryAfterMs) } : undefined;
    },
  };
}

/**
 * Refuses the calls of one client to a server that fails; the breaker is that of all its clients. Asked when nothing else holds a call back: a
 * probe that waits for a person would keep all others out.
 */
// D255
export function breakerStage(breakerNow: () => Breaker, server: string, clock: Pick<Clock, 'now'>): Stage {
  /** The breaker that let a call pass: a reload may have put another in its place. */
  const passed = new OpenCalls<{ breaker: Breaker; isProbe: boolean }, GuardedCall>();
  const failed = new WeakSet<GuardedCall>();
  return {
    request: (call) => {
      if (!isCall(call.method)) return undefined;
      const breaker = breakerNow();
      const verdict = breaker.ask(clock.now());
      if ('retryAfterMs' in verdict) return { refuse: failing(server, verdict.retryAfterMs) };
      passed.add(call, { breaker, isProbe: verdict.may === 'probe' });
      return undefined;
    },
    reply: (call, reply, { isError }) => {
      if (isError && isCall(call.method) && FAILURES.has(errorIn(reply).code)) failed.add(call);
      return undefined;
    },
    ended: (call, how) => {
      const one = passed.take(call);
      if (!one) return;
      const { breaker, isProbe } = one;
      if (failed.has(call) || hasTimedOut(call)) breaker.failed(clock.now(), isProbe);
      else if (WORKED.has(how)) breaker.worked(isProbe);
      else if (isProbe) breaker.probeLost();
    },
  };
}

const WORKED: ReadonlySet<CallEnd> = new Set<CallEnd>(['answered', 'tool-error', 'error']);

function failing(server: string, retryAfterMs: number): Refusal {
  return {
    code: ErrorCode.serverFailing,
    message: `Server "${server}" has failed several times in a row, so its calls are refused for a while. Call again in ${Math.ceil(retryAfterMs / 1_000)} s. The server did not get this call.`,
    data: { retryAfterMs },
  };
}
