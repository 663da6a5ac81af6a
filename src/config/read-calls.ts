import { BREAKER_FAILURES, BREAKER_PAUSE_MS } from '../policy/limit-defaults.js';
import type { CallLimits } from '../protocol/call-limits.js';
import type { RawCalls } from './calls-schema.js';
import { isComment } from './finding.js';
import { durationMs } from './mode.js';
import { readRate } from './rate.js';

const ms = (written: string | number | undefined): number | undefined =>
  typeof written === 'string' ? durationMs(written) : written;

/** `"calls"` of a server, once the schema has let it through; undefined: no limits. */
export function readCalls(raw: RawCalls | undefined): CallLimits | undefined {
  if (raw === undefined) return undefined;
  const { rate, concurrent, queue, timeout, breaker, tools } = raw;
  const limits: CallLimits = {
    rate: readRate(rate),
    ...{ concurrent, queue, timeoutMs: ms(timeout), breaker: readBreaker(breaker) },
    tools:
      tools &&
      Object.entries(tools)
        .filter(([glob]) => !isComment(glob))
        .map(([glob, one]) => ({ glob, rate: readRate(one.rate), timeoutMs: ms(one.timeout) })),
  };
  // Without what is lacking, so that equal limits are equal.
  return JSON.parse(JSON.stringify(limits)) as CallLimits;
}

function readBreaker(written: RawCalls['breaker']): CallLimits['breaker'] {
  if (typeof written !== 'object')
    return String(written ?? false).toLowerCase() === 'true'
      ? { failures: BREAKER_FAILURES, pauseMs: BREAKER_PAUSE_MS }
      : undefined;
  const { failures = BREAKER_FAILURES, pause } = written;
  return { failures, pauseMs: ms(pause) ?? BREAKER_PAUSE_MS };
}
