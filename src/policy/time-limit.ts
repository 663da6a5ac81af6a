import { type CallLimits, isCall, timeoutOf } from '../protocol/call-limits.js';
import { OpenCalls } from '../protocol/calls/open-calls.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import type { Clock } from '../time/clock.js';
import { MOST_TIMES_WITH_PROGRESS } from './limit-defaults.js';
import type { GuardedCall, Refusal, Stage } from './stage.js';

interface Running {
  timeoutMs: number;
  /** When it ends without further progress, and whatever comes; clock time in milliseconds. */
  endsAt: number;
  lastAt: number;
  cancelTimer: () => void;
}

const timedOut = new WeakSet<GuardedCall>();

/** Whether the call was given up because the server took too long. */
export function hasTimedOut(call: GuardedCall): boolean {
  return timedOut.has(call);
}

/**
 * Gives up calls that take too long: each progress notification starts their time anew, up to a total (MCP "Timeouts").
 * Returns undefined when no call has a limit.
 */
export function timeLimit(limits: CallLimits | undefined, server: string, clock: Clock): Stage | undefined {
  const isAny =
    limits?.timeoutMs !== undefined || limits?.tools?.some(({ timeoutMs }) => timeoutMs !== undefined);
  if (!isAny) return undefined;
  const running = new OpenCalls<Running, GuardedCall>();
  const look = (call: GuardedCall, one: Running) => {
    const now = clock.now();
    const leftMs = one.endsAt - now;
    // Progress has come since the timer was set.
    if (leftMs > 0) {
      one.cancelTimer = clock.after(leftMs, () => look(call, one));
      return;
    }
    timedOut.add(call);
    call.giveUp(tooLong(call, server, one, now));
  };
  return {
    request: (call) => {
      const timeoutMs = isCall(call.method) ? timeoutOf(limits, call.tool) : undefined;
      if (timeoutMs === undefined) return undefined;
      const now = clock.now();
      const lastAt = now + timeoutMs * MOST_TIMES_WITH_PROGRESS;
      const one: Running = { timeoutMs, endsAt: now + timeoutMs, lastAt, cancelTimer: () => {} };
      one.cancelTimer = clock.after(timeoutMs, () => look(call, one));
      running.add(call, one);
      return undefined;
    },
    progress: (call) => {
      const one = running.get(call);
      if (one) one.endsAt = Math.min(clock.now() + one.timeoutMs, one.lastAt);
    },
    ended: (call) => {
      running.take(call)?.cancelTimer();
    },
  };
}

function tooLong({ tool, method }: GuardedCall, server: string, one: Running, now: number): Refusal {
  const name = tool === undefined ? method : `"${tool}"`;
  const seconds = (ms: number) => Math.round(ms / 100) / 10;
  const why =
    now >= one.lastAt
      ? `within ${seconds(one.timeoutMs * MOST_TIMES_WITH_PROGRESS)} s, progress included`
      : `within ${seconds(one.timeoutMs)} s`;
  return {
    code: ErrorCode.callTimeout,
    message: `Server "${server}" did not answer ${name} ${why}; the call was cancelled, and may have had effects. If it needs longer, raise "timeout" in "calls" of the server.`,
    data: { timeoutMs: one.timeoutMs },
  };
}
